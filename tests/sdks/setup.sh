#!/usr/bin/env bash
# Brings the SDKs that the tests deliver with: tests/sdks/setup.sh python|node|browser|shopify
#
# Python's go to target/sdks/python, Node's to tests/sdks/node_modules, both in fixed versions with their hashes. Does
# nothing when they are there. To add an SDK: a line in package.json or python/requirements.in, its lock file made anew
# (`npm install --package-lock-only`, `pip-compile --generate-hashes`), and a call in tests/tests/sdks.rs.

source "$(dirname "$0")/../../deploy/setup/lib.sh"

readonly HERE=$ROOT/tests/sdks
readonly VENV=$ROOT/target/sdks/python
readonly MODULES=$HERE/node_modules

# made FILE...: what a directory is made from.
made() {
  sha256sum "$@" | sha256sum | cut -d ' ' -f 1
}

bring_python() {
  local wanted
  wanted=$(made "$HERE/python/requirements.txt")
  [ "$(cat "$VENV/made-from" 2>/dev/null)" = "$wanted" ] && return
  "$ROOT/deploy/setup/debian.sh" python
  say "bringing Segment's SDK for Python into target/sdks"
  python3 -m venv --clear "$VENV"
  local pip=("$VENV/bin/pip" install --quiet --no-input --disable-pip-version-check --only-binary :all: --require-hashes)
  "${pip[@]}" --requirement "$HERE/python/requirements.txt" ||
    die "pip could not bring the packages of tests/sdks/python/requirements.txt." "${pip[*]} --requirement $HERE/python/requirements.txt"
  echo "$wanted" >"$VENV/made-from"
}

bring_node() {
  local wanted
  wanted=$(made "$HERE/package-lock.json")
  "$ROOT/deploy/setup/tools.sh" node
  [ "$(cat "$MODULES/made-from" 2>/dev/null)" = "$wanted" ] && return
  say "bringing the SDKs for Node.js into tests/sdks/node_modules"
  npm --prefix "$HERE" ci --ignore-scripts --no-audit --no-fund --loglevel error >&2
  echo "$wanted" >"$MODULES/made-from"
}

# Shopify's library, which judges signatures; apart, since it delivers nothing.
bring_shopify() {
  local wanted judge=$HERE/shopify
  wanted=$(made "$judge/package-lock.json")
  "$ROOT/deploy/setup/tools.sh" node
  [ "$(cat "$judge/node_modules/made-from" 2>/dev/null)" = "$wanted" ] && return
  say "bringing Shopify's library into tests/sdks/shopify/node_modules"
  npm --prefix "$judge" ci --ignore-scripts --no-audit --no-fund --loglevel error >&2
  echo "$wanted" >"$judge/node_modules/made-from"
}

mkdir -p "$ROOT/target/sdks"
# Tests run at the same time: one of them brings, the others wait for it.
exec 9>"$ROOT/target/sdks/lock"
flock 9
for need in "$@"; do
  case $need in
    python) bring_python ;;
    node) bring_node ;;
    browser)
      "$ROOT/deploy/setup/debian.sh" browser
      bring_node
      ;;
    shopify) bring_shopify ;;
    *) die "setup.sh does not know '$need'." ;;
  esac
done
