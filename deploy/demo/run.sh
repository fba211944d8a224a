#!/usr/bin/env bash
# The demo: one server and two agents on this machine, on the time of a recording. `make demo` builds and calls it.
#
# Every process gets the same clock, which shows the recording's time: tokens hold only in their own quarter of an
# hour, and no check is loosened for the demo. All data of the last demo is thrown away first, since its time
# begins anew. Nothing outlives this script.
#
# With --still the guests only walk about: nobody asks for help, and nobody uses the web shop.

set -euo pipefail
source "$(dirname "$0")/../setup/lib.sh"
cd "$ROOT"
source deploy/demo/web-shop.sh

still=
case "$*" in
  "") ;;
  --still) still=yes ;;
  *) die "deploy/demo/run.sh does not know '$*'." "deploy/demo/run.sh --still" ;;
esac

readonly BIN=${CARGO_TARGET_DIR:-target}/debug
readonly ADDRESS=${SHOPBELL_DEMO_ADDRESS:-127.0.0.1:8417}
# A directory for each port, so that two demos do not throw away each other's data.
readonly STATE=target/demo/${ADDRESS##*:}
# Camille comes in at 13:41:24, the first of whom a tablet may hear: all are connected by then, and nobody waits long.
readonly ORIGIN=2026-11-20T13:41:17Z
readonly READY_SECS=30
# Somebody who is in the shop by then asks for help from her phone.
readonly HELP_CUSTOMER=demo-camille
readonly HELP_AFTER_SECS=120

names=()
pids=()

# start NAME COMMAND...: runs a child with its log in $STATE/NAME.log. In a session of its own: a terminal sends
# Ctrl-C to everybody in its session, and with what `stop` sends later that would be another signal, which means "at once".
start() {
  local name=$1
  shift
  setsid "$@" >"$STATE/$name.log" 2>&1 &
  names+=("$name")
  pids+=("$!")
}

# Asks all children to end, and ends those that have not after fifteen seconds.
stop() {
  trap - EXIT INT TERM HUP
  [ "${#pids[@]}" = 0 ] && return
  kill -TERM "${pids[@]}" 2>/dev/null || true
  for _ in {1..150}; do
    kill -0 "${pids[@]}" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "${pids[@]}" 2>/dev/null || true
  say "The demo has ended."
}

# Shows why a child ended by itself, and ends the rest.
died() {
  tail -n 15 "$STATE/$1.log" >&2
  die "$1 ended by itself; its whole log is $STATE/$1.log."
}

all_alive() {
  for i in "${!pids[@]}"; do
    kill -0 "${pids[$i]}" 2>/dev/null || died "${names[$i]}"
  done
}

listening() {
  (exec 3<>"/dev/tcp/${ADDRESS%:*}/${ADDRESS##*:}") 2>/dev/null
}

healthy() {
  (
    exec 3<>"/dev/tcp/${ADDRESS%:*}/${ADDRESS##*:}"
    printf 'GET /healthz HTTP/1.1\r\nHost: demo\r\nConnection: close\r\n\r\n' >&3
    head -n 1 <&3 | grep -q ' 200 '
  ) 2>/dev/null
}

wait_until_healthy() {
  local deadline=$((SECONDS + READY_SECS))
  until healthy; do
    all_alive
    [ "$SECONDS" -lt "$deadline" ] || die "the server is not ready after $READY_SECS s; its log is $STATE/server.log."
    sleep 0.1
  done
}

# byte NUMBER: as an escape that printf understands.
byte() {
  printf '\\x%02x' "$1"
}

# What the retailer's backend does when a customer taps "I want help": SetHelpWanted { customer_id: 1, wanted: 2 } as
# gRPC-Web over HTTP/1.1, by hand, so that the demo needs no other program.
ask_for_help() {
  local size=$((${#1} + 4)) answer
  answer=$(
    exec 3<>"/dev/tcp/${ADDRESS%:*}/${ADDRESS##*:}"
    {
      printf 'POST /shopbell.customer.v1.CustomerService/SetHelpWanted HTTP/1.1\r\nHost: demo\r\n'
      printf 'Authorization: Bearer demo-app\r\nContent-Type: application/grpc-web+proto\r\nX-Grpc-Web: 1\r\n'
      printf 'Content-Length: %d\r\nConnection: close\r\n\r\n' $((size + 5))
      printf "\\0\\0\\0\\0$(byte "$size")\\x0a$(byte "${#1}")%s\\x10\\x01" "$1"
    } >&3
    tr -d '\0' <&3
  )
  grep -aiq 'grpc-status: *0' <<<"$answer"
}

for program in shopbell-server shopbell-edge; do
  [ -x "$BIN/$program" ] || die "$program is not built." "make demo"
done
if listening; then
  die "$ADDRESS is taken by another program: end it, or take another port." "SHOPBELL_DEMO_ADDRESS=127.0.0.1:8517 make demo"
fi
rm -rf "$STATE"
mkdir -p "$STATE"
trap stop EXIT
trap 'exit 0' INT TERM HUP

# Quoted for TOML, where a bare time is no string.
clock=(--set "clock.origin=\"$ORIGIN\"" --set "clock.anchor=\"$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)\"")
for zone in entrance womens; do
  (umask 077 && printf 'demo-agent-lyon-%s\n' "$zone" >"$STATE/lyon-$zone.token")
done

start server "$BIN/shopbell-server" demo --config deploy/demo/server.toml --directory "$STATE/server" \
  --set "listen.address=$ADDRESS" "${clock[@]}"
wait_until_healthy
for zone in entrance womens; do
  start "lyon-$zone" "$BIN/shopbell-edge" run --config "deploy/demo/agent-$zone.toml" \
    --set "server.url=http://$ADDRESS" --set "server.token_file=$STATE/lyon-$zone.token" \
    --set "outbox.dir=$STATE/lyon-$zone" "${clock[@]}"
done

[ -n "$still" ] || read_web_events deploy/demo/web-shop.tsv

cat <<END

  Shopbell: the invented shop Lyon République, Friday 20 November 2026, 13:41 UTC

    Inès's tablet   http://$ADDRESS/#token=demo-tablet-ines
    Tom's tablet    http://$ADDRESS/#token=demo-tablet-tom
    Metrics         http://$ADDRESS/metrics

  Open one. Camille is by the door in a few seconds, Jean-Paul comes ten seconds after her, and Aminata half a minute
  after him, as a guest without a name, since she chose so. Each card opens when you tap "greeted".

  Leave Camille's card open: half a minute from now she looks for trainers on her phone, standing in the shop. She shares
  her wish list and not what she looks at, so you see what she saves and nothing before. Jean-Paul shares all; his phone
  is busy half a minute later.

  Three more phones are in the recording, and no tablet shows them: Marc shares level 1 and is only counted, Sofia
  shares nothing, and Inès B. passes by outside. The last recorded minute is 13:48.

  Logs are in $STATE/. Ctrl-C ends everything.

END

began=$SECONDS
asked=$still
while sleep 1; do
  all_alive
  play_web_events $((SECONDS - began))
  if [ -z "$asked" ] && [ $((SECONDS - began)) -ge "$HELP_AFTER_SECS" ]; then
    asked=yes
    ask_for_help "$HELP_CUSTOMER" || say "The server did not take $HELP_CUSTOMER's wish for help; see $STATE/server.log."
  fi
done
