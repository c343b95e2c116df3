# ccswitchd over a real PRI and with real telephones; the controllers are shell scripts.
load helper
load centre
load switch

setup() {
  switch_setup <<TOML
[switch]
prompts = ["prompts"]
fallback_after = "2s"
drain = "3s"
number = "96116"

[[route]]
called = "96116"
controller = "hello"
flow = "main"

[[route]]
called = "96110"
to = "phone:1001"
TOML
  phone_table 1001 one 'name = "Li Na"'
  phone_table 1002 two 'outside = false'
  tone etc/prompts/zh-CN/welcome.wav 700 1
  tone etc/prompts/zh-CN/long.wav 700
  tone caller.wav 440
}

teardown() {
  [ -z "${SESSION:-}" ] || kill -KILL -- -"$SESSION" 2>/dev/null || :
  teardown_instance
}


call_up() { # a caller rings in and is answered; the leg is in $LEG, the call in $CALL
  ring_in "${1:-one}" --from 13800138000 --say "$HOTLINE_HOME/caller.wav" --for "${2:-40s}" "${@:3}"
  wait_for '[ "$(ask calls | jq ".calls | length")" = 1 ]' 15
  CALL=$(ask calls | jq -r '.calls[0].call') LEG=$CALL-1
  ask answer "{\"leg\":\"$LEG\"}" >/dev/null
  wait_for '[ "$(leg_is state)" = up ]'
}

rings() { # NUMBER OPTION…: somebody outside calls that number
  ccpstn call --from 13800138000 --to "$@" --for 10s >/dev/null 2>&1 </dev/null 3>&- &
  DAEMONS+=($!)
}


@test "the shell controller of the manual page answers a call, plays to it and hangs up" {
  lines_up
  sed -n '/^n=/,/^\.Ed$/{/^\.Ed$/d;s/\\e/\\/g;p}' "$ROOT/man/man8/ccswitchd.8" >"$HOTLINE_HOME/controller.sh"
  (cd / && exec setsid bash "$HOTLINE_HOME/controller.sh") >/dev/null 2>&1 3>&- &
  SESSION=$!
  wait_for "pgrep -s $SESSION -f 'jq --unbuffered'"
  ring_in one --from 13800138000 --say "$HOTLINE_HOME/caller.wav" --hear "$HOTLINE_HOME/heard.wav" --for 20s
  wait_for '[ "$(event_count call.ended)" = 1 ]' 15
  assert_equal "$(journal call.ended '[.by, .cause] | @tsv')" "controller	16"
  assert_equal "$(journal play.done '[.reason, .ms] | @tsv')" "end	1000"
  order=$(jq -r 'select(.call) | .event' "$HOTLINE_HOME"/var/journal/ccswitchd/*.jsonl | tr '\n' ' ')
  assert_equal "$order" "call.offered leg.answered play.done leg.released call.ended "
  assert_equal "$(journal call.offered '[.caller, .called, .controller, .tags.flow, .tags.lang] | @tsv')" \
    "13800138000	96116	hello	main	zh-CN"
  wait_for '[ -s "$HOTLINE_HOME/heard.wav" ]'
  wait_for '[ "$(tone_db "$HOTLINE_HOME/heard.wav" 1 700)" -gt -25 ]'
  # What people read has no number in it.
  refute grep -q 13800138000 "$HOTLINE_HOME/ccswitchd.log"
}

@test "caller and agent are recorded apart, and each hears the other" {
  lines_up
  hellos hello
  phone 1001 one auto
  call_up one 14s --hear "$HOTLINE_HOME/heard.wav"
  run ask dial "{\"to\":\"phone:1001\",\"call\":\"$CALL\",\"role\":\"agent\",\"tags\":{\"agent\":\"1001\"}}"
  assert_success
  agent=$(jq -r .leg <<<"$output")
  wait_for "[ \"\$(leg_is state $agent)\" = up ]"
  run ask bridge "{\"legs\":[\"$LEG\",\"$agent\"],\"record\":true,\"announce\":[{\"prompt\":\"welcome\"}]}"
  assert_success
  assert_equal "$(jq -r .segment <<<"$output")" "$CALL-r1"
  assert_equal "$(ask calls | jq -r '.calls[0].bridges[0].recording')" "$CALL-r1"
  assert_equal "$(leg_is hears)" bridge
  wait_for '[ "$(event_count announce.done)" = 1 ]'
  wait_for '[ "$(event_count leg.released)" = 1 ]' 25
  # The caller has gone: the bridge is down, the agent's leg is its controller's to end.
  assert_equal "$(journal bridge.down .reason)" released
  assert_equal "$(leg_is state "$agent")" up
  ask hangup "{\"leg\":\"$agent\"}"
  wait_for '[ "$(event_count call.ended)" = 1 ]'
  assert_equal "$(journal call.ended '[.by, .cause] | @tsv')" "caller	16"

  file=$HOTLINE_HOME/var/spool/$(journal record.stopped .file)
  length=$(sox --i -D "$file")
  recorded=$(journal record.stopped .ms) bridged=$(journal bridge.down .ms)
  echo "recorded $recorded ms of $bridged ms in $length s"
  assert [ $((bridged - recorded)) -lt 200 ]
  assert_equal "$(journal record.stopped .gap_ms)" 0
  from=$(awk -v l="$length" 'BEGIN {print l - 4}')
  caller_left=$(tone_db "$file" 1 440 "$from" 3) agent_left=$(tone_db "$file" 1 1000 "$from" 3)
  agent_right=$(tone_db "$file" 2 1000 "$from" 3) caller_right=$(tone_db "$file" 2 440 "$from" 3)
  echo "left: caller $caller_left agent $agent_left; right: agent $agent_right caller $caller_right"
  assert [ "$caller_left" -gt -25 ]
  assert [ "$agent_right" -gt -25 ]
  assert [ $((caller_left - agent_left)) -ge 40 ]
  assert [ $((agent_right - caller_right)) -ge 40 ]
  wait_for '[ -s "$HOTLINE_HOME/heard.wav" ]'
  length=$(sox --i -D "$HOTLINE_HOME/heard.wav")
  heard=$(tone_db "$HOTLINE_HOME/heard.wav" 1 1000 "$(awk -v l="$length" 'BEGIN {print l - 4}')" 3)
  own=$(tone_db "$HOTLINE_HOME/heard.wav" 1 440 "$(awk -v l="$length" 'BEGIN {print l - 4}')" 3)
  echo "heard: agent $heard own $own"
  assert [ "$heard" -gt -25 ]
  assert [ $((heard - own)) -ge 40 ]
  # The spool file explains itself.
  run head -c 4096 "$file"
  assert_output --partial "\"segment\":\"$CALL-r1\""
  assert_output --partial '"agent":"1001"'
}

@test "tags and controller go with the call, and the snapshot is true at its journal number" {
  lines_up
  hellos hello
  call_up
  ask tag "{\"call\":\"$CALL\",\"set\":{\"queue\":\"repair\",\"priority\":\"3\"},\"unset\":[\"flow\"]}"
  ask tag "{\"leg\":\"$LEG\",\"set\":{\"note\":\"x\"}}"
  ask handover "{\"call\":\"$CALL\",\"to\":\"ccqueue\",\"tags\":{\"queue\":\"billing\"}}"
  snapshot=$(ask snapshot)
  assert_equal "$(jq -c '.calls[0].tags' <<<"$snapshot")" '{"lang":"zh-CN","priority":"3","queue":"billing"}'
  assert_equal "$(jq -c '.calls[0].legs[0].tags' <<<"$snapshot")" '{"note":"x"}'
  assert_equal "$(jq -r '.calls[0].controller' <<<"$snapshot")" ccqueue
  assert_equal "$(jq -r '.spans[0] | [.span, .state, .busy] | @tsv' <<<"$snapshot")" "e1	up	1"
  assert_equal "$(journal call.handover '[.was, .to, .tags.queue] | @tsv')" "hello	ccqueue	billing"
  assert_equal "$(jq -r .n <<<"$snapshot")" "$(journal call.handover .n)"
}

@test "a lost controller's caller hears music, and all is as before when it is back" {
  sed -i 's/^fallback_after.*/fallback_after = "60s"/' "$HOTLINE_HOME/etc/hotline.toml"
  lines_up
  hellos hello
  call_up one 12s --hear "$HOTLINE_HOME/heard.wav"
  assert_equal "$(leg_is hears)" silence
  kill "$HELLO"
  wait_for '[ "$(event_count controller.lost)" = 1 ]' 8
  assert_equal "$(journal controller.lost '[.controller, .calls] | @tsv')" "hello	1"
  assert_equal "$(leg_is hears)" music
  wait_for '[ "$(event_count call.ended)" = 1 ]' 20
  assert_equal "$(journal call.ended .by)" caller
  wait_for '[ "$(tone_db "$HOTLINE_HOME/heard.wav" 1 600)" -gt -30 ]'
  # Back again, for a call that came meanwhile: it was not dropped, and heard it ring.
  ring_in two --from 13900139000 --for 30s
  wait_for '[ "$(ask calls | jq -r ".calls[0].legs[0].state")" = alerting ]' 10
  hellos hello
  assert_equal "$(event_count controller.back)" 1
  call=$(ask calls | jq -r '.calls[0].call')
  ask answer "{\"leg\":\"$call-1\"}"
  wait_for "[ \"\$(leg_is state $call-1)\" = up ]"
  assert_equal "$(leg_is hears "$call-1")" silence
}

@test "calls of a controller that stays away go to the fallback" {
  sed -i 's/^fallback_after.*/fallback_after = "2s"\nfallback = "nightshift"/' "$HOTLINE_HOME/etc/hotline.toml"
  lines_up
  ring_in one --from 13800138000 --for 30s
  hellos nightshift
  wait_for '[ "$(event_count call.fallback)" = 1 ]' 15
  assert_equal "$(journal call.fallback '[.was, .to] | @tsv')" "hello	nightshift"
  assert_equal "$(ask calls | jq -r '.calls[0].controller')" nightshift
}

@test "without another fallback they are released with cause 41" {
  lines_up
  ring_in one --from 13800138000 --for 30s
  wait_for '[ "$(event_count call.ended)" = 1 ]' 15
  assert_equal "$(journal call.fallback '[.was, .to] | @tsv')" "hello	hangup"
  assert_equal "$(journal call.ended '[.by, .cause] | @tsv')" "switch	41"
}

@test "where the fallback stays away, too, they are released with cause 41 after as long again" {
  sed -i 's/^fallback_after.*/fallback_after = "1s"\nfallback = "nightshift"/' "$HOTLINE_HOME/etc/hotline.toml"
  lines_up
  ring_in one --from 13800138000 --for 60s
  wait_for '[ "$(event_count call.ended)" = 1 ]' 20
  assert_equal "$(journal call.fallback '[.was, .to] | @tsv')" "$(printf 'hello\tnightshift\nnightshift\thangup')"
  assert_equal "$(journal call.ended '[.by, .cause] | @tsv')" "switch	41"
}

@test "before the answer a caller hears what is played only once it has been told that it rings" {
  lines_up
  hellos hello
  ring_in one --from 13800138000 --for 20s
  wait_for '[ "$(ask calls | jq ".calls | length")" = 1 ]' 15
  CALL=$(ask calls | jq -r '.calls[0].call') LEG=$CALL-1
  run ask play "{\"leg\":\"$LEG\",\"items\":[{\"prompt\":\"welcome\"}]}"
  assert_failure 1
  assert_output --partial "is offered"
  ask alert "{\"leg\":\"$LEG\"}"
  run ask play "{\"leg\":\"$LEG\",\"items\":[{\"prompt\":\"welcome\"}]}"
  assert_success
  wait_for '[ "$(event_count play.done)" = 1 ]'
  assert_equal "$(leg_is state)" alerting
  ask answer "{\"leg\":\"$LEG\"}"
  wait_for '[ "$(leg_is state)" = up ]'
}

@test "keys of the caller are told, and stop what is played with barge" {
  lines_up
  hellos hello
  call_up one 20s --keys w2s,1,w1s,5
  ask play "{\"leg\":\"$LEG\",\"items\":[{\"prompt\":\"long\"}],\"barge\":true,\"notice\":true}"
  assert_equal "$(leg_is hears)" play
  wait_for '[ "$(event_count digit)" = 2 ]' 15
  assert_equal "$(journal digit '[.digit, .by] | @tsv')" "1	inband
5	inband"
  assert_equal "$(journal play.done .reason)" barge
  assert_equal "$(event_count notice.played)" 0
}

@test "a telephone calls another by its number, and both are cleared when one leaves" {
  start_daemon ccswitchd
  phone 1002 two auto
  phone 1001 one manual -e "/dial 1002"
  wait_for '[ "$(event_count bridge.up)" = 1 ]' 10
  assert_equal "$(ask calls | jq -r '.calls[0] | [.from, .to, .line, .controller] | @tsv')" "1001	1002	phone:1001	switch"
  call=$(ask calls | jq -r '.calls[0].call')
  ask hangup "{\"leg\":\"$call-2\"}"
  wait_for '[ "$(event_count call.ended)" = 1 ]'
  assert_equal "$(event_count leg.released)" 2
}

@test "a caller from outside reaches a telephone by a direct route, and gets its cause when it is not there" {
  lines_up
  rings 96110
  wait_for '[ "$(event_count call.ended)" = 1 ]' 15
  assert_equal "$(journal call.ended .cause)" 20
  phone 1001 one auto
  rings 96110
  wait_for '[ "$(event_count bridge.up)" = 1 ]' 15
  rings 555
  wait_for '[ "$(event_count call.unrouted)" = 1 ]' 15
  wait_for '[ "$(journal call.ended .cause | grep -cx 1)" = 1 ]'
}

@test "a telephone reaches the network outside, unless it may not" {
  lines_up
  ccpstn take --number 138 --answer-after 1s --say "$HOTLINE_HOME/caller.wav" --hear "$HOTLINE_HOME/heard.wav" --for 5s \
    >"$HOTLINE_HOME/taken" 2>&1 </dev/null 3>&- &
  DAEMONS+=($!)
  phone 1001 one manual -e "/dial 13800138000"
  wait_for '[ "$(event_count bridge.up)" = 1 ]' 20
  assert_equal "$(journal leg.dialed .to)" pstn:13800138000
  # The subscriber sees the hotline's number, hears the telephone, and hangs up; that clears the telephone.
  wait_for '[ "$(event_count call.ended)" = 1 ]' 15
  assert_equal "$(journal leg.released '[.by, .cause] | @tsv')" "remote	16
local	16"
  wait_for '[ "$(tone_db "$HOTLINE_HOME/heard.wav" 1 1000 2 2)" -gt -25 ]'
  assert grep -q "from=96116" "$HOTLINE_HOME/ccpstn.log"
  phone 1002 two manual -e "/dial 13800138000"
  wait_for '[ "$(event_count call.ended)" = 2 ]' 10
  assert_equal "$(journal call.ended .cause | tail -n 1)" 21
}

@test "every malformed command is refused with its field named, and changes nothing" {
  lines_up
  hellos hello
  call_up
  before=$(journal call.offered .n | wc -l)
  while IFS='|' read -r verb body code text; do
    [ -n "$verb" ] || continue
    run ccbus ask ccswitchd "$verb" "${body//LEG/$LEG}"
    echo "$verb $body: $output"
    case $code in
      bad-request | unknown-verb) assert_failure 64 ;;
      not-found | wrong-state) assert_failure 1 ;;
      unavailable) assert_failure 69 ;;
    esac
    assert_output --partial "${text//LEG/$LEG}"
  done <<LIST
shout|{}|unknown-verb|'shout'
answer|{}|bad-request|field 'leg' is missing
answer|{"leg":7}|bad-request|field 'leg' is no text
answer|{"leg":"0000000000000-1"}|not-found|0000000000000-1
answer|{"leg":"LEG"}|wrong-state|is up
alert|{"leg":"LEG"}|wrong-state|is up
hangup|{}|bad-request|'leg' or 'call'
hangup|{"leg":"LEG","cause":0}|bad-request|field 'cause'
hangup|{"call":"0000000000000"}|not-found|0000000000000
play|{"leg":"LEG"}|bad-request|field 'items'
play|{"leg":"LEG","items":[]}|bad-request|field 'items'
play|{"leg":"LEG","items":"welcome"}|bad-request|field 'items'
play|{"leg":"LEG","items":[{"prompt":"welcome"},{"prompt":"no-such"}]}|not-found|items[1]: no prompt 'no-such' in language 'zh-CN'
play|{"leg":"LEG","items":[{"prompt":"welcome","lang":"xx"}]}|not-found|'xx'
play|{"leg":"LEG","items":[{"tone":"siren","ms":10}]}|bad-request|items[0]
play|{"leg":"LEG","items":[{"tone":"beep"}]}|bad-request|items[0]
play|{"leg":"LEG","items":[{"silence_ms":-1}]}|bad-request|items[0]
play|{"leg":"LEG","items":[3]}|bad-request|items[0]
play|{"leg":"LEG","items":[{"tone":"beep","ms":9}],"loop":1}|bad-request|field 'loop'
stop|{"leg":"LEG-1"}|not-found|LEG-1
hear|{"leg":"LEG"}|bad-request|field 'what'
hear|{"leg":"LEG","what":"noise"}|bad-request|silence, music, ringback
digits|{"leg":"LEG","digits":"12x"}|bad-request|field 'digits'
digits|{"leg":"LEG","digits":"123456789012345678901234567890123"}|bad-request|field 'digits'
dial|{}|bad-request|field 'to'
dial|{"to":"1001","controller":"x"}|bad-request|phone:ID, pstn:NUMBER, trunk:NAME/NUMBER
dial|{"to":"pstn:abc","controller":"x"}|bad-request|pstn:abc
dial|{"to":"phone:1001"}|bad-request|field 'controller'
dial|{"to":"phone:9999","controller":"x"}|not-found|no phone '9999'
dial|{"to":"phone:1001","controller":"x"}|unavailable|1001
dial|{"to":"phone:1001","controller":"x","timeout_ms":5}|bad-request|field 'timeout_ms'
dial|{"to":"phone:1001","controller":"x","role":"boss"}|bad-request|agent, party
dial|{"to":"phone:1001","controller":"x","tags":{"a":1}}|bad-request|tag 'a'
bridge|{"legs":["LEG"]}|bad-request|field 'legs'
bridge|{"legs":["LEG","LEG"]}|wrong-state|not two of one call
bridge|{"legs":["LEG","nobody-1"]}|not-found|nobody-1
unbridge|{"bridge":"x"}|not-found|no bridge 'x'
record|{"bridge":"x","on":true}|not-found|no bridge 'x'
tag|{"set":{"a":"b"}}|bad-request|'call' or 'leg'
tag|{"leg":"LEG","set":{"A":"b"}}|bad-request|tag 'A'
tag|{"leg":"LEG","set":{"a":"b\\tc"}}|bad-request|tag 'a'
handover|{"call":"$CALL"}|bad-request|field 'to'
handover|{"call":"$CALL","to":"No One"}|bad-request|field 'to'
hello|{}|bad-request|field 'controller'
hello|{"controller":"switch"}|bad-request|switch
LIST
  assert_equal "$(leg_is state)" up
  assert_equal "$(leg_is hears)" silence
  assert_equal "$(journal call.offered .n | wc -l)" "$before"
  assert_equal "$(event_count call.tagged)" 0
}

@test "dial says the cause that a caller is told" {
  start_daemon ccswitchd
  run ccswitch dial phone:1001
  assert_failure 69
  run ccswitch dial pstn:13800138000
  assert_failure 69
  assert_output --partial "down"
  run ccswitch dial 13800138000
  assert_failure 64
  assert_output --partial "phone:ID"
  assert_equal "$(ask calls | jq '.calls | length')" 0
  assert_equal "$(event_count leg.dialed)" 0
}

@test "a telephone that does not answer is released after its time with cause 19" {
  start_daemon ccswitchd
  phone 1001 one manual
  run ccswitch dial phone:1001 --timeout 1 --from 96116 --json
  assert_success
  leg=$(jq -r .leg <<<"$output")
  wait_for '[ "$(event_count leg.ringing)" = 1 ]'
  wait_for '[ "$(event_count call.ended)" = 1 ]' 8
  assert_equal "$(journal leg.released '[.leg, .cause, .by, .up_ms] | @tsv')" "$leg	19	timeout	0"
  assert_equal "$(journal call.ended '[.cause, .by] | @tsv')" "19	switch"
}

@test "more calls than calls_max are refused with cause 42, and the others go on" {
  sed -i 's/^drain.*/calls_max = 1/' "$HOTLINE_HOME/etc/hotline.toml"
  lines_up
  hellos hello
  call_up
  ring_in two --from 13900139000 --for 10s
  wait_for '[ "$(event_count call.ended)" = 1 ]' 15
  assert_equal "$(journal call.ended '[.cause, .by] | @tsv')" "42	switch"
  assert_equal "$(journal call.offered .controller | tail -n 1)" ""
  assert_equal "$(leg_is state)" up
}

@test "TERM refuses new calls, lets those that are up end, and exits 0" {
  sed -i 's/^drain.*/drain = "20s"/' "$HOTLINE_HOME/etc/hotline.toml"
  lines_up
  hellos hello
  call_up
  kill -TERM "$pid_ccswitchd"
  wait_for 'grep -q "drain calls=1" "$HOTLINE_HOME/ccswitchd.log"'
  ring_in two --from 13900139000 --for 10s
  wait_for '[ "$(journal call.ended .cause)" = 41 ]' 15
  run ccswitch dial phone:1001
  assert_failure 69
  assert_output --partial "stopping"
  assert_equal "$(leg_is state)" up
  ask hangup "{\"call\":\"$CALL\"}"
  STATUS=0
  wait "$pid_ccswitchd" || STATUS=$?
  assert_equal "$STATUS" 0
  assert_equal "$(jq -r .event "$HOTLINE_HOME"/var/journal/ccswitchd/*.jsonl | tail -n 1)" switch.stopped
}

@test "calls that outlast the grace are released with cause 41; a second TERM does not wait" {
  lines_up
  hellos hello
  call_up
  stop_daemon ccswitchd
  assert_equal "$STATUS" 0
  assert_equal "$(journal call.ended '[.cause, .by] | @tsv')" "41	switch"
  sed -i 's/^drain.*/drain = "10m"/' "$HOTLINE_HOME/etc/hotline.toml"
  start_daemon ccswitchd
  wait_for 'ccswitch spans --porcelain | grep -q "	up"' 15
  call_up again
  kill -TERM "$pid_ccswitchd"
  wait_for '[ "$(grep -c "drain calls=1" "$HOTLINE_HOME/ccswitchd.log")" = 2 ]'
  stop_daemon ccswitchd
}

@test "kill -9: the span is back, the calls are marked lost, and the recording says what is really there" {
  lines_up
  hellos hello
  phone 1001 one auto
  call_up
  agent=$(ask dial "{\"to\":\"phone:1001\",\"call\":\"$CALL\"}" | jq -r .leg)
  wait_for "[ \"\$(leg_is state $agent)\" = up ]"
  ask bridge "{\"legs\":[\"$LEG\",\"$agent\"],\"record\":true}"
  wait_for '[ "$(stat -c %s "$HOTLINE_HOME"/var/spool/*.wav)" -gt 30000 ]' 15
  kill -KILL "$pid_ccswitchd"
  wait "$pid_ccswitchd" || :
  start_daemon ccswitchd
  wait_for 'ccswitch spans --porcelain | grep -q "	up"' 5
  assert_equal "$(journal call.ended '[.call, .by, .cause, .lost] | @tsv')" "$CALL	restart	41	true"
  assert_equal "$(journal leg.released .by | sort | uniq -c | awk '{print $1, $2}')" "2 restart"
  assert_equal "$(journal switch.started .lost_calls | tail -n 1)" 1
  file=$HOTLINE_HOME/var/spool/$(journal record.stopped .file)
  samples=$((($(stat -c %s "$file") - 4096) / 2))
  assert_equal "$(journal record.stopped '[.reason, .ms] | @tsv')" "restart	$((samples / 8))"
  assert [ "$(journal call.ended .ms)" -ge $((samples / 8)) ]
  # A third start finds nothing to say.
  stop_daemon ccswitchd
  start_daemon ccswitchd
  assert_equal "$(journal switch.started .lost_calls | tail -n 1)" 0
  assert_equal "$(event_count call.ended)" 1
}

@test "HUP swaps telephones and routes at once, and keeps the old configuration when the new one is bad" {
  start_daemon ccswitchd
  sed -i 's/^id = "1002"/id = "1003"/' "$HOTLINE_HOME/etc/hotline.toml"
  kill -HUP "$pid_ccswitchd"
  wait_for '[ "$(ask phones | jq -r ".phones[1].phone")" = 1003 ]'
  cat >>"$HOTLINE_HOME/etc/hotline.toml" <<TOML
[[span]]
name = "e2"
local = "127.0.0.1:$((E1_PORT + 2))"
remote = "127.0.0.1:$((PSTN_PORT + 2))"
TOML
  run ask reload
  assert_output --partial "span 'e2' added"
  assert_equal "$(ccswitch spans --json | jq -r .span)" "e1
e2"
  echo 'nonsense = 1' >>"$HOTLINE_HOME/etc/hotline.toml"
  run ask reload
  assert_failure
  assert_output --regexp "hotline.toml:[0-9]+: unknown key"
  assert_equal "$(ask phones | jq '.phones | length')" 2
  sed -i '$d;s/^listen.*/listen = "127.0.0.1:1"/' "$HOTLINE_HOME/etc/hotline.toml"
  run ask reload
  assert_success
  assert_output --partial "needs a restart: [sip]"
  assert_equal "$(ccswitch ports --porcelain | awk -F'\t' '$5 == "sip" {print $3}' | sort -u)" "$SIP_PORT"
}

@test "a port in use is named with the remedy, and is worth another try" {
  for port in "$SIP_PORT" "$E1_PORT"; do
    socat -u "UDP4-RECVFROM:$port,bind=127.0.0.1" /dev/null 3>&- &
    holder=$!
    DAEMONS+=("$holder")
    wait_for "ss -lnuH | grep -q ':$port '"
    run timeout 20 ccswitchd
    assert_failure 69
    assert_output --partial ":$port"
    kill "$holder"
    wait "$holder" || :
  done
}

@test "-t names every fault of the configuration with its line, and the music that is missing" {
  run ccswitchd -t
  assert_success
  cp "$HOTLINE_HOME/etc/hotline.toml" "$HOTLINE_HOME/good.toml"
  while IFS='|' read -r change text; do
    sed "$change" "$HOTLINE_HOME/good.toml" >"$HOTLINE_HOME/etc/hotline.toml"
    run timeout 20 ccswitchd -t
    echo "$change"
    assert_failure 78
    assert_output --partial "$text"
  done <<'LIST'
s/^fallback_after/fallback_afer/|unknown key 'fallback_afer'
s/^drain.*/drain = "soon"/|drain
s/^drain.*/music = "silence-is-golden"/|silence-is-golden
s/^listen.*/listen = "somewhere"/|listen
s/^rtp_ports.*/rtp_ports = "9-3"/|rtp_ports
s/^remote.*/remote = "gateway"/|span 'e1': 'gateway'
s/^listen.*/listen = "0.0.0.0:5060"/|rtp_address
s/^to = "phone:1001"/to = "phone:7"/|phone:7
s/^called = "96110"/called = "96116"/|'96116*' is there twice
s/^id = "1002"/id = "1001"/|'1001' is there twice
s/^controller = "hello"//|one of controller, to and cause
s/^called = "96110"/called = "helpdesk"/|helpdesk
LIST
}

@test "ccswitch lists for people with numbers masked, for machines whole" {
  run ccswitch calls
  assert_failure 69
  assert_output --partial "is ccswitchd running?"
  lines_up
  hellos hello
  call_up
  run ccswitch calls
  assert_output --partial "138****8000"
  refute_output --partial 13800138000
  assert_equal "$(ccswitch calls --porcelain | awk -F'\t' '!/^#/ {print $3, $4, $5, $6, $7}')" "13800138000 96116 span:e1/$(leg_is endpoint | cut -d/ -f2) hello up"
  assert_equal "$(ccswitch calls --json | jq -r .from)" 13800138000
  assert_equal "$(ccswitch phones --json | jq -r '[.phone, .name, .registered] | @tsv')" "1001	Li Na	false
1002	1002	false"
  assert_equal "$(ccswitch ports --json | jq -r '[.proto, .port, .port_last, .purpose] | @tsv')" "udp	$E1_PORT	$E1_PORT	span:e1
udp	$SIP_PORT	$SIP_PORT	sip
tcp	$SIP_PORT	$SIP_PORT	sip
udp	$RTP_PORT	$((RTP_PORT + 99))	rtp"
  run ccswitch hangup "$CALL" --cause 17
  assert_success
  wait_for '[ "$(event_count call.ended)" = 1 ]'
  assert_equal "$(journal leg.released .cause)" 17
  run ccswitch hangup "$CALL"
  assert_failure 1
  run ccswitch calls
  assert_failure 1
}

@test "a snapshot that is too long for one message comes in parts" {
  lines_up
  hellos hello
  ccpstn load --to 96116 --calls 20 --rate 20 --hold 30s >/dev/null 2>&1 </dev/null 3>&- &
  DAEMONS+=($!)
  wait_for '[ "$(ask calls | jq ".calls | length")" = 20 ]' 15
  value=$(printf '%01000d' 0)
  jq -nc --arg value "$value" '{set: [range(60) | {key: "k\(.)", value: $value}] | from_entries}' >"$HOTLINE_HOME/tags"
  for call in $(ccswitch calls --json | jq -r .call); do
    jq -c --arg call "$call" '. + {call: $call}' "$HOTLINE_HOME/tags" | ask tag - >/dev/null
  done
  first=$(ask snapshot)
  assert_equal "$(jq .more <<<"$first")" true
  count=$(jq '.calls | length' <<<"$first")
  jq -c '{after: .calls[-1].call}' <<<"$first" >"$HOTLINE_HOME/after"
  assert_equal "$(ask snapshot - <"$HOTLINE_HOME/after" | jq '[(.calls | length), .more] | @csv' -r)" "$((20 - count)),"
  assert_equal "$(ccswitch calls --porcelain | grep -vc '^#')" 20
}
