# Every bound of ccswitchd(8), "When something is full": what is one too many is refused with the right word, what is there
# stays, memory is bounded, and the log says it once and not a thousand times. Bounds that only a part of the switch can
# reach (plays, replies, rings of the media plane, jitter buffers, events of a process that has yielded, subscriptions,
# contacts) are held by the unit tests of that part.
load helper
load centre
load softphone

setup() {
  setup_instance
  local base n
  base=$(free_port 16)
  SIP_PORT=$base E1_PORT=$((base + 1)) PSTN_PORT=$((base + 2)) E2_PORT=$((base + 3)) PSTN2_PORT=$((base + 4))
  RTP_PORT=$(free_port 300)
  mkdir -p "$HOTLINE_HOME"/etc/prompts/{zh-CN,common}
  sox -n -r 8000 -c 1 -e a-law "$HOTLINE_HOME/etc/prompts/zh-CN/welcome.wav" synth 1 sine 700 gain -10
  sox -n -r 8000 -c 1 -e a-law "$HOTLINE_HOME/etc/prompts/common/music.wav" synth 10 sine 600 gain -10
  sox -n -r 8000 -c 1 -e a-law "$HOTLINE_HOME/caller.wav" synth 60 sine 440 gain -10
  sox -n -r 8000 -c 1 -b 16 "$HOTLINE_HOME/agent.wav" synth 60 sine 1000 gain -10
  cat >"$HOTLINE_HOME/etc/hotline.toml" <<TOML
[switch]
prompts = ["prompts"]
fallback_after = "60s"
calls_max = 50

[sip]
listen = "127.0.0.1:$SIP_PORT"
domain = "hotline"
rtp_ports = "$RTP_PORT-$((RTP_PORT + 99))"

[[phone]]
id = "1001"
secret = "one"

[[phone]]
id = "1002"
secret = "two"

[[route]]
called = "96116"
controller = "hello"

[[route]]
called = "96110"
to = "phone:1001"
TOML
  for n in 1 2; do
    local near=$E1_PORT far=$PSTN_PORT
    [ $n = 1 ] || near=$E2_PORT far=$PSTN2_PORT
    printf '\n[[span]]\nname = "e%s"\nlocal = "127.0.0.1:%s"\nremote = "127.0.0.1:%s"\njitter = "40ms"\n' $n $near $far \
      >>"$HOTLINE_HOME/etc/hotline.toml"
    printf '\n[[span]]\nname = "e%s"\nlocal = "127.0.0.1:%s"\nremote = "127.0.0.1:%s"\njitter = "40ms"\nside = "network"\n' $n $far $near \
      >>"$HOTLINE_HOME/etc/pstn.toml"
  done
}

teardown() {
  if [ -n "${SMALL:-}" ]; then # nobody may be in it
    for pid in "${DAEMONS[@]}"; do kill -KILL "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; done
    umount "$SMALL"
  fi
  teardown_instance
}

lines_up() { # the switch, the exchange, and both spans between them
  start_daemon ccswitchd
  start_daemon ccpstn
  wait_for '[ "$(ccswitch spans --porcelain | grep -c "	up")" = 2 ]' 20
}

ask() { ccbus ask ccswitchd "$@"; }
calls() { ask calls | jq '.calls | length'; }
rss() { awk '/^VmRSS/ {print $2}' "/proc/$pid_ccswitchd/status"; }
said() { grep -c "$1" "$HOTLINE_HOME/ccswitchd.log" || :; }

# refuses STATUS TEXT ASK…: that command is refused, with that exit status of ccbus and that text.
refuses() {
  local status=$1 text=$2
  shift 2
  run ask "$@"
  assert_failure "$status"
  assert_output --partial "$text"
}

# call_up: a caller rings in and is answered; the leg is in $LEG, the call in $CALL.
call_up() {
  ring_in one --from 13800138000 --say "$HOTLINE_HOME/caller.wav" --for 120s
  wait_for '[ "$(calls)" = 1 ]' 15
  CALL=$(ask calls | jq -r '.calls[0].call') LEG=$CALL-1
  ask answer "{\"leg\":\"$LEG\"}" >/dev/null
  wait_for '[ "$(event_count leg.answered)" = 1 ]'
}

# telephone ID SECRET: one that answers by itself.
telephone() {
  "$ROOT/share/demo/telephone" "$HOTLINE_HOME/phones/$1" "127.0.0.1:$SIP_PORT" "$1" "$2" auto $((SIP_PORT + 6)) $((RTP_PORT + 100)) \
    "$HOTLINE_HOME/agent.wav" >"$HOTLINE_HOME/phone-$1.log" 2>&1 </dev/null 3>&- &
  DAEMONS+=($!)
  wait_for "[ \"\$(ask phones | jq '.phones[] | select(.phone == \"$1\") | .registered')\" = true ]" 20
}

# many COUNT FORMAT: FORMAT with 1 to COUNT in place of %s, joined by commas.
many() { seq 1 "$1" | while read -r n; do printf "$2\n" "$n"; done | paste -sd,; }

@test "legs, tags, items and keys of a call: one too many is refused by name, and what is there stays" {
  lines_up
  ccpstn take --number 139 --ring --calls 0 >/dev/null 2>&1 </dev/null 3>&- &
  DAEMONS+=($!)
  wait_for 'ask dial "{\"to\":\"pstn:1390001\",\"controller\":\"hello\",\"timeout_ms\":120000}"'
  CALL=$(ask calls | jq -r '.calls[0].call') LEG=$CALL-1
  for n in $(seq 2 32); do ask dial "{\"to\":\"pstn:139000$n\",\"call\":\"$CALL\",\"timeout_ms\":120000}" >/dev/null; done
  refuses 75 "the call has too many legs" dial "{\"to\":\"pstn:1390099\",\"call\":\"$CALL\"}"
  assert_equal "$(ask calls | jq '.calls[0].legs | length')" 32

  ask tag "{\"call\":\"$CALL\",\"set\":{$(many 63 '"t%s":"x"')}}" >/dev/null # the language is one, too
  refuses 64 "more than 64 tags" tag "{\"call\":\"$CALL\",\"set\":{\"t64\":\"x\"}}"
  refuses 64 "tag 't1' is longer than 1024 octets" tag "{\"call\":\"$CALL\",\"set\":{\"t1\":\"$(printf '%01025d' 0)\"}}"
  ask tag "{\"call\":\"$CALL\",\"set\":{\"t63\":\"$(printf '%01024d' 0)\"}}" >/dev/null
  assert_equal "$(ask snapshot | jq -r '.calls[0].tags | [(keys | map(select(startswith("t"))) | length), .t1, (.t63 | length)] | @tsv')" "63	x	1024"

  refuses 64 "items" play "{\"leg\":\"$LEG\",\"items\":[$(many 65 '{"prompt":"welcome"}')]}"
  refuses 64 "digits" digits "{\"leg\":\"$LEG\",\"digits\":\"$(printf '%033d' 0)\"}"
  refuses 65 "" tag "{\"call\":\"$CALL\",\"set\":{\"deep\":$(printf '[%.0s' {1..40})$(printf ']%.0s' {1..40})}}"
  ask hangup "{\"call\":\"$CALL\"}" >/dev/null
  wait_for '[ "$(event_count call.ended)" = 1 ]' 20
  assert_equal "$(event_count leg.released)" 32
  wait_for '[ "$(ask spans | jq "[.spans[].busy] | add")" = 0 ]' 20
}

@test "controllers: the sixty-fifth is busy, with hello and with handover, and the others are heard on" {
  start_daemon ccswitchd # which knows one by its configuration: the fallback, ccivr
  for n in $(seq 1 63); do ask hello "{\"controller\":\"c$n\"}" >/dev/null; done
  refuses 75 "there are 64 controllers already" hello '{"controller":"c65"}'
  refuses 75 "there are too many controllers" dial '{"to":"phone:1001","controller":"c65"}'
  ask hello '{"controller":"c63"}'
  assert_equal "$(ask snapshot | jq '.controllers | length')" 64
}

@test "who is lost and has nothing to do makes room for another controller" {
  start_daemon ccswitchd
  for n in $(seq 1 63); do ask hello "{\"controller\":\"c$n\"}" >/dev/null; done
  wait_for 'ask hello "{\"controller\":\"c64\"}"' # three seconds after the first of them
  refute [ "$(ask snapshot | jq '.controllers | map(select(.controller == "c1")) | length')" = 1 ]
  # Who stands in a route stays, though nobody has ever heard of it.
  assert_equal "$(ask snapshot | jq -r '.controllers[] | select(.controller == "hello") | .alive')" false
}

@test "calls: one too many is refused with cause 42 and 503, the others go on, and the log has a line of a hundred of them" {
  sed -i 's/^calls_max = 50/calls_max = 1/' "$HOTLINE_HOME/etc/hotline.toml"
  lines_up
  call_up
  run ccpstn load --to 96116 --calls 100 --rate 50 --hold 1s --json
  assert_failure 1
  assert_equal "$(journal call.ended '[.cause, .by] | @tsv' | sort | uniq -c | awk '{print $1, $2, $3}')" "100 42 switch"
  assert_equal "$(said '^warning calls.full')" 1
  refuses 75 "calls_max is reached" dial '{"to":"phone:1001","controller":"hello"}'
  sip_says refused 1001 one 96116
  assert_equal "$(ask calls | jq -r '.calls[].legs[] | [.leg, .state] | @tsv')" "$LEG	up"
  assert_equal "$(said '^warning calls.full')" 1
}

@test "RTP ports: a call that gets none is refused with cause 42, those that are up stay, and the log says it once" {
  sed -i "s/^rtp_ports = .*/rtp_ports = \"$RTP_PORT-$((RTP_PORT + 3))\"/" "$HOTLINE_HOME/etc/hotline.toml"
  start_daemon ccswitchd
  telephone 1001 one
  # Two legs of one call have all the ports there are.
  ask dial '{"to":"phone:1001","controller":"hello","timeout_ms":60000}' >/dev/null
  wait_for '[ "$(event_count leg.answered)" = 1 ]' 20
  CALL=$(ask calls | jq -r '.calls[0].call')
  ask dial "{\"to\":\"phone:1001\",\"call\":\"$CALL\",\"timeout_ms\":60000}" >/dev/null
  wait_for '[ "$(event_count leg.answered)" = 2 ]' 20
  refuses 75 "" dial "{\"to\":\"phone:1001\",\"call\":\"$CALL\"}"
  for n in 1 2 3; do sip_says refused 1002 two 96116; done
  assert_equal "$(journal call.ended '[.cause, .by] | @tsv' | sort -u)" "42	switch"
  assert_equal "$(event_count call.ended)" 3
  assert_equal "$(said '^warning phone.no-audio')" 1
  assert_equal "$(ask calls | jq -r '[.calls[].legs[].state] | @tsv')" "up	up"
  # Ports come back with the end of a call.
  ask hangup "{\"call\":\"$CALL\"}" >/dev/null
  wait_for '[ "$(event_count call.ended)" = 4 ]' 20
  ask dial '{"to":"phone:1001","controller":"hello"}' >/dev/null
  wait_for '[ "$(event_count leg.answered)" = 3 ]' 20
}

@test "SIP dialogs: four for each of calls_max; one more is busy, and an INVITE gets 503 and a time" {
  sed -i 's/^calls_max = 50/calls_max = 1/' "$HOTLINE_HOME/etc/hotline.toml"
  start_daemon ccswitchd
  telephone 1001 one
  ask dial '{"to":"phone:1001","controller":"hello","timeout_ms":60000}' >/dev/null
  CALL=$(ask calls | jq -r '.calls[0].call')
  for n in 2 3 4; do ask dial "{\"to\":\"phone:1001\",\"call\":\"$CALL\",\"timeout_ms\":60000}" >/dev/null; done
  wait_for '[ "$(event_count leg.answered)" = 4 ]' 20
  refuses 75 "too many SIP calls: all 4 are in use" dial "{\"to\":\"phone:1001\",\"call\":\"$CALL\"}"
  for n in 1 2 3; do sip_says refused 1002 two 96116; done
  assert_equal "$(said '^warning sip.dialogs-full')" 1
  assert_equal "$(ask calls | jq -r '[.calls[].legs[].state] | @tsv')" "up	up	up	up"
  # An INVITE that is refused so never was a call.
  assert_equal "$(event_count call.offered)" 0
}

@test "an upgrade counts the calls of both processes against calls_max" {
  sed -i 's/^calls_max = 50/calls_max = 2/' "$HOTLINE_HOME/etc/hotline.toml"
  lines_up
  call_up
  old=$pid_ccswitchd
  start_daemon ccswitchd --take-over
  telephone 1001 one
  ask dial '{"to":"phone:1001","controller":"hello","timeout_ms":60000}' >/dev/null
  wait_for '[ "$(event_count leg.answered)" = 2 ]' 20
  assert_equal "$(calls)" 2
  # The first span is the old one's still, the empty one and the phones are the new one's: none lets in a third call.
  wait_for '[ "$(grep -c "span.up span=e2" "$HOTLINE_HOME/ccswitchd.log")" = 2 ]' 20
  local span
  for span in e1 e2; do
    run ccpstn call --span "$span" --from 13900139000 --to 96116 --for 5s
    assert_failure 1
  done
  sip_says refused 1002 two 96116
  wait_for '[ "$(event_count call.ended)" = 3 ]'
  assert_equal "$(journal call.ended '[.cause, .by] | @tsv' | sort | uniq -c | awk '{print $1, $2, $3}')" "3 42 switch"
  assert_equal "$(ask calls | jq -r '[.calls[].legs[].state] | @tsv')" "up	up"
  kill -0 "$old"
}

@test "messages on SIP: too long is 413, credentials that are too long are none, and neither costs memory" {
  start_daemon ccswitchd
  before=$(rss)
  options() { printf 'OPTIONS sip:96116@hotline SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:[port];rport;branch=z9hG4bK[n]\nMax-Forwards: 70\nFrom: <sip:1001@hotline>;tag=[n]\nTo: <sip:96116@hotline>\nCall-ID: %s[n]\nCSeq: 1 %s\n%sContent-Length: 0\n\n' "$1" "$2" "$3"; }
  run "$BUILD/test/udp_flood" "$SIP_PORT" 8 <<<"$(options a OPTIONS "Subject: $(head -c 17000 /dev/zero | tr '\0' x)
")"
  assert_output "8 SIP/2.0 413"
  run "$BUILD/test/udp_flood" "$SIP_PORT" 8 <<<"$(options b OPTIONS "" | sed 's/OPTIONS/REGISTER/; s/1 OPTIONS/1 REGISTER/; s|sip:96116@hotline>|sip:1001@hotline>|')"
  assert_output "8 SIP/2.0 401"
  run "$BUILD/test/udp_flood" "$SIP_PORT" 8 <<<"$(options c OPTIONS "Authorization: Digest username=\"1001\", realm=\"hotline\", nonce=\"$(head -c 1100 /dev/zero | tr '\0' x)\", uri=\"sip:hotline\", response=\"00000000000000000000000000000000\"
" | sed 's/OPTIONS/REGISTER/; s/1 OPTIONS/1 REGISTER/; s|sip:96116@hotline>|sip:1001@hotline>|')"
  assert_output "8 SIP/2.0 401"
  assert [ "$(($(rss) - before))" -lt 8192 ]
}

@test "a flood of OPTIONS and INVITEs gets its share of answers, then silence; who talks and who calls from elsewhere is served" {
  lines_up
  call_up
  before=$(rss)
  request() { printf '%s sip:96116@hotline SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:[port];rport;branch=z9hG4bK%s[n]\nMax-Forwards: 70\nFrom: <sip:1001@hotline>;tag=[n]\nTo: <sip:96116@hotline>\nCall-ID: %s[n]\nCSeq: 1 %s\nContact: <sip:1001@127.0.0.1:[port]>\nContent-Length: 0\n\n' "$1" "$1" "$1" "$1"; }
  began=$SECONDS
  run "$BUILD/test/udp_flood" "$SIP_PORT" 5000 <<<"$(request OPTIONS)"
  echo "$output"
  options=$(awk '{n += $1} END {print n + 0}' <<<"$output")
  run "$BUILD/test/udp_flood" "$SIP_PORT" 5000 <<<"$(request INVITE)"
  echo "$output"
  invites=$(awk '{n += $1} END {print n + 0}' <<<"$output")
  # 500 and then five a second for an address, whatever it asks.
  share=$((500 + 5 * (SECONDS - began + 2)))
  assert [ "$options" -ge 50 ] # a machine that is busy may not even read more of them
  assert [ "$((options + invites))" -le "$share" ]
  assert [ "$(said 'ignoring address=127.0.0.1')" -le $(((SECONDS - began) / 60 + 1)) ]
  assert [ "$(said 'sip')" -le 4 ]
  assert [ "$(($(rss) - before))" -lt 16384 ]
  assert_equal "$(event_count call.offered)" 1
  assert_equal "$(ask calls | jq -r '.calls[].legs[] | [.leg, .state] | @tsv')" "$LEG	up"
  # From another address a phone registers and calls as if nothing were.
  ask hello '{"controller":"hello"}' >/dev/null
  sip_says given-up 1002 two 96116 -i 127.0.0.3
  wait_for '[ "$(event_count call.ended)" = 1 ]' 15
}

@test "commands: what nobody reads is bounded by sender and by switch, and all is well when it reads again" {
  lines_up
  call_up
  before=$(rss)
  kill -STOP "$pid_ccswitchd"
  for n in 1 2 3 4; do
    "$BUILD/test/bus_flood" "ipc://$HOTLINE_HOME/run/ccswitchd.cmd" 15000 tag "{\"call\":\"$CALL\",\"set\":{\"flood\":\"$n-[n]\"}}" \
      >"$HOTLINE_HOME/flood.$n" 3>&- &
    DAEMONS+=($!)
  done
  floods=("${DAEMONS[@]: -4}")
  # Each sender has 10,000 open, and is told at once of the rest; of those in vain after its repetitions.
  for n in "${floods[@]}"; do wait "$n"; done
  kill -CONT "$pid_ccswitchd"
  cat "$HOTLINE_HOME"/flood.*
  assert_equal "$(cat "$HOTLINE_HOME"/flood.* | awk '$2 == "again" {n += $1} END {print n}')" 20000
  assert_equal "$(cat "$HOTLINE_HOME"/flood.* | awk '{n += $1} END {print n}')" 60000
  wait_for 'ask ping' 30
  wait_for '[ "$(ask spans | jq -r ".spans[0].state")" = up ]' 30
  assert_equal "$(ask calls | jq -r '.calls[].legs[] | [.leg, .state] | @tsv')" "$LEG	up"
  echo "memory: $before KiB before, $(rss) after"
  assert [ "$(($(rss) - before))" -lt 65536 ]
}

@test "a full disk under a recording: the call goes on, the gap is told, the log has one line of it" {
  [ "$(id -u)" = 0 ] || skip "needs root to mount a small tmpfs"
  SMALL=$HOTLINE_HOME/var
  mount -t tmpfs -o size=2m tmpfs "$SMALL" || { SMALL=; skip "mounting is not permitted here"; }
  lines_up
  call_up
  ask record "{\"leg\":\"$LEG\",\"on\":true,\"max_ms\":600000}" >/dev/null
  wait_for '[ "$(event_count record.started)" = 1 ]'
  wait_for '[ "$(find "$SMALL/spool" -name "*.wav" -size +16k | wc -l)" = 1 ]' 20
  head -c 10m /dev/zero >"$SMALL/ballast" 2>/dev/null || :
  file=$(find "$SMALL/spool" -name '*.wav')
  size=$(stat -c %s "$file")
  read -r -t 3 <> <(:) || : # what is not written meanwhile is the matter
  assert_equal "$(ask calls | jq -r '.calls[].legs[] | [.leg, .state] | @tsv')" "$LEG	up"
  rm "$SMALL/ballast"
  wait_for "[ \$(stat -c %s '$file') -gt $((size + 8000)) ]" 20
  ask record "{\"leg\":\"$LEG\",\"on\":false}" >/dev/null
  wait_for '[ "$(event_count record.stopped)" = 1 ]' 20
  assert [ "$(journal record.stopped .gap_ms)" -ge 500 ]
  assert_equal "$(said '^warning record.gap')" 1
  ask hangup "{\"call\":\"$CALL\"}" >/dev/null
  wait_for '[ "$(event_count call.ended)" = 1 ]' 20
  run ccjournal verify
  assert_success
}

@test "contacts of a telephone: the ninth takes the place of the oldest" {
  start_daemon ccswitchd
  sip_says nine-contacts 1001 one 96116
  assert_equal "$(ask phones | jq '.phones[] | select(.phone == "1001") | .contacts')" 8
}

@test "a follower that does not read loses events and sees it, and the switch's memory is bounded" {
  [ -n "${LONG:-}" ] || skip "long: a hundred and twenty thousand events"
  lines_up
  call_up
  ccbus follow --from ccswitchd >"$HOTLINE_HOME/followed" 2>"$HOTLINE_HOME/missed" 3>&- &
  follower=$!
  DAEMONS+=($follower)
  wait_for 'ask tag "{\"call\":\"$CALL\",\"set\":{\"warm\":\"$SECONDS\"}}" && [ -s "$HOTLINE_HOME/followed" ]'
  before=$(rss)
  kill -STOP $follower
  for n in $(seq 1 13); do
    "$BUILD/test/bus_flood" "ipc://$HOTLINE_HOME/run/ccswitchd.cmd" 9000 tag "{\"call\":\"$CALL\",\"set\":{\"flood\":\"$n-[n]\"}}" >/dev/null
    "$BUILD/test/bus_flood" "ipc://$HOTLINE_HOME/run/ccswitchd.cmd" 1000 tag "{\"call\":\"$CALL\",\"set\":{\"flood\":\"$n+[n]\"}}" >/dev/null
  done
  echo "memory: $before KiB before, $(rss) after"
  assert [ "$(($(rss) - before))" -lt 131072 ]
  kill -CONT $follower
  wait_for 'ask tag "{\"call\":\"$CALL\",\"set\":{\"warm\":\"$SECONDS\"}}" && grep -q missed "$HOTLINE_HOME/missed"' 60
  assert_equal "$(ask calls | jq -r '.calls[].legs[] | [.leg, .state] | @tsv')" "$LEG	up"
}
