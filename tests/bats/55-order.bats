#!/usr/bin/env bats
# Many who wait for one agent are served in the order in which they came, each the moment he is free (the long form, with 2,000,
# is tests/bench/free_to_ring_live.sh).
load helper
load crowd

setup() { setup_instance; }
teardown() { teardown_instance; }

@test "a hundred who wait are served strictly in the order of their arrival, and each offer rings at once" {
  crowd_configure 100
  start_daemon ccswitchd
  start_daemon ccqueue
  run --separate-stderr "$BUILD/test/crowd" "${CROWD_PORTS[@]}" --waiting 100 --rounds 120
  assert_success
  echo "$output" >"$HOTLINE_HOME/rings"
  # Those who came in the place of who was served are behind the first hundred, and twenty of them are served.
  assert_equal "$(crowd_offers | head -n 120)" "$(crowd_arrivals | head -n 120)"
  assert_equal "$(crowd_offers | head -n 120 | sort -u | wc -l)" 120
  # And what the telephone saw is what the journal says: it rang with the callers in that order, once each.
  assert_equal "$(awk '$1 == "ring"' "$HOTLINE_HOME/rings" | wc -l)" 120
  assert_equal "$(awk -F'\t' '$1 == "ring" {print $3}' "$HOTLINE_HOME/rings")" \
    "$(crowd_events ccswitchd call.offered '[.call, .caller] | @tsv' | awk -F'\t' 'NR == FNR {number[$1] = $2; next} {print number[$1]}' - <(crowd_offers | head -n 120))"
  # Half of them within a tenth of a second, on whatever machine: who polls cannot do that.
  run awk '{v[NR] = $1} END {exit !(NR >= 119 && v[60] < 100)}' <(crowd_waits "$HOTLINE_HOME/rings" | sort -n)
  assert_success
}
