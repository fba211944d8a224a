#!/usr/bin/env bash
# Brings what only the distribution can: debian.sh NEED...
#
# NEED is `rust`, `build`, `python`, `browser`, `tests` or `check`. Missing packages are installed when this is
# root on a machine with apt-get; otherwise the line to type is printed and the script fails.
#
# To add a package: a test for it and its name in one of the functions below.

set -euo pipefail
source "$(dirname "$0")/lib.sh"

missing=()

# want PACKAGE COMMAND...: notes the package when COMMAND fails.
want() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}

need_rust() {
  have cargo || die "Rust is missing: cargo 1.88 or newer builds Shopbell." "see https://rustup.rs, then: rustup toolchain install stable"
  local found
  found=$(cargo --version | cut -d ' ' -f 2)
  at_least 1.88.0 "$found" || die "cargo $found is too old, 1.88 is the oldest that builds Shopbell." "rustup update stable"
}

need_build() {
  want gcc have cc
  want libc6-dev compiles
}

# A compiler without the C library's headers is Debian's `gcc` without what it recommends.
compiles() {
  echo '#include <stdlib.h>' | cc -E -o /dev/null -
}

need_python() {
  want python3-venv python3 -c 'import ensurepip, venv'
  want ca-certificates test -s /etc/ssl/certs/ca-certificates.crt
}

need_browser() {
  want chromium have chromium
  # Without a font the page's words are boxes, and screenshots prove nothing.
  want fonts-dejavu-core ls /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
}

need_tests() {
  want dbus-daemon have dbus-daemon
  want e2fsprogs have mkfs.ext4
  want mount have losetup
  want procps test -x /usr/bin/kill
  want iproute2 have ip
  want util-linux have unshare
}

need_check() {
  want git have git
  want shellcheck have shellcheck
}

install_missing() {
  local line="apt-get install --yes --no-install-recommends ${missing[*]}"
  if [ "$(id -u)" != 0 ]; then
    # The list of packages on a new machine is empty or old.
    die "missing Debian packages: ${missing[*]}." "sudo apt-get update && sudo $line"
  fi
  have apt-get || die "missing, and there is no apt-get to bring them: ${missing[*]} (names of Debian packages)."
  say "installing Debian packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  local log=$ROOT/target/setup-debian.log
  mkdir -p "$ROOT/target"
  if ! { apt-get update && $line; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "apt-get could not install them; its whole output is in $log." "apt-get update && $line"
  fi
}

for need in "$@"; do
  case $need in
    rust | build | python | browser | tests | check) "need_$need" ;;
    *) die "debian.sh does not know the need '$need'." ;;
  esac
done
if [ "${#missing[@]}" -gt 0 ]; then
  install_missing
fi
