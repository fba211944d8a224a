# shellcheck shell=bash
# What every script under deploy/ shares: where things are, how to speak, how to stop.
#
# Here: small functions without effects on the machine. Never here: installing anything (debian.sh, tools.sh).

# Also in each script, where readers and shellcheck look for it.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Everything that is brought onto the machine without root lives here; deleting target/ removes it.
TOOLS=$ROOT/target/tools
export ROOT TOOLS
export PATH="$TOOLS/bin:$PATH"

say() {
  printf '%s\n' "$*" >&2
}

# die MESSAGE [LINE TO TYPE]: ends the script with the reason and the way out.
die() {
  printf 'shopbell: %s\n' "$1" >&2
  if [ $# -gt 1 ]; then
    printf '  type:  %s\n' "$2" >&2
  fi
  exit 1
}

have() {
  command -v "$1" >/dev/null 2>&1
}

# at_least WANTED FOUND: compares dotted versions.
at_least() {
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}
