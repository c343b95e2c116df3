# Ring groups, the night bell, pickup by code, call waiting: real telephones (baresip) that ring together and one that answers.
load helper
load centre
load switch
load softphone

setup() {
  switch_setup <<TOML
[switch]
prompts = ["prompts"]

[switch.codes]
pickup = "*8"
pickup_phone = "*9"
night_on = "*61"

[[ring_group]]
name = "desk"
members = ["1001", "phone:1002", "1003"]

[[ring_group]]
name = "turn"
members = ["1004", "1001", "1002"]
ring = "in-turn"
time = "5s"
then = "group:last"

[[ring_group]]
name = "last"
members = ["1004"]
then = "controller:hello"

[[ring_group]]
name = "bell"
members = ["1001", "1002"]
pickup = "office"

[[route]]
called = "96116"
night = true
to = "group:bell"

[[route]]
called = "96116"
to = "group:desk"

[[route]]
called = "96117"
to = "group:turn"
TOML
  phone_table 1001 one 'waiting_tone = true'
  phone_table 1002 two
  phone_table 1003 three 'pickup = "office"'
  phone_table 1004 four
  tone caller.wav 440
  voice 1001.wav 1000
  voice 1002.wav 1500
  voice 1003.wav 2000
}

teardown() { teardown_instance; }

rings() { # NUMBER [TIME]: somebody outside calls
  ccpstn call --from 13800138000 --to "$1" --say "$HOTLINE_HOME/caller.wav" --for "${2:-60s}" >"$HOTLINE_HOME/caller.out" 2>&1 </dev/null 3>&- &
  CALLER=$!
  DAEMONS+=("$CALLER")
}

legs() { ask calls | jq -r '.calls[].legs[] | select(.state == "'"$1"'") | .endpoint' | sort | tr '\n' ' '; }
cancelled_elsewhere() { grep -q 'completed elsewhere' "$HOTLINE_HOME/phone-$1.log"; }

@test "a group rings at once: who answers first talks, the others are told that the call was answered elsewhere" {
  lines_up
  for id in 1001:one 1002:two 1003:three; do PHONE_ARGS=-s softphone "${id%:*}" "${id#*:}" manual "$HOTLINE_HOME/${id%:*}.wav"; done
  rings 96116
  wait_for '[ "$(legs ringing)" = "phone:1001 phone:1002 phone:1003 " ]' 20
  assert_equal "$(journal group.ringing '[.group, .members] | @tsv')" "desk	3"
  on 1002 accept
  wait_for '[ "$(event_count bridge.up)" = 1 ]' 15
  call=$(ask calls | jq -r '.calls[0].call')
  assert_equal "$(journal group.ended '[.group, .result, .taken_by] | @tsv')" "desk	answered	$call-3"
  wait_for 'cancelled_elsewhere 1001 && cancelled_elsewhere 1003'
  refute cancelled_elsewhere 1002
  assert_equal "$(ask calls | jq -r '.calls[0].bridges[0].legs | join(" ")')" "$call-1 $call-3"
  on 1002 hangup
  wait_for '[ "$(event_count call.ended)" = 1 ]'
  assert_equal "$(journal leg.released '.cause' | sort -n | tr '\n' ' ')" "16 16 26 26 "
}

@test "a group rings in turn, passes over who is not there, leads on to the next group, and at last to a controller" {
  lines_up
  hellos hello
  softphone 1001 one manual "$HOTLINE_HOME/1001.wav"
  softphone 1002 two manual "$HOTLINE_HOME/1002.wav"
  rings 96117 90s
  wait_for '[ "$(legs ringing)" = "phone:1001 " ]' 20
  wait_for '[ "$(legs ringing)" = "phone:1002 " ]' 20
  wait_for '[ "$(ask calls | jq -r ".calls[0].controller")" = hello ]' 20
  assert_equal "$(journal group.ringing '[.group, .members] | @tsv' | tr '\n' ' ')" "turn	1 turn	1 "
  assert_equal "$(journal group.ended '[.group, .result] | @tsv')" "turn	nobody
last	nobody"
  assert_equal "$(ask calls | jq -r '[.calls[0].legs[].leg] | length')" 1
}

@test "the night bell rings when it is night; a telephone of the office takes the call by a code, and without a call the code is refused" {
  lines_up
  softphone 1001 one manual "$HOTLINE_HOME/1001.wav"
  PHONE_ARGS=-s softphone 1002 two manual "$HOTLINE_HOME/1002.wav"
  softphone 1003 three manual "$HOTLINE_HOME/1003.wav"
  on 1003 dial '*8' # nothing rings
  wait_for '[ "$(event_count call.ended)" = 1 ]' 20
  assert_equal "$(journal call.offered '.tags["code-result"]')" refused
  ccswitch night on
  rings 96116
  wait_for '[ "$(legs ringing)" = "phone:1001 phone:1002 " ]' 20
  call=$(ask calls | jq -r '.calls[0].call')
  on 1002 dial '*8' # has no pickup group
  wait_for '[ "$(event_count call.ended)" = 2 ]' 20
  on 1003 dial '*8'
  wait_for '[ "$(event_count bridge.up)" = 1 ]' 20
  assert_equal "$(journal call.transferred '[.call, .to, .mode] | @tsv')" "$call	phone:1003	pickup"
  assert_equal "$(journal group.ended '[.group, .result] | @tsv')" "bell	picked-up"
  wait_for '[ "$(ask calls | jq ".calls[0].legs | length")" = 2 ]'
  assert_equal "$(legs up | tr ' ' '\n' | grep -c 'phone:1003')" 1
  wait_for 'cancelled_elsewhere 1002'
  kill "$CALLER"
  wait_for '[ "$(event_count call.ended)" = 3 ]' 20
}

@test "a caller who gives up stops all of them, and a group that nobody can ring refuses" {
  lines_up
  rings 96116
  wait_for '[ "$(event_count call.ended)" = 1 ]' 20
  assert_equal "$(journal call.ended .cause)" 20
  softphone 1001 one manual "$HOTLINE_HOME/1001.wav"
  softphone 1002 two manual "$HOTLINE_HOME/1002.wav"
  rings 96116 3s
  wait_for '[ "$(event_count call.ended)" = 2 ]' 30
  assert_equal "$(journal group.ended '[.group, .result] | @tsv' | tail -n 1)" "desk	abandoned"
  assert_equal "$(legs ringing)" ""
  assert_equal "$(journal call.ended .by | tail -n 1)" caller
}

@test "a second call at a telephone on which somebody talks is an event, and he hears the tone" {
  start_daemon ccswitchd
  # He lets the second call ring: the tone is heard for as long as it does.
  softphone 1001 one manual "$HOTLINE_HOME/1001.wav"
  softphone 1002 two manual "$HOTLINE_HOME/1002.wav"
  on 1002 dial 1001
  wait_for '[ "$(legs ringing)" = "phone:1001 " ]' 20
  on 1001 accept
  wait_for '[ "$(event_count bridge.up)" = 1 ]' 20
  assert_equal "$(event_count leg.waiting)" 0
  talks=$(journal leg.dialed .leg)
  softphone 1003 three manual "$HOTLINE_HOME/1003.wav"
  on 1003 dial 1001
  wait_for '[ "$(event_count leg.waiting)" = 1 ]' 20
  assert_equal "$(journal leg.waiting '[.phone, .talks, .caller] | @tsv')" "1001	$talks	1003"
  first=$(printf '%s\n' "$HOTLINE_HOME"/phones/1001/heard/*-dec.wav | sort | head -n 1)
  wait_for '[ "$(ask calls | jq "[.calls[].legs[] | select((.quality.received // 0) > 200)] | length")" -ge 2 ]' 20
  on 1002 hangup
  wait_for '[ "$(event_count call.ended)" -ge 1 ]'
  wait_for 'loud "$first" 450 | awk "\$1 > -35 {found = 1} END {exit !found}"'
}

@test "what is wrong with a ring group is said with its line" {
  cat >>"$HOTLINE_HOME/etc/hotline.toml" <<TOML
[[ring_group]]
name = "desk"
members = ["1001", "phone:7777", "group:turn"]
then = "controller:switch"
time = "1s"

[[route]]
called = "5"
to = "group:none"
TOML
  run ccswitchd -t
  assert_failure 78
  assert_output --partial "ring group 'desk' is there twice"
  assert_output --partial "'phone:7777' is neither"
  assert_output --partial "'group:turn' is neither"
  assert_output --partial "'controller:switch' is none of"
  assert_output --partial "'group:none' is neither"
}
