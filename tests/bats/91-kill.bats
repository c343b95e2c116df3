# kill -9 of everything but the switch, in turn, while thirty calls are up; then of the switch.
load helper
load centre

setup() { centre_setup 12; }
teardown() { teardown_instance; }

again() { # NAME: kill -9, then start it anew
  local pid_of=pid_$1
  kill -KILL "${!pid_of}"
  wait "${!pid_of}" 2>/dev/null || :
  start_daemon "$1"
}

thirty_calls() { # all through the menu at once; twelve talk, eighteen wait
  local n
  for ((n = 0; n < 30; n++)); do
    ring_in "c$n" --from "138001380$(printf %02d "$n")" --say "$HOTLINE_HOME/caller.wav" --keys w3s,1 --for "${1:-70s}"
  done
  wait_for '[ "$(event_count queue.entered)" = 30 ]' 40
  wait_for '[ "$(event_count announce.done)" = 12 ]' 40
}

@test "kill -9 of ccivr, ccqueue, ccrec and ccjournal in turn loses no call, no place, no second, and the report adds up" {
  centre_start
  thirty_calls 60s
  waiting_before=$(ccbus ask ccqueue snapshot | jq -c '[.entries[] | select(.call) | [.call, .queue, .entered]] | sort')
  for daemon in ccivr ccqueue ccrec ccjournal; do again "$daemon"; done
  wait_for 'ccqueue status'
  wait_for '[ "$(ccbus ask ccswitchd snapshot | jq "[.controllers[] | select(.alive)] | length")" -ge 2 ]' 10
  # Nobody was lost, and those who waited keep their place and their clock.
  assert_equal "$(ccbus ask ccswitchd calls | jq '.calls | length')" 30
  assert_equal "$(ccbus ask ccqueue snapshot | jq -c '[.entries[] | select(.call) | [.call, .queue, .entered]] | sort')" "$waiting_before"
  wait_for '[ "$(event_count call.ended)" = 30 ]' 120
  wait_for '[ "$(event_count rec.kept)" = "$(event_count record.stopped)" ]' 30

  # Every entry ended once; every bridged second is in a recording.
  assert_equal "$(journal queue.entered .call | sort | uniq -c | awk '$1 != 1' | wc -l)" 0
  assert_equal "$(journal queue.exit .call | sort)" "$(journal queue.entered .call | sort)"
  assert_equal "$(journal call.ended .call | sort)" "$(journal call.offered .call | sort)"
  bridged=$(journal bridge.down .ms | awk '{s += $1} END {print s + 0}')
  recorded=$(journal rec.kept .ms | awk '{s += $1} END {print s + 0}')
  echo "bridged $bridged ms, recorded $recorded ms"
  assert [ "$bridged" -gt 100000 ]
  assert [ $((recorded * 1000)) -ge $((bridged * 999)) ]

  run ccjournal verify
  assert_success
  wait_for '[ "$(ccrec find --porcelain | grep -vc "^#")" = "$(event_count rec.kept)" ]' 20
  at_rest 12
  before=$(ccreport day)
  stop_daemon ccjournal
  ccjournal rebuild
  assert_equal "$(ccreport day)" "$before"
}

@test "kill -9 of ccswitchd: spans are back within 5 s, recordings are whole to their last 200 ms, lost calls are marked" {
  centre_start
  thirty_calls 90s
  cut=$(date +%s%3N)
  killed=$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)
  kill -KILL "$pid_ccswitchd"
  wait "$pid_ccswitchd" 2>/dev/null || :
  start_daemon ccswitchd
  wait_for 'ccswitch spans --porcelain | grep -q "	up"' 5
  wait_for '[ "$(event_count call.ended)" = 30 ]' 10
  assert_equal "$(journal call.ended 'select(.by == "restart") | .call' | sort)" "$(journal call.offered .call | sort)"
  wait_for '[ "$(event_count rec.kept)" = 12 ]' 30
  # Each recording reaches to within 200 ms of the cut.
  while read -r started file; do
    length=$(sox --i -D "$HOTLINE_HOME/var/recordings/$file")
    began=$(date -d "$started" +%s%3N)
    missing=$(awk -v c="$cut" -v b="$began" -v l="$length" 'BEGIN {printf "%d", c - b - l * 1000}')
    echo "$file: $missing ms missing"
    assert [ "$missing" -le 200 ]
  done < <(journal rec.kept '[.started, .file] | @tsv')
  # The exchange noticed too, and a new call goes through.
  wait_for '[ "$(ccbus ask ccswitchd calls | jq ".calls | length")" = 0 ]' 10
  wait_for '[ "$(ccqueue agents --porcelain | grep -c "	ready	")" = 12 ]' 90
  ring_in again --from 13900139000 --say "$HOTLINE_HOME/caller.wav" --keys w3s,1 --for 12s
  wait_for '[ "$(journal queue.exit .reason | grep -c answered)" = 13 ]' 30
  run ccjournal verify
  assert_success
}
