# Upgrade and restart of ccswitchd: one process takes the place of another, and no call is lost.
load helper
load centre
load switch

setup() {
  switch_setup <<TOML
[switch]
prompts = ["prompts"]
fallback_after = "60s"
drain = "3s"
upgrade_drain = "60s"
number = "96116"

[[route]]
called = "96116"
controller = "hello"

[[route]]
called = "96110"
to = "phone:1001"

[[route]]
called = "96111"
to = "phone:1002"
TOML
  phone_table 1001 one
  phone_table 1002 two
  tone caller.wav 440
}

teardown() { teardown_instance; }


rings() { # NUMBER TIME: somebody outside calls that number
  ccpstn call --from 13800138000 --to "$1" --for "$2" --say "$HOTLINE_HOME/caller.wav" >/dev/null 2>&1 </dev/null 3>&- &
  DAEMONS+=($!)
}

take_over() { # a second ccswitchd takes the place of the first, whose process id is then in $OLD
  OLD=$pid_ccswitchd
  start_daemon ccswitchd --take-over
}

bridges() { ask calls | jq '[.calls[].bridges[]] | length'; }
calls() { ask calls | jq '.calls | length'; }
gone() { ! kill -0 "$1" 2>/dev/null; }

@test "an upgrade loses no call: either end hangs up through the new ccswitchd, which takes new calls meanwhile" {
  lines_up
  phone 1001 one auto
  PHONE1=$PHONE
  rings 96110 40s
  CALLER1=${DAEMONS[-1]}
  rings 96110 60s
  wait_for '[ "$(bridges)" = 2 ]' 20
  before=$(ask snapshot | jq -c '[.calls[] | [.call, .controller, (.legs | length)]]')
  take_over
  # One face: the same calls, the same span, the phone where it was, though all of it is the first one's still.
  assert_equal "$(ask snapshot | jq -c '[.calls[] | [.call, .controller, (.legs | length)]]')" "$before"
  assert_equal "$(ask spans | jq -r '.spans[] | [.span, .state, .busy] | @tsv')" "e1	up	2"
  assert_equal "$(ask phones | jq -r '.phones[] | select(.phone == "1001") | [.registered, .busy] | @tsv')" "true	2"
  assert_equal "$(ask ping | jq .pid)" "$pid_ccswitchd"
  assert_equal "$(journal switch.upgraded '[.kept_calls, .lost_calls] | @tsv')" "2	0"

  # A new call between two phones is the new one's, to a phone that registered with the first.
  phone 1002 two manual -e "/dial sip:1001@127.0.0.1:$SIP_PORT"
  wait_for '[ "$(bridges)" = 3 ]' 20
  # The line hangs up: BYE to the phone goes out and is answered.
  kill -TERM "$CALLER1"
  wait_for '[ "$(event_count call.ended)" = 1 ]' 15
  # The phone hangs up all it has: its BYE comes to the new one and belongs to the first.
  kill -TERM "$PHONE1"
  wait_for '[ "$(event_count call.ended)" = 3 ]' 20
  assert_equal "$(journal leg.released 'select(.leg | endswith("-2")) | [.cause, .by] | @tsv' | sort | uniq -c | awk '{print $1, $2, $3}')" "$(printf '1 16 local\n2 16 remote')"
  # Then the first one goes, and its span is the other's.
  wait_for 'gone $OLD' 60
  STATUS=0
  wait "$OLD" || STATUS=$?
  assert_equal "$STATUS" 0
  wait_for '[ "$(ask spans | jq -r ".spans[] | [.span, .state, .busy] | @tsv")" = "e1	up	0" ]' 15
  assert_equal "$(event_count switch.drained)" 1
  kill -TERM "$PHONE"
  phone 1001 one auto
  rings 96110 10s
  wait_for '[ "$(bridges)" = 1 ]' 20
  wait_for '[ "$(event_count call.ended)" = 4 ]' 30
  # Every call ended once, none was lost, and the journal is one.
  assert_equal "$(journal call.ended .call | sort)" "$(journal call.offered .call | sort)"
  assert_equal "$(journal call.ended 'select(.lost) | .call')" ""
  run ccjournal verify
  assert_success
}

@test "the new ccswitchd dies: the old one's call goes on, and the next takes it over; meanwhile no second upgrade" {
  lines_up
  phone 1001 one auto
  rings 96110 90s
  CALLER=${DAEMONS[-1]}
  wait_for '[ "$(bridges)" = 1 ]' 20
  take_over
  run ask yield
  assert_failure
  assert_output --partial "an upgrade is under way"
  run ccswitchd --take-over
  assert_failure 75
  kill -KILL "$pid_ccswitchd"
  wait "$pid_ccswitchd" 2>/dev/null || :
  refute gone "$OLD"
  start_daemon ccswitchd
  assert_equal "$(bridges)" 1
  kill -TERM "$CALLER"
  wait_for '[ "$(event_count call.ended)" = 1 ]' 15
  wait_for 'gone $OLD' 60
  assert_equal "$(journal call.ended '[.by, .cause] | @tsv')" "caller	16"
  assert_equal "$(journal call.ended 'select(.lost) | .call')" ""
  wait_for '[ "$(ask spans | jq -r ".spans[].state")" = up ]' 15
  run ccjournal verify
  assert_success
}

@test "the old ccswitchd dies: its calls are ended as lost, its span is the new one's, the new one's calls go on" {
  lines_up
  phone 1001 one auto
  rings 96110 90s
  wait_for '[ "$(bridges)" = 1 ]' 20
  take_over
  phone 1002 two manual -e "/dial sip:1001@127.0.0.1:$SIP_PORT"
  wait_for '[ "$(bridges)" = 2 ]' 20
  kill -KILL "$OLD"
  wait "$OLD" 2>/dev/null || :
  wait_for '[ "$(event_count call.ended)" = 1 ]' 10
  assert_equal "$(journal call.ended '[.by, .cause, .lost] | @tsv')" "restart	41	true"
  assert_equal "$(bridges)" 1
  wait_for '[ "$(ask spans | jq -r ".spans[] | [.state, .busy] | @tsv")" = "up	0" ]' 30
  # Its caller is let go: the D channel came up anew.
  wait_for '[ "$(ccbus ask ccpstn spans | jq ".spans[0].busy")" = 0 ]' 120
}

@test "SIGTERM to the new ccswitchd drains both, and each is told to go on for no longer than drain" {
  lines_up
  phone 1001 one auto
  rings 96110 90s
  wait_for '[ "$(bridges)" = 1 ]' 20
  take_over
  kill -TERM "$pid_ccswitchd"
  wait_for 'gone $OLD' 20
  wait_for 'gone $pid_ccswitchd' 20
  assert_equal "$(journal call.ended '[.by, .cause] | @tsv')" "switch	41"
  run ccjournal verify
  assert_success
}
