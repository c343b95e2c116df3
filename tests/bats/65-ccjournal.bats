#!/usr/bin/env bats
# The journals into the store: exactly once, in any order, over kills, damage and torn lines; and the same again from nothing.
load helper

DAY=$BATS_TEST_DIRNAME/../corpora/journal/day.jsonl

setup() {
  setup_instance
  : >"$HOTLINE_HOME/etc/hotline.toml"
  JOURNAL=$HOTLINE_HOME/var/journal
}
teardown() { teardown_instance; }

journals() { "$BUILD/test/write_journal" "$JOURNAL" "$@" <"$DAY"; }
dump() { sqlite3 "${1:-$HOTLINE_HOME/var/hotline.db}" .dump; }
calls() { sqlite3 "$HOTLINE_HOME/var/hotline.db" "$@"; }

@test "the fold gives each call one outcome, with its queue and agent" {
  journals
  ccjournal run --once
  run calls "SELECT substr(call, 12), direction, outcome, coalesce(queue, '-'), coalesce(agent, '-') FROM calls ORDER BY call"
  assert_output "01|in|answered|repair|1001
02|in|answered|repair|1001
03|in|abandoned|repair|-
04|in|abandoned|repair|-
05|in|ivr|-|-
06|in|refused|-|-
07|in|turned-away|bills|-
08|in|ivr|repair|-
09|in|failed|-|-
10|out|reached|-|-
11|out|unreached|-|-
12|in|answered|bills|1002
13|in|lost|repair|1001
14|in|lost|repair|-
15|in|open|bills|-"
}

@test "a missed offer, ring times, the announced number and talk time are kept with the visit" {
  journals
  ccjournal run --once
  run calls "SELECT queue, exit_reason, wait_ms, ring_ms, agent, talk_ms, (announced_us - entered_us) / 1000 FROM queue_visits WHERE call LIKE '%02'"
  assert_output "repair|answered|25000|9800|1001|60000|28000"
  run calls "SELECT agent, result, ring_ms FROM offers WHERE call LIKE '%02' ORDER BY number"
  assert_output "1002|timeout|15000
1001|answered|9800"
}

@test "an agent's time has no holes" {
  journals
  ccjournal run --once
  run calls "SELECT count(*) FROM agent_spans a JOIN agent_spans b ON b.agent = a.agent AND b.number > a.number
             WHERE NOT EXISTS (SELECT 1 FROM agent_spans c WHERE c.agent = a.agent AND c.number > a.number AND c.number < b.number)
             AND a.to_us IS NOT b.from_us"
  assert_output 0
}

@test "rebuilding from nothing gives the same store, byte for byte in a dump" {
  journals 3
  ccjournal run --once
  before=$(dump)
  run --separate-stderr ccjournal rebuild
  assert_success
  assert_output ""
  assert_equal "$(dump)" "$before"
  calls "UPDATE calls SET outcome = 'answered'; DELETE FROM legs; DELETE FROM journal_position WHERE publisher = 'ccqueue'"
  ccjournal rebuild
  assert_equal "$(dump)" "$before"
}

@test "the same store comes of any interleaving of publishers, of any batches, and of lines seen half written" {
  journals 2
  ccjournal run --once
  whole=$(dump)
  rm "$HOTLINE_HOME"/var/hotline.db*
  mv "$JOURNAL" "$HOTLINE_HOME/source"
  RANDOM=${SEED:-7}
  local -A taken
  local left=1 publisher file size grow
  while [ "$left" = 1 ]; do
    left=0
    for publisher in ccswitchd ccqueue ccivr ccrec; do
      file=$publisher/2026-11-20.jsonl
      size=$(stat -c %s "$HOTLINE_HOME/source/$file")
      [ "${taken[$publisher]:-0}" -lt "$size" ] || continue
      left=1
      ((RANDOM % 3)) || continue
      grow=$((RANDOM % (size / 4) + 1))
      mkdir -p "$JOURNAL/$publisher"
      tail -c "+$((${taken[$publisher]:-0} + 1))" "$HOTLINE_HOME/source/$file" | head -c "$grow" >>"$JOURNAL/$file"
      taken[$publisher]=$((${taken[$publisher]:-0} + grow))
    done
    ccjournal run --once
  done
  assert_equal "$(dump)" "$whole"
}

@test "kill -9 of ccjournal run, again and again while it catches up: every event is folded exactly once" {
  journals 300
  folded() { calls "SELECT coalesce(sum(number), 0) FROM journal_position"; }
  before=0
  for _ in 1 2 3 4 5 6; do
    start_daemon ccjournal
    wait_for '[ "$(folded)" -gt "$before" ] || ccjournal status'
    stop_daemon ccjournal KILL
    before=$(folded)
  done
  journals 5
  start_daemon ccjournal
  wait_for 'ccjournal status' 60
  stop_daemon ccjournal
  assert_equal "$STATUS" 0
  killed=$(dump)
  mkdir "$HOTLINE_HOME/fresh"
  cp -r "$HOTLINE_HOME"/{etc,var} "$HOTLINE_HOME/fresh/"
  rm "$HOTLINE_HOME"/fresh/var/hotline.db*
  HOTLINE_HOME=$HOTLINE_HOME/fresh ccjournal run --once
  assert_equal "$(dump "$HOTLINE_HOME/fresh/var/hotline.db")" "$killed"
}

@test "a rebuild that is killed changes nothing, and the next one leaves nothing behind" {
  journals 300
  ccjournal run --once
  before=$(dump)
  ccjournal rebuild 3>&- &
  rebuilder=$!
  wait_for '[ -s "$HOTLINE_HOME/var/hotline.db.rebuild" ]'
  kill -STOP "$rebuilder"
  run ccjournal rebuild
  assert_failure 75
  kill -KILL "$rebuilder"
  wait "$rebuilder" || :
  assert_file_exists "$HOTLINE_HOME/var/hotline.db.rebuild"
  assert_equal "$(dump)" "$before"
  ccjournal rebuild
  assert_equal "$(dump)" "$before"
  run find "$HOTLINE_HOME/var" -name '*.rebuild*'
  assert_output ""
}

@test "rebuild while ccjournal run follows: it goes on from the new positions and loses nothing" {
  journals 20
  start_daemon ccjournal
  wait_for 'ccjournal status' 20
  calls "DELETE FROM queue_visits"
  ccjournal rebuild
  journals
  wait_for 'ccjournal status' 20
  stop_daemon ccjournal
  running=$(dump)
  ccjournal rebuild
  assert_equal "$(dump)" "$running"
  assert_equal "$(calls 'SELECT count(*) FROM queue_visits')" 210
}

@test "a damaged line is named with its place and passed over, and what follows is folded" {
  journals
  sed -i '5s/^{/[/' "$JOURNAL/ccqueue/2026-11-20.jsonl"
  run ccjournal run --once
  assert_success
  assert_output --partial "$JOURNAL/ccqueue/2026-11-20.jsonl:5"
  assert_equal "$(calls "SELECT number FROM journal_position WHERE publisher = 'ccqueue'")" 54
  assert_equal "$(calls 'SELECT count(*) FROM queue_visits')" 10
}

@test "a call whose first lines are lost is made from its end, and a visit from its exit" {
  journals
  sed -i '/"event":"queue.entered","call":"0dayc00000003"/s/^{/[/' "$JOURNAL/ccqueue/2026-11-20.jsonl"
  sed -i '/"event":"call.offered","call":"0dayc00000003"/s/^{/[/' "$JOURNAL/ccswitchd/2026-11-20.jsonl"
  ccjournal run --once
  run calls "SELECT outcome, (ended_us - started_us) / 1000 FROM calls WHERE call = '0dayc00000003'"
  assert_output "abandoned|32909"
  run calls "SELECT exit_reason, wait_ms, (exit_us - entered_us) / 1000 FROM queue_visits WHERE call = '0dayc00000003'"
  assert_output "abandoned|30000|30000"
}

@test "verify finds an edited line and says where; cat still prints" {
  journals
  run --separate-stderr ccjournal verify
  assert_success
  assert_output ""
  sed -i '4s/1001/1009/' "$JOURNAL/ccqueue/2026-11-20.jsonl"
  run --separate-stderr ccjournal verify
  assert_failure 1
  assert_line --partial "$JOURNAL/ccqueue/2026-11-20.jsonl:5"
  run ccjournal verify ccswitchd ccivr
  assert_success
  run ccjournal verify ccnobody
  assert_failure 66
  assert_output --partial "no journal of 'ccnobody'"
}

@test "cat merges publishers in the order of time, and filters" {
  journals
  run --separate-stderr ccjournal cat
  assert_success
  assert_equal "${#lines[@]}" 208
  assert_equal "$(jq -r .time <<<"$output")" "$(jq -r .time <<<"$output" | sort)"
  run ccjournal cat --call 0dayc00000004 --event queue.
  assert_equal "${#lines[@]}" 2
  assert_line --index 0 --partial queue.entered
  assert_line --index 1 --partial short-abandoned
  run ccjournal cat --from ccrec --since 2026-11-20T01:20:00Z --until 2026-11-20T01:38:00Z
  assert_equal "${#lines[@]}" 1
  run ccjournal cat --since 2026-11-20 --until 2026-11-20 --event call.ended
  assert_equal "${#lines[@]}" 14
  run ccjournal cat --since 2026-11-21
  assert_failure 1
  assert_output ""
}

@test "cat refuses what is no time, no call and no publisher" {
  journals
  run ccjournal cat --since yesterday
  assert_failure 64
  assert_output --partial "'yesterday' is no time"
  run ccjournal cat --call "x' OR 1"
  assert_failure 64
  run ccjournal cat --from ccnobody
  assert_failure 66
}

@test "status tells how far the store is behind" {
  journals
  ccjournal run --once
  run ccjournal status --porcelain
  assert_success
  assert_line "ccqueue	54	0	2026-11-20T01:41:43.010000Z"
  journals
  run ccjournal status --porcelain
  assert_failure 1
  assert_line "ccqueue	54	54	2026-11-20T01:41:43.010000Z"
}

@test "ccjournal answers how far it is" {
  journals
  start_daemon ccjournal
  run ccbus ask ccjournal positions
  assert_success
  assert_equal "$(jq -c '[.positions[] | select(.publisher == "ccqueue") | .n]' <<<"$output")" "[54]"
  run ccbus ask ccjournal dance
  assert_failure 64
}

@test "no journals, a store of the future and a file that is no store are refused with a remedy" {
  run ccjournal verify
  assert_failure 66
  run ccjournal rebuild
  assert_failure 66
  assert_output --partial "the store stays as it is"
  journals
  ccjournal run --once
  calls "PRAGMA user_version = 99"
  run ccjournal run --once
  assert_failure 78
  assert_output --partial "install the newer Hotline"
  echo "these are not the pages you are looking for; they are longer than a header, though" >"$HOTLINE_HOME/var/hotline.db"
  rm -f "$HOTLINE_HOME"/var/hotline.db-*
  run ccjournal run --once
  assert_failure 65
  assert_output --partial "$HOTLINE_HOME/var/hotline.db"
}

@test "an unknown key of [journal] is named with its place" {
  printf '[journal]\npol = "1s"\n' >"$HOTLINE_HOME/etc/hotline.toml"
  run ccjournal run -t
  assert_failure 78
  assert_output --partial "hotline.toml:2"
  assert_output --partial "did you mean 'poll'"
}

@test "a locked store is waited for and then caught up with" {
  journals
  ccjournal run --once
  start_daemon ccjournal
  exec 8> >(exec sqlite3 "$HOTLINE_HOME/var/hotline.db" >"$HOTLINE_HOME/sqlite.out" 3>&-)
  echo "BEGIN IMMEDIATE; SELECT 'locked';" >&8
  wait_for 'grep -q locked "$HOTLINE_HOME/sqlite.out"'
  journals
  run ccjournal status
  assert_failure 1
  echo "COMMIT;" >&8
  exec 8>&-
  wait_for 'ccjournal status' 20
}
