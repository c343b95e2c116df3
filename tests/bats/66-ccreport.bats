#!/usr/bin/env bats
# The day in figures: every sum agrees with the journals, and with itself after a rebuild.
load helper

DAY=$BATS_TEST_DIRNAME/../corpora/journal/day.jsonl

setup() {
  setup_instance
  : >"$HOTLINE_HOME/etc/hotline.toml"
  "$BUILD/test/write_journal" "$HOTLINE_HOME/var/journal" <"$DAY"
  ccjournal run --once
}
teardown() { teardown_instance; }

store() { sqlite3 "$HOTLINE_HOME/var/hotline.db" "$@"; }
# figure SECTION SUBJECT METRIC: "value numerator/denominator" of the day
figure() {
  ccreport day --date 2026-11-20 --porcelain "${@:4}" |
    awk -F'\t' -v s="$1" -v u="$2" -v m="$3" '$1 == s && $2 == u && $3 == m {print $4, $6 "/" $7}'
}

@test "the page counts every call once and says so" {
  run ccreport day --date 2026-11-20
  assert_success
  assert_line --index 0 "2026-11-20, as of 2026-11-20 09:41:43"
  assert_line --index 1 "15 calls, 14 endings, 1 still up; 10 queue entries, 9 exits, 1 still waiting"
  assert_line --regexp '^answered +3  20\.0 %$'
  assert_line --regexp '^repair +7 +3 +1 +1 +1 +0 +0 +0 +0 +1 +0$'
  assert_line --partial "4 conversations, recorded 513.8 s of 513.9 s (100.0 %); 1 cut off with the switch"
}

@test "outcomes add up to the calls, and exits and waiting to the entries" {
  report=$(ccreport day --date 2026-11-20 --porcelain)
  assert_equal "$(awk -F'\t' '$1 == "calls" && $3 != "calls" && $3 != "endings" {s += $4} END {print s}' <<<"$report")" 15
  assert_equal "$(awk -F'\t' '$1 == "queues" && ($3 ~ /^exit\./ || $3 == "waiting") {s += $4} END {print s}' <<<"$report")" 10
}

@test "service levels, waits and handling have their numerators" {
  assert_equal "$(figure queue repair service_level_f4)" "50 2/4"
  assert_equal "$(figure queue repair service_level_f1)" "60 3/5"
  assert_equal "$(figure queue repair service_level_f2)" "66.7 2/3"
  assert_equal "$(figure queue repair service_level_f3)" "40 2/5"
  assert_equal "$(figure queue repair abandon_rate)" "16.7 1/6"
  assert_equal "$(figure queue repair asa_ms)" "11333 34000/3"
  assert_equal "$(figure queues - connect_ms)" "12500 50000/4"
  assert_equal "$(figure queue repair service_level_f4 --within 30s)" "100 3/3"
}

@test "the threshold comes from [report] and --within goes before it" {
  printf '[report]\nwithin = "2s"\n' >"$HOTLINE_HOME/etc/hotline.toml"
  assert_equal "$(figure queues - service_level_f2)" "0 0/4"
  assert_equal "$(figure queues - service_level_f2 --within 1m)" "100 4/4"
  run ccreport day --within soon
  assert_failure 64
}

@test "what a report says equals a recount of the raw events" {
  count() { ccjournal cat --event "$1" | jq -s "${2:-length}"; }
  assert_equal "$(figure queues - entered)" "$(count queue.entered) -/-"
  assert_equal "$(figure queues - exit.answered)" "$(count queue.exit 'map(select(.reason == "answered")) | length') -/-"
  assert_equal "$(figure calls - endings)" "$(count call.ended) -/-"
  assert_equal "$(figure agent 1001 answered)" "$(count queue.exit 'map(select(.agent == "1001")) | length') -/-"
  assert_equal "$(figure recording - recorded_ms)" "$(count rec.kept 'map(.ms) | add') -/-"
  assert_equal "$(figure recording - bridged_ms)" "$(count bridge.down 'map(.ms) | add') -/-"
}

@test "Erlang C stands beside each half hour" {
  run ccreport day --date 2026-11-20
  assert_line --regexp '^09:00 +6 +2 +2 +33\.3 % \(1/3\) +15\.5 +100\.0 +2\.0 +0\.33 +96\.3 % +2\.9$'
  assert_line --regexp '^09:30 +4 +2 +0 +100\.0 % \(2/2\)'
}

@test "agents' states fill their day: signed in is the sum of states" {
  for agent in 1001 1002; do
    ccreport day --date 2026-11-20 --porcelain | awk -F'\t' -v a="$agent" '$1 == "agent" && $2 == a {v[$3] = $4}
      END {d = v["signed_in_ms"] - v["ready_ms"] - v["ringing_ms"] - v["talking_ms"] - v["wrap_up_ms"] - v["paused_ms"]; exit !(v["signed_in_ms"] > 0 && d * d <= 25)}'
  done
  assert_equal "$(figure agent 1002 missed)" "1 -/-"
  assert_equal "$(figure agent 1002 paused_ms)" "103000 -/-"
}

@test "--explain lists the calls behind a number" {
  run ccreport day --date 2026-11-20 --explain late --porcelain
  assert_success
  assert_line --index 1 "0dayc00000002	2026-11-20T01:05:05.000000Z	repair	1001	answered	25000"
  assert_equal "${#lines[@]}" 2
  run ccreport day --date 2026-11-20 --explain lost --json
  assert_equal "$(jq -r .call <<<"$output" | tail -c 3 | tr -d '\n')" 14
  run ccreport day --date 2026-11-20 --explain missed
  assert_output --partial "timeout"
  run ccreport day --date 2026-11-20 --explain exit.overflowed
  assert_failure 1
  run ccreport day --date 2026-11-20 --explain lte
  assert_failure 64
  assert_output --partial "did you mean 'late'?"
}

@test "--queue leaves one queue's calls, entries and agents" {
  assert_equal "$(figure calls - calls --queue bills)" "3 -/-"
  assert_equal "$(figure queues - entered --queue bills)" "3 -/-"
  assert_equal "$(figure agent 1001 offered --queue bills)" ""
}

@test "the report is the same after a rebuild, for people and for machines" {
  before=$(ccreport day --date 2026-11-20; ccreport day --date 2026-11-20 --json; ccreport day --date 2026-11-20 --queue repair)
  store "DELETE FROM calls; DELETE FROM agent_spans"
  ccjournal rebuild
  assert_equal "$(ccreport day --date 2026-11-20; ccreport day --date 2026-11-20 --json; ccreport day --date 2026-11-20 --queue repair)" "$before"
}

@test "days begin at midnight of the time zone" {
  assert_equal "$(TZ=America/New_York ccreport day --date 2026-11-20 --porcelain | awk -F'\t' '$3 == "calls" {print $4}')" 0
  assert_equal "$(TZ=America/New_York ccreport day --date 2026-11-19 --porcelain | awk -F'\t' '$3 == "calls" {print $4}')" 15
}

@test "sums that disagree are said and end with 70" {
  store "UPDATE calls SET outcome = 'vanished' WHERE call = '0dayc00000001'"
  run ccreport day --date 2026-11-20
  assert_failure 70
  assert_output --partial "15 calls, but 14 with a known ending"
  assert_output --partial "ccjournal rebuild"
  ccjournal rebuild
  store "UPDATE queue_visits SET exit_reason = 'vanished' WHERE call = '0dayc00000002'"
  run ccreport day --date 2026-11-20 --json
  assert_failure 70
  assert_output --partial "queue 'repair'"
}

@test "an entry whose exit was never told is shown as such" {
  store "UPDATE queue_visits SET exit_reason = NULL, exit_us = NULL WHERE call = '0dayc00000003'"
  run ccreport day --date 2026-11-20
  assert_success
  assert_line --index 1 --partial "1 of ended calls not told by ccqueue"
  run ccreport day --date 2026-11-20 --explain unclosed --porcelain
  assert_line --partial 0dayc00000003
}

@test "a queue with a Chinese name stays aligned" {
  store "UPDATE queue_visits SET queue = '报修' WHERE queue = 'repair'"
  run ccreport day --date 2026-11-20
  assert_line --regexp '^报修 +7 +3'
  assert_line --regexp '^bills +3 +1'
}

@test "a day without calls is empty, a date that is none is refused, and so is a missing store" {
  run ccreport day --date 2026-11-18
  assert_success
  assert_output --partial "0 calls, 0 endings"
  run ccreport day --date 2026-13-40
  assert_failure 64
  rm "$HOTLINE_HOME"/var/hotline.db*
  run ccreport day
  assert_failure 66
  assert_output --partial "'ccjournal run' makes it"
}
