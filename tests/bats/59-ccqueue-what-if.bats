#!/usr/bin/env bats
# ccqueue replay --agents: what was is what ccreport says, and what would have been is played by the same core.
load helper
load centre

setup() {
  centre_setup 1
  cat >"$HOTLINE_HOME/etc/queues.toml" <<TOML
[acd]
short_abandon = "0s"
[[queue]]
name = "repair"
wrap_up = "1s"
[[queue]]
name = "service"
[[agent]]
id = "1001"
queues = ["repair", "service"]
TOML
  cd "$HOTLINE_HOME" || return 1
}
teardown() { teardown_instance; }

@test "the real rows are ccreport's numbers; other agents serve the same callers, and nobody who would wait gives up" {
  centre_start
  # One is served; two wait behind him, of whom one gives up.
  local n
  for n in 1 2 3; do
    ring_in $n --from 1380013800$n --keys w3s,1 --say caller.wav --for 90s
    wait_for "[ \"\$(journal queue.entered | wc -l)\" = $n ]" 30
    calls[n]=$(journal queue.entered .call | tail -n 1)
    [ $n != 1 ] || wait_for '[ "$(journal queue.exit .reason)" = answered ]' 20
  done
  ccswitch hangup "${calls[2]}"
  wait_for '[ "$(journal queue.exit .reason | tail -n 1)" = abandoned ]'
  ccswitch hangup "${calls[1]}"
  wait_for '[ "$(journal queue.exit .reason | tail -n 1)" = answered ]' 30
  ccswitch hangup "${calls[3]}"
  wait_for '[ "$(journal queue.served | wc -l)" = 2 ]'
  at_rest 1

  cat >plan.toml <<TOML
[[shift]]
seats = 3
queues = ["repair"]
TOML
  ccqueue replay --agents plan.toml --seed 1 --interval 1d --json >rows
  jq -s 'map(select(.queue == "repair" and .of == "real")) | last' rows >real
  ccreport day --queue repair --porcelain >day
  # number SUBJECT METRIC of ccreport
  number() { awk -F'\t' -v m="$1" '$1 == "queue" && $3 == m {print $4}' day; }
  for pair in entered:entered exit_answered:exit.answered exit_abandoned:exit.abandoned service_level_f4:service_level_f4 \
    asa_ms:asa_ms wait_p100_ms:wait_p100_ms aht_ms:aht_ms; do
    assert_equal "${pair%:*} $(jq ".${pair%:*}" real)" "${pair%:*} $(number "${pair#*:}")"
  done
  # With three seats all of them are served at once.
  run jq -es 'map(select(.queue == "repair" and .of == "simulated")) | last | .entered == 3 and .exit_answered == 3 and .asa_ms < 5000' rows
  assert_success
  # As it was: without shifts in the plan the agents are there as they were, and two are served.
  printf '[hands]\nanswer = "0s"\n' >same.toml
  run bash -c 'ccqueue replay --agents same.toml --seed 1 --interval 1d --json | jq -es "map(select(.queue == \"repair\" and .of == \"simulated\")) | last | .entered == 3 and .exit_answered == 2 and .exit_abandoned == 1"'
  assert_success
  run ccqueue replay --agents plan.toml --check
  assert_failure 64
  run ccqueue replay --agents missing.toml
  assert_failure 78
}
