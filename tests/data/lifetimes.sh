#!/usr/bin/env bash
# Brings CDNOW's data out of the Python library `lifetimes`: tests/data/lifetimes.sh [library]
#
# Makes target/data/lifetimes/ with CDNOW_master.txt, CDNOW_sample.txt and their summaries; with `library` also an
# environment, target/data/lifetimes/venv, in which the library itself runs, for the bench. Does nothing when they are
# there and were made from these very files. Fetched by pip with hashes and never committed.

source "$(dirname "$0")/../../deploy/setup/lib.sh"

readonly HERE=$ROOT/tests/data
readonly OUT=$ROOT/target/data/lifetimes
readonly VENV=$OUT/venv

# made FILE...: what something is made from.
made() {
  cat "$0" "$@" | sha256sum | cut -d ' ' -f 1
}

# bring NAME: installs the packages of NAME.txt, if they are not those that are there.
bring() {
  local wanted
  wanted=$(made "$HERE/$1.txt")
  [ "$(cat "$OUT/$1.made-from" 2>/dev/null)" = "$wanted" ] && return
  if ! [ -x "$VENV/bin/pip" ]; then
    "$ROOT/deploy/setup/debian.sh" python
    python3 -m venv --clear "$VENV"
  fi
  say "bringing the packages of tests/data/$1.txt into target/data/lifetimes"
  local pip=("$VENV/bin/pip" install --quiet --no-input --disable-pip-version-check --only-binary :all: --no-deps
    --require-hashes --requirement "$HERE/$1.txt")
  "${pip[@]}" || die "pip could not bring the packages of tests/data/$1.txt; is this machine offline?" "${pip[*]}"
  echo "$wanted" >"$OUT/$1.made-from"
}

mkdir -p "$OUT"
# Tests and benches may run at the same time: one of them brings, the others wait for it.
exec 9>"$OUT/lock"
flock 9
bring lifetimes
for file in CDNOW_master.txt CDNOW_sample.txt cdnow_customers_summary.csv cdnow_customers_summary_with_transactions.csv; do
  [ -e "$OUT/$file" ] || cp "$VENV"/lib/python3*/site-packages/lifetimes/datasets/"$file" "$OUT/"
done
case ${1-} in
  '') ;;
  library) bring lifetimes-needs ;;
  *) die "lifetimes.sh does not know '$1'." ;;
esac
