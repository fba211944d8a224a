# shellcheck shell=bash
# Plays the demo's web shop: posts to /v1/batch what Segment's SDK for the browser would, by hand, so that the demo needs
# no other program. run.sh sources it.
#
# The times are the machine's, two days ahead of the demo's; the server takes a clock that is wrong out of them, as for any
# phone.

readonly WRITE_KEY=demo-web-shop
readonly LIBRARY='{"library":{"name":"analytics.js","version":"npm:next-1.84.3"},"locale":"fr-FR"}'

web_events=()
web_messages=0

# read_web_events FILE: the lines that are no comments.
read_web_events() {
  mapfile -t web_events < <(grep -v '^#' "$1")
}

# play_web_events SECONDS: sends what happens until so many seconds after the start.
play_web_events() {
  local after who event properties
  while [ "${#web_events[@]}" -gt 0 ]; do
    IFS=$'\t' read -r after who event properties <<<"${web_events[0]}"
    [ "$after" -le "$1" ] || return 0
    web_events=("${web_events[@]:1}")
    post_event "$who" "$event" "$properties" || say "The server did not take $who's $event; see $STATE/server.log."
  done
}

post_event() {
  local now body answer
  now=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
  web_messages=$((web_messages + 1))
  body=$(printf '{"batch":[{"type":"track","event":"%s","properties":%s,"userId":"%s","anonymousId":"phone-of-%s","messageId":"ajs-next-%s-%d","timestamp":"%s","context":%s}],"sentAt":"%s","writeKey":"%s"}' \
    "$2" "$3" "$1" "$1" "${now//[^0-9]/}" "$web_messages" "$now" "$LIBRARY" "$now" "$WRITE_KEY")
  answer=$(
    exec 3<>"/dev/tcp/${ADDRESS%:*}/${ADDRESS##*:}"
    printf 'POST /v1/batch HTTP/1.1\r\nHost: demo\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' \
      "$(printf %s "$body" | wc -c)" "$body" >&3
    head -n 1 <&3
  )
  grep -q ' 200 ' <<<"$answer"
}
