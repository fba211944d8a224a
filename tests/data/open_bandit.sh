#!/usr/bin/env bash
# Brings the samples of the Open Bandit Dataset out of the Python library `obp`: tests/data/open_bandit.sh
#
# Makes target/data/open_bandit/{random,bts}/{all,men,women}.csv, 10,000 rows each. Does nothing when they are there and were made
# by this very script. Fetched by pip with its hash and never committed: the wheel says nothing of the data's licence.

source "$(dirname "$0")/../../deploy/setup/lib.sh"

readonly HERE=$ROOT/tests/data
readonly OUT=$ROOT/target/data/open_bandit

mkdir -p "$OUT"
# Tests run at the same time: one of them brings, the others wait for it.
exec 9>"$OUT/lock"
flock 9
made_by=$(cat "$HERE"/open_bandit.{sh,txt} | sha256sum | cut -d ' ' -f 1)
if [ "$(cat "$OUT/made-by" 2>/dev/null)" = "$made_by" ]; then
  exit 0
fi
"$ROOT/deploy/setup/debian.sh" python
say "bringing the samples of the Open Bandit Dataset into target/data/open_bandit (1 MB to fetch, once)"
venv=$OUT/venv
[ -x "$venv/bin/pip" ] || python3 -m venv --clear "$venv"
pip=("$venv/bin/pip" install --quiet --no-input --disable-pip-version-check --only-binary :all: --no-deps
  --require-hashes --requirement "$HERE/open_bandit.txt")
"${pip[@]}" || die "pip could not bring the package of tests/data/open_bandit.txt; is this machine offline?" "${pip[*]}"
for rule in random bts; do
  mkdir -p "$OUT/$rule"
  for campaign in all men women; do
    cp "$venv"/lib/python3*/site-packages/obp/dataset/obd/"$rule/$campaign/$campaign.csv" "$OUT/$rule/"
  done
done
# 26 MB that nothing reads again.
rm -rf "$venv"
echo "$made_by" >"$OUT/made-by"
