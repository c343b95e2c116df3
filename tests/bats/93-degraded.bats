# Each daemon in turn is dead and stays so for a while: what callers, agents and the books have meanwhile, and that all is as it
# should be when it is back. (Killed and started at once: 91-kill.bats.) hotline(7), "What may be killed", is the promise.
load helper
load centre

setup() {
  centre_setup 2
  sed -i 's/^fallback_after = .*/fallback_after = "4s"/' "$HOTLINE_HOME/etc/hotline.toml"
}
teardown() { teardown_instance; }

dead() { # NAME: killed, and nobody starts it again
  local pid_of=pid_$1
  kill -KILL "${!pid_of}"
  wait "${!pid_of}" 2>/dev/null || :
}

controllers() { ccbus ask ccswitchd calls | jq -r '.calls[].controller' | sort | uniq -c | awk '{printf "%s%s=%s", (NR > 1 ? " " : ""), $2, $1}'; }
hears() { ccbus ask ccswitchd calls | jq -r '.calls[].legs[] | select(.leg | endswith("-1")) | .hears' | sort -u; }
lost() { journal call.ended 'select(.lost) | .call'; }

@test "without ccqueue: who talks goes on, who waits hears music, then the flow tells him so; when it is back calls are distributed" {
  centre_start
  for n in 1 2 3; do ring_in "c$n" --from "1380013800$n" --say "$HOTLINE_HOME/caller.wav" --keys w3s,1 --for 90s; done
  wait_for '[ "$(event_count announce.done)" = 2 ]' 40
  wait_for '[ "$(event_count queue.entered)" = 3 ]' 40
  talking=$(ccbus ask ccswitchd calls | jq '[.calls[] | select(.bridges != [])] | length')
  dead ccqueue
  wait_for '[ "$(event_count controller.lost)" = 1 ]' 10
  # The one who waited is given to the flow, which says what it has for queues that are not there; those who talk are left to talk.
  wait_for '[ "$(event_count call.fallback)" = 1 ]' 20
  assert_equal "$(journal call.fallback '[.was, .to] | @tsv')" "ccqueue	ccivr"
  wait_for '[ "$(event_count call.ended)" = 1 ]' 40
  assert_equal "$(journal call.ended .by)" controller
  assert_equal "$(ccbus ask ccswitchd calls | jq '[.calls[] | select(.bridges != [])] | length')" "$talking"
  # A new caller gets through the menu, and hears the same after the same time.
  ring_in c4 --from 13800138004 --say "$HOTLINE_HOME/caller.wav" --keys w3s,1 --for 90s
  wait_for '[ "$(event_count call.fallback)" = 2 ]' 40
  wait_for '[ "$(event_count call.ended)" = 2 ]' 40
  start_daemon ccqueue
  wait_for '[ "$(event_count controller.back)" = 1 ]' 10
  wait_for '[ "$(event_count call.ended)" = 4 ]' 120
  ring_in c5 --from 13800138005 --say "$HOTLINE_HOME/caller.wav" --keys w3s,1 --for 12s
  wait_for '[ "$(journal queue.exit "select(.reason == \"answered\") | .call" | sort -u | wc -l)" = 3 ]' 60
  wait_for '[ "$(event_count call.ended)" = 5 ]' 60
  assert_equal "$(lost)" ""
  # Every stay in the queue has its one end.
  assert_equal "$(journal queue.exit .call | sort)" "$(journal queue.entered .call | sort)"
}

@test "without ccivr: who talks and who waits in a queue is served on; new callers hear it ring, and are let go when it stays away" {
  sed -i 's/^fallback = .*/fallback = "hangup"/' "$HOTLINE_HOME/etc/hotline.toml"
  centre_start
  for n in 1 2 3; do ring_in "c$n" --from "1380013800$n" --say "$HOTLINE_HOME/caller.wav" --keys w3s,1 --for 90s; done
  wait_for '[ "$(event_count queue.entered)" = 3 ]' 40
  wait_for '[ "$(event_count announce.done)" = 2 ]' 40
  dead ccivr
  wait_for '[ "$(event_count controller.lost)" = 1 ]' 10
  ring_in c4 --from 13800138004 --for 60s
  wait_for '[ "$(event_count call.ended)" = 1 ]' 30
  assert_equal "$(journal call.ended '[.by, .cause] | @tsv')" "switch	41"
  assert_equal "$(journal call.fallback '[.was, .to] | @tsv')" "ccivr	hangup"
  # The queue goes on without it: one hangs up, the third has his agent.
  first=$(ccbus ask ccswitchd calls | jq -r '[.calls[] | select(.bridges != [])][0].call')
  ccbus ask ccswitchd hangup "{\"call\":\"$first\"}"
  wait_for '[ "$(event_count announce.done)" = 3 ]' 30
  start_daemon ccivr
  ring_in c5 --from 13800138005 --say "$HOTLINE_HOME/caller.wav" --keys w3s,1 --for 90s
  wait_for '[ "$(event_count queue.entered)" = 4 ]' 40
  assert_equal "$(lost)" ""
}

@test "without ccrec and ccjournal: calls, recordings and events go on, and all of it is kept and counted when they are back" {
  centre_start
  at_rest 2
  dead ccrec
  dead ccjournal
  ring_in c1 --from 13800138001 --say "$HOTLINE_HOME/caller.wav" --keys w3s,1 --for 14s
  wait_for '[ "$(event_count call.ended)" = 1 ]' 60
  assert_equal "$(journal queue.exit .reason)" answered
  assert_equal "$(find "$HOTLINE_HOME/var/spool" -name '*.wav' | wc -l)" 1
  assert_equal "$(event_count rec.kept)" 0
  run ccreport day # what the books know, which is not this call yet
  assert_success
  start_daemon ccrec
  start_daemon ccjournal
  wait_for '[ "$(event_count rec.kept)" = 1 ]' 30
  at_rest 2
  assert_equal "$(ccrec find --porcelain | grep -vc '^#')" 1
  assert_equal "$(find "$HOTLINE_HOME/var/spool" -name '*.wav' | wc -l)" 0
  run ccjournal verify
  assert_success
}

@test "without ccswitchd: tools say who is missing, nothing is offered; when it is back, telephones and agents are, too" {
  centre_start
  dead ccswitchd
  run ccswitch calls
  assert_failure 69
  assert_output --partial "is ccswitchd running?"
  wait_for '[ "$(ccbus ask ccqueue snapshot | jq .live)" = false ]' 20
  run ccmon --once
  assert_success
  start_daemon ccswitchd
  wait_for '[ "$(ccbus ask ccqueue snapshot | jq .live)" = true ]' 20
  wait_for '[ "$(ccqueue agents --porcelain | grep -c "	ready	")" = 2 ]' 90
  ring_in c1 --from 13800138001 --say "$HOTLINE_HOME/caller.wav" --keys w3s,1 --for 14s
  wait_for '[ "$(journal queue.exit .reason)" = answered ]' 60
}
