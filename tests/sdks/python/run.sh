#!/usr/bin/env bash
# Runs the tests that ship in Segment's SDK for Python, unchanged, against our server:
# run.sh DIRECTORY PYTHON SERVER ARGUMENTS...
#
# Those tests speak to https://api.segment.io and nothing else. So this makes a world of its own, a namespace without any
# network but loopback, in which that name is this machine: its file of hosts says so, a line leads from 443 to the
# server (line.py says why), and an authority of the test's own has signed its certificate (DIRECTORY/authority.pem).
# Outside of it nothing changes. Ends with 75 where this machine gives no such world.

set -euo pipefail

readonly DIRECTORY=$1 PYTHON=$2 SERVER=$3
readonly WORLD=(unshare --user --map-root-user --net --mount)

if [ -z "${SHOPBELL_INSIDE:-}" ]; then
  "${WORLD[@]}" ip link set lo up || exit 75
  SHOPBELL_INSIDE=1 exec "${WORLD[@]}" "$0" "$@"
fi

ip link set lo up
printf '127.0.0.1 localhost api.segment.io\n' >"$DIRECTORY/hosts"
mount --bind "$DIRECTORY/hosts" /etc/hosts
"$SERVER" "${@:4}" --set listen.address=127.0.0.1:8443 >"$DIRECTORY/server.log" 2>&1 &
server=$!
"$PYTHON" "$(dirname "$0")/line.py" 443 8443 >"$DIRECTORY/line.log" 2>&1 &
line=$!
trap 'kill -KILL $server $line 2>/dev/null || true' EXIT

# await PORT LOG: until something listens there; both programs must live meanwhile.
await() {
  local waited=0
  until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
    if ! kill -0 "$server" || ! kill -0 "$line" || [ "$waited" -gt 600 ]; then
      cat "$2" >&2
      exit 1
    fi
    waited=$((waited + 1))
    sleep 0.05
  done
}
await 8443 "$DIRECTORY/server.log"
await 443 "$DIRECTORY/line.log"

# From an empty directory, so that neither settings nor tests of others are found.
mkdir -p "$DIRECTORY/empty"
cd "$DIRECTORY/empty"
failed=0
REQUESTS_CA_BUNDLE=$DIRECTORY/authority.pem "$PYTHON" -m pytest -p no:cacheprovider --color=no -q -ra \
  --pyargs segment.analytics.test || failed=$?
kill -TERM "$line"
wait "$line" 2>/dev/null || true
kill -TERM "$server"
wait "$server"
trap - EXIT
exit "$failed"
