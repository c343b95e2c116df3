# Telephones as a PBX's user expects them: hold, transfers, session timers, early audio, pickup. Real baresip, sipp's scenarios.
load helper
load centre
load switch
load softphone

setup() {
  switch_setup <<TOML
[switch]
prompts = ["prompts"]

[[route]]
called = "96116"
controller = "hello"

[[route]]
called = "96110"
to = "phone:1001"
TOML
  phone_table 1001 one 'pickup = "desk"'
  phone_table 1002 two 'pickup = "desk"
calls_max = 1'
  phone_table 1003 three 'outside = false'
  tone etc/prompts/zh-CN/long.wav 700
  tone caller.wav 440
  # Each telephone has a tone of its own.
  voice 1001.wav 1000
  voice 1002.wav 1500
  voice 1003.wav 2000
}

teardown() { teardown_instance; }

events() { jq -r 'select(.call) | .event' "$HOTLINE_HOME"/var/journal/ccswitchd/*.jsonl | grep -E "$1" | tr '\n' ' '; }

# talk SECONDS: somebody from outside talks with telephone 1001 for so long; the call is in $CALL, what he hears in heard.wav.
talk() {
  softphone 1001 one auto "$HOTLINE_HOME/1001.wav"
  ccpstn call --from 13800138000 --to 96110 --say "$HOTLINE_HOME/caller.wav" --hear "$HOTLINE_HOME/heard.wav" --for "$1" \
    >"$HOTLINE_HOME/caller.out" 2>&1 </dev/null 3>&- &
  DAEMONS+=($!)
  wait_for '[ "$(event_count bridge.up)" = 1 ]' 20
  CALL=$(ask calls | jq -r '.calls[0].call')
}

# played HERTZ MIN: in at least MIN whole seconds of heard.wav that tone was there.
played() { [ "$(loud "$HOTLINE_HOME/heard.wav" "$1" | awk '$1 > -30' | wc -l)" -ge "$2" ]; }

@test "who is put on hold hears music and never silence, and the recording goes on" {
  lines_up
  talk 17s
  ask record "{\"bridge\":\"$CALL-b1\",\"on\":true}"
  on 1001 hold
  wait_for '[ "$(event_count leg.held)" = 1 ]'
  assert_equal "$(leg_is held "$CALL-2")" true
  assert_equal "$(journal leg.held '[.leg, .by] | @tsv')" "$CALL-2	phone"
  run ask resume "{\"leg\":\"$CALL-2\"}"
  assert_failure 1
  assert_output --partial "held by its phone"
  read -r -t 4 <> <(:) || : # what is heard meanwhile is the matter
  on 1001 resume
  wait_for '[ "$(event_count leg.resumed)" = 1 ]'
  assert [ "$(journal leg.resumed .ms)" -ge 3500 ]
  assert_equal "$(leg_is held "$CALL-2")" false
  wait_for '[ "$(event_count call.ended)" = 1 ]' 30
  wait_for '[ -s "$HOTLINE_HOME/heard.wav" ]'
  wait_for 'played 600 2'
  assert played 1000 3
  # In no second after the first is there nothing.
  run bash -c 'paste "$1" "$2" | awk "NR > 2 && \$1 < -40 && \$2 < -40" | wc -l' - \
    <(loud "$HOTLINE_HOME/heard.wav" 600) <(loud "$HOTLINE_HOME/heard.wav" 1000)
  assert_output 0
  # Music and person are never there together: the seconds in which one follows the other are the two of hold and resume.
  run bash -c 'paste "$1" "$2" | awk "\$1 > -20 && \$2 > -20" | wc -l' - \
    <(loud "$HOTLINE_HOME/heard.wav" 600) <(loud "$HOTLINE_HOME/heard.wav" 1000)
  assert [ "$output" -le 2 ]
  assert_equal "$(event_count record.started)" 1
  assert [ "$(journal record.stopped .ms)" -ge 6000 ]
  # The caller's voice did not reach the telephone on hold: its file says so by its length alone, the recording by its tone.
  assert [ "$(tone_db "$HOTLINE_HOME/var/spool/$(journal record.stopped .file)" 1 440)" -gt -25 ]
}

@test "a controller holds and resumes without the telephone being asked" {
  lines_up
  talk 12s
  ask hold "{\"leg\":\"$CALL-2\"}"
  assert_equal "$(journal leg.held '[.leg, .by] | @tsv')" "$CALL-2	controller"
  ask hold "{\"leg\":\"$CALL-2\"}" # as it is already: no second event
  read -r -t 3 <> <(:) || :
  ask resume "{\"leg\":\"$CALL-2\"}"
  wait_for '[ "$(event_count call.ended)" = 1 ]' 25
  assert_equal "$(events 'held|resumed')" "leg.held leg.resumed "
  wait_for 'played 600 2'
  run ask hold '{"leg":"0000000000000-1"}'
  assert_failure 1
}

@test "a blind transfer: the caller hears music and ringing, then the target, and the giver is let go" {
  lines_up
  talk 20s
  ask record "{\"bridge\":\"$CALL-b1\",\"on\":true}"
  softphone 1002 two auto "$HOTLINE_HOME/1002.wav"
  on 1001 transfer 1002
  wait_for '[ "$(event_count call.transferred)" = 1 ]' 15
  assert_equal "$(journal call.transferred '[.call, .leg, .to, .mode] | @tsv')" "$CALL	$CALL-2	phone:1002	blind"
  wait_for '[ -z "$(leg_is state "$CALL-2")" ]' 10
  assert_equal "$(leg_is hears "$CALL-1")" bridge
  assert_equal "$(ask calls | jq -r '.calls[0].bridges[0].legs | join(" ")')" "$CALL-1 $CALL-3"
  # The recording goes on: a second segment of the same call.
  assert_equal "$(journal record.started .segment | tr '\n' ' ')" "$CALL-r1 $CALL-r2 "
  wait_for '[ "$(event_count call.ended)" = 1 ]' 30
  assert_equal "$(journal call.ended .by)" caller
  assert_equal "$(event_count leg.released)" 3
  wait_for 'played 1500 2'
}

@test "a transfer that fails gives the caller back to the giver" {
  lines_up
  talk 30s
  run ask transfer "{\"leg\":\"$CALL-2\",\"to\":\"phone:1003\"}" # not registered: nothing changes
  assert_failure 69
  assert_equal "$(event_count bridge.down)" 0
  softphone 1002 two manual "$HOTLINE_HOME/1002.wav"
  run ask transfer "{\"leg\":\"$CALL-2\",\"to\":\"phone:1002\"}"
  assert_success
  wait_for "[ \"\$(leg_is state $CALL-3)\" = ringing ]" 10
  assert_equal "$(leg_is hears "$CALL-1")" ringback
  run ask transfer "{\"leg\":\"$CALL-2\",\"to\":\"phone:1002\"}"
  assert_failure 1
  on 1002 hangup
  wait_for '[ "$(event_count transfer.failed)" = 1 ]' 10
  assert_equal "$(journal transfer.failed '[.leg, .to] | @tsv')" "$CALL-2	phone:1002"
  wait_for '[ "$(event_count bridge.up)" = 2 ]'
  assert_equal "$(ask calls | jq -r '.calls[0].bridges[0].legs | join(" ")')" "$CALL-1 $CALL-2"
  assert_equal "$(event_count call.transferred)" 0
}

@test "an attended transfer joins the two far ends in the first call, and the second ends" {
  lines_up
  softphone 1002 two auto "$HOTLINE_HOME/1002.wav"
  talk 25s
  on 1001 hold
  on 1001 dial 1002
  wait_for '[ "$(event_count bridge.up)" = 2 ]' 15
  second=$(ask calls | jq -r '.calls[1].call')
  run ask transfer "{\"leg\":\"$CALL-2\",\"with\":\"$second-1\",\"to\":\"phone:1003\"}"
  assert_failure 64
  ask transfer "{\"leg\":\"$CALL-2\",\"with\":\"$second-1\"}"
  wait_for '[ "$(event_count call.ended)" = 1 ]' 10
  assert_equal "$(journal call.ended .call)" "$second"
  assert_equal "$(journal call.transferred '[.call, .leg, .to, .mode, .with, .merged] | @tsv')" \
    "$CALL	$CALL-2	phone:1002	attended	$second-1	$second"
  assert_equal "$(ask calls | jq -r '.calls[0].bridges[0].legs | join(" ")')" "$CALL-1 $CALL-3"
  assert_equal "$(journal leg.released 'select(.moved) | [.leg, .moved] | @tsv')" "$second-2	$CALL-3"
  wait_for '[ "$(event_count call.ended)" = 2 ]' 30
  wait_for 'played 1500 2'
  assert_equal "$(journal call.ended .call | sort | uniq -d)" ""
}

@test "a telephone that has as many calls as it may is busy to the next" {
  start_daemon ccswitchd
  softphone 1002 two auto "$HOTLINE_HOME/1002.wav"
  run ask dial '{"to":"phone:1002","controller":"switch"}'
  assert_success
  run ask dial '{"to":"phone:1002","controller":"switch"}'
  assert_failure 75
  assert_equal "$(jq -r .cause <<<"$output" 2>/dev/null || echo 17)" 17
}

@test "keys from the telephone are told, and keys for it are sent as events" {
  lines_up
  talk 12s
  on 1001 sndcode 5
  wait_for '[ "$(event_count digit)" = 1 ]' 10
  assert_equal "$(journal digit '[.leg, .digit, .by] | @tsv')" "$CALL-2	5	rfc4733"
  ask digits "{\"leg\":\"$CALL-2\",\"digits\":\"7\"}"
  wait_for 'grep -q "DTMF.*7\|telephone-event.*7\|received.*7" "$HOTLINE_HOME/phone-1001.log"' 8
}

# controller_plays: who calls 96116 is alerted, hears something, and is answered.
controller_plays() {
  while :; do
    leg=$(ask calls 2>/dev/null | jq -r '.calls[].legs[] | select(.state == "offered" or .state == "alerting") | .leg') || leg=
    ask hello '{"controller":"hello"}' >/dev/null 2>&1 || :
    if [ -n "$leg" ]; then
      ask alert "{\"leg\":\"$leg\"}" >/dev/null || :
      ask play "{\"leg\":\"$leg\",\"items\":[{\"prompt\":\"long\"}]}" >"$HOTLINE_HOME/played" || :
      read -r -t "${1:-1.5}" <> <(:) || :
      ask answer "{\"leg\":\"$leg\"}" >/dev/null || :
    fi
    read -r -t 0.3 <> <(:) || :
  done 3>&- &
  DAEMONS+=($!)
}

@test "a telephone without 100rel and one that demands it hear what is played before the answer" {
  start_daemon ccswitchd
  controller_plays
  sip_says early-media 1001 one 96116
  assert_equal "$(jq -r .play "$HOTLINE_HOME/played")" 1
  sip_says prack 1002 two 96116
  wait_for '[ "$(event_count call.ended)" = 2 ]'
}

@test "session timers, offers that come late, and glare, each as its RFC says" {
  start_daemon ccswitchd
  softphone 1002 two auto "$HOTLINE_HOME/1002.wav"
  sip_says session-timer 1001 one 1002
  sip_says delayed-offer 1001 one 1002
  wait_for '[ "$(event_count call.ended)" = 2 ]'
  controller_plays 1
  sip_says glare 1001 one 96116
  wait_for '[ "$(event_count call.ended)" = 3 ]'
  assert_equal "$(journal call.ended .by | sort -u)" caller
}

@test "REFER is told in NOTIFYs until it is done, and refused where the telephone could not dial" {
  start_daemon ccswitchd
  softphone 1002 two auto "$HOTLINE_HOME/1002.wav"
  sip_says refer-refused 1003 three 1002
  wait_for '[ "$(event_count call.ended)" = 1 ]'
  softphone 1001 one auto "$HOTLINE_HOME/1001.wav"
  sip_says refer 1003 three 1002 -key target 1001
  wait_for '[ "$(event_count call.transferred)" = 1 ]'
  # The two who are left hear each other.
  assert_equal "$(ask calls | jq -r '[.calls[0].legs[].endpoint] | join(" ")')" "phone:1002 phone:1001"
}

@test "Replaces takes a call over from elsewhere, and finds nothing where there is nothing" {
  start_daemon ccswitchd
  softphone 1002 two auto "$HOTLINE_HOME/1002.wav"
  sip_says replaces-nothing 1001 one 1002
  sip_says holder 1001 one 1002 -trace_logs -log_file "$HOTLINE_HOME/dialog" &
  holder=$!
  wait_for '[ "$(event_count bridge.up)" = 1 ]' 15
  wait_for 'grep -q to-tag "$HOTLINE_HOME/dialog"' 10
  sip_says replacer 1001 one 1002 -key replaces "$(grep -m1 to-tag "$HOTLINE_HOME/dialog")"
  wait "$holder"
  assert_equal "$(journal call.transferred '[.to, .mode] | @tsv')" "phone:1001	attended"
  wait_for '[ "$(event_count call.ended)" = 1 ]'
}

@test "a caller whom an agent hands on stays up, and the agent has his wrap-up and his own talk" {
  cat >>"$HOTLINE_HOME/etc/hotline.toml" <<TOML
[[route]]
called = "96119"
controller = "ccqueue"
[[queue]]
name = "repair"
wrap_up = "30s"
record = false
[[agent]]
id = "1001"
queues = ["repair"]
TOML
  lines_up
  start_daemon ccqueue
  softphone 1001 one auto "$HOTLINE_HOME/1001.wav"
  softphone 1002 two auto "$HOTLINE_HOME/1002.wav"
  ccpstn call --from 13800138000 --to 96119 --say "$HOTLINE_HOME/caller.wav" --for 40s >/dev/null 2>&1 </dev/null 3>&- &
  DAEMONS+=($!)
  wait_for '[ "$(event_count queue.exit)" = 1 ]' 25
  leg=$(ask calls | jq -r '.calls[0].legs[] | select(.role == "agent") | .leg')
  softphone 1003 three manual "$HOTLINE_HOME/1003.wav"
  ask transfer "{\"leg\":\"$leg\",\"to\":\"phone:1003\"}"
  wait_for '[ "$(event_count leg.ringing)" = 2 ]' 10
  on 1003 hangup # he will not: they go on talking, and nobody is freed
  wait_for '[ "$(event_count bridge.up)" = 2 ]' 10
  assert_equal "$(ask calls | jq -r '.calls[0].controller')" ccqueue
  assert_equal "$(ccqueue agents --porcelain | awk -F'\t' '{print $3}' | tail -n 1)" talking
  on 1001 transfer 1002
  wait_for '[ "$(event_count queue.served)" = 1 ]' 15
  assert_equal "$(ccqueue agents --porcelain | awk -F'\t' '{print $3}' | tail -n 1)" wrap-up
  assert_equal "$(event_count queue.entered)" 1
  assert_equal "$(ask calls | jq -r '.calls[0] | [.controller, .bridges[0].legs[]] | join(" ")' | cut -d' ' -f1)" switch
  assert_equal "$(event_count call.ended)" 0
}

@test "a call that is lent to a controller comes back to who lent it, with what was learnt" {
  lines_up
  talk 25s
  run ask transfer "{\"leg\":\"$CALL-2\",\"to\":\"controller:Not One\"}"
  assert_failure 64
  # Where nobody is the caller is not sent, lent or given away: they talk on.
  for back in true false; do
    run ask transfer "{\"leg\":\"$CALL-2\",\"to\":\"controller:hello\",\"back\":$back}"
    assert_failure 69
    assert_output --partial "no controller 'hello' is there"
  done
  assert_equal "$(ask calls | jq -r '.calls[0] | [.controller, (.bridges | length)] | @tsv')" "switch	1"
  assert_equal "$(event_count bridge.down)" 0
  hellos hello
  ask transfer "{\"leg\":\"$CALL-2\",\"to\":\"controller:hello\",\"tags\":{\"flow\":\"pin\"},\"back\":true}"
  assert_equal "$(ask calls | jq -r '.calls[0] | [.controller, .tags.flow, (.bridges | length)] | @tsv')" "hello	pin	0"
  assert_equal "$(leg_is state "$CALL-2")" up
  ask handover "{\"call\":\"$CALL\",\"to\":\"ccqueue\",\"tags\":{\"pin\":\"right\"}}"
  assert_equal "$(ask calls | jq -r '.calls[0] | [.controller, .tags.pin, (.bridges[0].legs | join(" "))] | @tsv')" \
    "switch	right	$CALL-1 $CALL-2"
  assert_equal "$(journal call.lent '[.leg, .to] | @tsv')" "$CALL-2	controller:hello"
  assert_equal "$(journal call.returned '[.leg, .was, .result] | @tsv')" "$CALL-2	controller:hello	done"
}

@test "a call whose borrower dies comes back to who lent it, and one that was given away goes to the fallback" {
  sed -i 's/^\[switch\]/&\ncontroller_timeout = "1s"\nfallback_after = "2s"\nfallback = "hangup"/' "$HOTLINE_HOME/etc/hotline.toml"
  lines_up
  talk 60s
  hellos hello
  ask transfer "{\"leg\":\"$CALL-2\",\"to\":\"controller:hello\",\"back\":true}"
  assert_equal "$(ask calls | jq -r '.calls[0].controller')" hello
  kill "$HELLO"
  wait_for '[ "$(event_count call.returned)" = 1 ]' 20
  assert_equal "$(journal call.returned '[.leg, .was, .result] | @tsv')" "$CALL-2	controller:hello	lost"
  assert_equal "$(ask calls | jq -r '.calls[0] | [.controller, (.bridges[0].legs | join(" "))] | @tsv')" "switch	$CALL-1 $CALL-2"
  assert_equal "$(event_count call.ended)" 0
  hellos hello
  ask transfer "{\"leg\":\"$CALL-2\",\"to\":\"controller:hello\"}"
  wait_for '[ -z "$(leg_is state "$CALL-2")" ]'
  assert_equal "$(journal call.transferred '[.leg, .to, .mode] | @tsv')" "$CALL-2	controller:hello	blind"
  assert_equal "$(ask calls | jq -r '.calls[0].controller')" hello
  kill "$HELLO"
  wait_for '[ "$(event_count call.ended)" = 1 ]' 20
  assert_equal "$(journal call.fallback .to)" hangup
}
