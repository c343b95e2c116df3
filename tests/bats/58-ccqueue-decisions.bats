#!/usr/bin/env bats
# What ccqueue decided can be decided again and explained; what a supervisor orders happens and is written down; who
# waits is told his place, may leave by a key, and may be called back.
load helper
load centre

setup() {
  centre_setup 2
  cat >"$HOTLINE_HOME/etc/queues.toml" <<TOML
[acd]
hand_back = "ccivr"
short_abandon = "1s"
[[queue]]
name = "repair"
wrap_up = "1s"
wrap_up_max = "2m"
announce_every = "5s"
exit_key = "0"
call_back_key = "9"
[[queue]]
name = "service"
wrap_up = "1s"
[[agent]]
id = "1001"
name = "Li Na"
queues = ["repair", "service"]
[[agent]]
id = "1002"
name = "Wang Wei"
queues = ["service"]
TOML
}
teardown() { teardown_instance; }

journal() { cat "$HOTLINE_HOME"/var/journal/*/*.jsonl | jq -r --arg e "$1" "select(.event == \$e) | ${2:-tojson}"; }
state() { ccqueue agents --porcelain | awk -F'\t' -v a="$1" '$1 == a {print $3 ":" $4}'; }
# rings NAME [OPTION…]: a caller who keys himself into the queue repair; his call in $CALL.
rings() {
  local name=$1 before
  shift
  before=$(journal queue.entered | wc -l)
  ring_in "$name" --from "1380013800$name" --for 60s "$@"
  wait_for "[ \$(journal queue.entered | wc -l) -gt $before ]" 20
  CALL=$(journal queue.entered .call | tail -n 1)
}

@test "a day is decided again byte for byte, kill -9 included, and a journal that was changed is caught" {
  centre_start
  rings 1 --keys w3s,1
  wait_for '[ "$(journal queue.exit .reason)" = answered ]' 20
  rings 2 --keys w3s,1
  stop_daemon ccqueue KILL
  start_daemon ccqueue
  ccqueue force-pause 1001 --reason lunch --now
  ccqueue force-ready 1001 --reason back
  wait_for '[ "$(journal queue.exit .reason | grep -c answered)" = 2 ]' 20
  ccswitch hangup "$CALL"
  wait_for '[ "$(journal queue.served | wc -l)" = 2 ]'
  ccqueue replay --porcelain >"$HOTLINE_HOME/now"
  ccqueue replay --recorded --porcelain >"$HOTLINE_HOME/then"
  grep -q "	1001	.*	answered	" "$HOTLINE_HOME/then"
  cmp "$HOTLINE_HOME/then" "$HOTLINE_HOME/now"
  run ccqueue replay --check
  assert_success
  assert_output --regexp "replay: [1-9][0-9]+ facts alike, 0 different"
  run ccqueue replay --since 2020-01-01 --until 2020-01-02 --porcelain
  assert_equal "$(wc -l <<<"$output")" 1
  run ccqueue replay --since yesterdayish
  assert_failure 64

  # Somebody makes the journal say that another agent had the call.
  mkdir -p "$HOTLINE_HOME/other/ccqueue"
  sed 's/"agent":"1001","event":"queue.exit"/&/; /"event":"queue.exit"/s/"agent":"1001"/"agent":"1002"/' \
    "$HOTLINE_HOME"/var/journal/ccqueue/*.jsonl >"$HOTLINE_HOME/other/ccqueue/2026-01-01.jsonl"
  run ccqueue replay --journal "$HOTLINE_HOME/other" --check
  assert_failure
  assert_output --partial "2 different"
  assert_output --partial "now:  exit"
  run ccqueue replay --journal "$HOTLINE_HOME/nowhere" --check
  assert_failure 66
}

@test "why tells who was considered and why the call went where it went" {
  centre_start
  ccqueue pause 1001 --reason lunch
  rings 1 --keys w3s,1
  ccqueue ready 1001
  wait_for '[ "$(journal queue.exit .reason)" = answered ]' 20
  run ccqueue why "$CALL"
  assert_success
  assert_output --partial "queue repair, priority 0, position 1"
  assert_output --partial "paused: lunch"
  assert_output --regexp "decision +1001"
  assert_output --regexp "exit +1001 +answered after"
  run ccqueue why "$CALL" --json
  assert_success
  assert_equal "$(jq -rs '[.[] | select(.what == "not") | .text] | unique | .[0]' <<<"$output")" "paused: lunch"
  assert_equal "$(jq -rs '[.[] | select(.what == "rung") | .agent] | .[0]' <<<"$output")" 1001
  run ccqueue why 0000000000000
  assert_failure 1
  assert_output "ccqueue: the journal has no visit of call '0000000000000' to a queue"
}

@test "orders need a reason, happen, and are in the journal with who gave them" {
  centre_start
  ccqueue pause 1001 --reason lunch
  ccqueue pause 1002 --reason lunch
  rings 1 --keys w3s,1
  run ccqueue move "$CALL" service
  assert_failure
  assert_output --partial "'reason'"
  run ccqueue move "$CALL" servise --reason lost
  assert_failure 1
  assert_output "ccqueue: no queue 'servise'; did you mean 'service'?"
  ccqueue priority "$CALL" --to 7 --reason "main burst" --by chief
  run ccqueue priority "$CALL" --to 12 --reason x
  assert_failure
  ccqueue move "$CALL" service --reason lost --by chief
  assert_equal "$(journal queue.exit '"\(.queue) \(.reason) \(.detail) \(.to)"')" "repair withdrawn moved service"
  assert_equal "$(journal queue.order '"\(.by) \(.verb) \(.reason)"' | tr '\n' ';')" "chief priority main burst;chief move lost;"
  # He is where he was put, with his place, after a restart too.
  place=$(journal queue.entered .place | tail -n 1)
  stop_daemon ccqueue KILL
  start_daemon ccqueue
  wait_for '[ "$(ccqueue status --porcelain --queue service | tail -n 1 | cut -f2)" = 1 ]'
  assert_equal "$(ccbus ask ccqueue snapshot | jq -r '.entries[0] | "\(.queue) \(.priority)"')" "service 7"
  [ "$place" != null ]

  ccqueue withdraw "$CALL" --reason "wrong number"
  wait_for '[ "$(journal call.handover "\"\(.to) \(.tags[\"queue-result\"])\"" | tail -n 1)" = "ccivr withdrawn" ]'
  run ccqueue withdraw "$CALL" --reason again
  assert_failure 1
  assert_output "ccqueue: call '$CALL' is in no queue"

  run ccqueue force-logout 1001
  assert_failure
  ccqueue force-logout 1001 --reason "end of shift"
  assert_equal "$(state 1001)" "logged-out:forced: end of shift"
  run ccqueue wrap 1002 --more 30s
  assert_failure 1
  run ccqueue wrap 1002 --more soon
  assert_failure 64
  run ccqueue doctor --repair
  assert_success
  refute_output
  run ccqueue replay --check
  assert_success
}

@test "who waits hears his place, and a key takes him out to the menu" {
  centre_start
  ccqueue pause 1001 --reason lunch
  rings 1 --keys w3s,1,w17s,0
  wait_for '[ -n "$(journal queue.told)" ]' 20
  assert_equal "$(journal queue.told .position | head -n 1)" 1
  wait_for '[ "$(journal queue.exit .reason)" = key-exit ]' 20
  wait_for '[ "$(journal call.handover "\"\(.to) \(.tags[\"queue-result\"])\"" | tail -n 1)" = "ccivr key-exit" ]'
  run cat "$HOTLINE_HOME/ccqueue.log"
  refute_output --partial "announce.missing"
}

@test "an announcement ends when the agent is there: nobody talks to one who cannot hear him" {
  # A place that takes half a minute to tell.
  mkdir -p "$HOTLINE_HOME/etc/prompts/zh-CN"
  sox -n -r 8000 -c 1 -e a-law "$HOTLINE_HOME/etc/prompts/zh-CN/queue-next.wav" synth 30 sine 440 gain -10
  centre_start
  ccqueue pause 1001 --reason lunch
  rings 1 --keys w3s,1
  wait_for '[ -n "$(journal queue.told)" ]' 20
  ccqueue ready 1001
  wait_for '[ "$(journal queue.exit .reason)" = answered ]' 20
  # The audio plane tells of it a moment later; the announcement itself would go on for half a minute.
  wait_for '[ "$(journal play.done "select(.call == \"$CALL\") | .reason" | tail -n 1)" = stop ]'
  [ "$(journal play.done "select(.call == \"$CALL\") | .ms" | tail -n 1)" -lt 29000 ]
  assert_equal "$(state 1001)" "talking:answered"
}

@test "who wants to be called back is released with his place, and called when it is his turn" {
  centre_start
  ccqueue pause 1001 --reason lunch
  rings 1 --keys w3s,1,w17s,9
  wait_for '[ "$(journal queue.exit .reason)" = call-back ]' 30
  wait_for '! ccswitch calls --porcelain | grep -q "^$CALL	"' 20
  assert_equal "$(journal queue.call-back .as)" "$CALL-b"
  assert_equal "$(ccqueue status --porcelain --queue repair | tail -n 1 | cut -f2)" 1
  # He waits on over a restart.
  stop_daemon ccqueue KILL
  start_daemon ccqueue
  wait_for '[ "$(ccbus ask ccqueue snapshot | jq -r ".live")" = true ]'
  run ccqueue doctor
  assert_success
  ccpstn take --number 13800138001 --answer-after 500ms --say "$HOTLINE_HOME/caller.wav" --for 20s >"$HOTLINE_HOME/customer" 2>&1 3>&- &
  DAEMONS+=($!)
  wait_for 'grep -q . "$HOTLINE_HOME/customer" || true'
  ccqueue ready 1001
  wait_for '[ "$(journal queue.exit .reason | tail -n 1)" = answered ]' 30
  assert_equal "$(journal queue.exit '"\(.agent) \(.queue)"' | tail -n 1)" "1001 repair"
  run bash -c "cat '$HOTLINE_HOME'/var/journal/ccswitchd/*.jsonl | jq -r 'select(.call != \"$CALL\") | .event' | grep -E '^(notice.played|bridge.up|record.started)$' | tr '\n' ' '"
  assert_output "notice.played bridge.up record.started "
  wait_for '[ "$(journal queue.served .agent)" = 1001 ]' 40
  run ccqueue replay --check
  assert_success
}

@test "a call-back that is not reached is tried again later, and the agent is free meanwhile" {
  centre_start
  run ccbus ask ccqueue call-back '{"to":"no number","queue":"repair"}'
  assert_failure
  run ccqueue call-back --to 13800138009 --queue repiar
  assert_failure
  ccqueue call-back --to 13800138009 --queue repair
  wait_for '[ "$(journal queue.not-reached .attempt)" = 1 ]' 30
  wait_for '[[ "$(state 1001)" = ready:* ]]'
  assert_equal "$(ccbus ask ccqueue snapshot | jq -r '.entries[0] | "\(.state) \(.call_back)"')" "waiting true"
  wait_for '[ "$(ccswitch calls --porcelain | wc -l)" -le 1 ]'
}
