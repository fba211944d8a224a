#!/usr/bin/env bash
# Turns the Complete Journey data into visits as sets of labels: tests/data/next_visit.sh
#
# Makes target/data/next_visit/ with category.txt, type.txt and product.txt, as next_visit.py says. Does nothing when they
# are there and were made by these very scripts.

source "$(dirname "$0")/../../deploy/setup/lib.sh"

readonly HERE=$ROOT/tests/data
readonly OUT=$ROOT/target/data/next_visit

mkdir -p "$ROOT/target/data"
# Tests run at the same time: one of them makes, the others wait for it.
exec 9>"$ROOT/target/data/next_visit.lock"
flock 9
made_by=$(cat "$HERE"/next_visit.{sh,py} "$HERE/completejourney.txt" "$HERE/readers.txt" | sha256sum | cut -d ' ' -f 1)
if [ "$(cat "$OUT/made-by" 2>/dev/null)" = "$made_by" ]; then
  exit 0
fi
# Brings the data, and the Python that reads it.
"$HERE/completejourney.sh"
say "making visits of the Complete Journey data in target/data/next_visit (a minute, once)"
rm -rf "$OUT"
"$ROOT/target/data/venv/bin/python" "$HERE/next_visit.py" "$OUT"
echo "$made_by" >"$OUT/made-by"
