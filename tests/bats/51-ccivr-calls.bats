# ccivr with callers on a real E1: keys in the band, its own death, a queue's results, a switch that restarts.
load helper
load centre

# The flow is a small one of its own: what a site's flows grow into is for the tests of the sites.
setup() {
  centre_setup 1
  start_daemon ccswitchd
  start_daemon ccpstn
  wait_for 'ccswitch spans --porcelain | grep -q "	up"' 15
}
teardown() { teardown_instance; }

caller() { ring_in "$1" --from 13800138000 --say "$HOTLINE_HOME/caller.wav" "${@:2}"; }
again() { # NAME: kill -9, then start it anew
  local pid_of=pid_$1
  kill -KILL "${!pid_of}"
  wait "${!pid_of}" 2>/dev/null || :
  start_daemon "$1"
}
# few_words TIMEOUT: the flow with a pause for each of its first words, and that time-out, so that tests are short too.
few_words() {
  sed -i "s/timeout = .*/timeout = \"$1\"/; s/\[\"\(welcome\|recording-notice\|main-menu\)\"\]/[\"pause\"]/" \
    "$HOTLINE_HOME/etc/flows/main.toml"
}
nodes() { journal ivr.node .node | paste -sd ' '; }

@test "a caller's key leads through the menu to its queue, after the notice was heard to its end" {
  start_daemon ccivr
  caller a --keys w1s,1 --for 30s
  wait_for '[ "$(event_count ivr.exit)" = 1 ]' 30
  assert_equal "$(nodes)" "welcome notice main repair"
  assert_equal "$(journal ivr.exit '.reason + " " + .node')" "queue repair"
  assert_equal "$(journal ivr.node 'select(.node == "repair").key')" 1
  assert_equal "$(journal digit '.digit + " " + .by')" "1 inband"
  assert_equal "$(journal notice.played .call | wc -l)" 1
  assert_equal "$(journal call.handover '.to + " " + .tags.queue')" "ccqueue repair"
  assert_equal "$(ccbus ask ccswitchd calls | jq -c '.calls[0].tags | [.flow, .["flow-node"], .notice, .queue, .subject]')" \
    '["main","repair","played","repair","repair"]'
}

@test "kill -9 of ccivr in the menu: the caller goes on at the same node, and the key leads on" {
  few_words 20s
  start_daemon ccivr
  caller a --keys w8s,3 --for 60s
  wait_for '[ "$(journal ivr.node .node | tail -n 1)" = main ]' 30
  again ccivr
  wait_for '[ "$(event_count ivr.node)" = 4 ]' 10
  assert_equal "$(nodes)" "welcome notice main main"
  wait_for 'journal ivr.node .node | grep -qx outage' 40
  assert_equal "$(journal ivr.entered .call | wc -l)" 1
  assert_equal "$(journal controller.lost .controller | grep -c ccivr)" 0
}

@test "a caller who keys nothing reaches a person" {
  few_words 1s
  start_daemon ccivr
  caller a --for 80s
  wait_for '[ "$(event_count ivr.exit)" = 1 ]' 80
  assert_equal "$(nodes)" "welcome notice main service"
  assert_equal "$(journal call.handover .tags.queue)" service
}

@test "a call that comes back from the queue goes on at that result, also when ccivr was dead at the time" {
  few_words 5s
  start_daemon ccivr
  caller a --keys w1s,1 --for 60s
  wait_for '[ "$(event_count ivr.exit)" = 1 ]' 30
  call=$(journal call.offered .call)
  kill -KILL "$pid_ccivr"
  wait "$pid_ccivr" 2>/dev/null || :
  ccbus ask ccswitchd handover "{\"call\":\"$call\",\"to\":\"ccivr\",\"tags\":{\"queue-result\":\"timed-out\"}}"
  start_daemon ccivr
  wait_for '[ "$(event_count call.ended)" = 1 ]' 30
  assert_equal "$(nodes)" "welcome notice main repair long-wait"
  assert_equal "$(journal call.ended '"\(.cause) \(.by)"')" "16 controller"
  assert_equal "$(journal ivr.exit '.reason' | paste -sd ' ')" "queue hangup"
}

@test "a caller whose flow ccivr does not know hears an excuse and is released with cause 41" {
  sed -i 's/"main"/"other"/; s/^flow = "main"/flow = "other"/' "$HOTLINE_HOME/etc/hotline.toml"
  start_daemon ccivr
  caller a --for 60s
  wait_for '[ "$(event_count call.ended)" = 1 ]' 30
  assert_equal "$(journal call.ended .cause)" 41
  assert_equal "$(journal ivr.exit .reason)" error
}

@test "a caller who hangs up in the menu leaves it once" {
  start_daemon ccivr
  caller a --for 3s
  wait_for '[ "$(event_count ivr.exit)" = 1 ]' 30
  assert_equal "$(journal ivr.exit '.reason')" caller-gone
  assert_equal "$(journal ivr.entered .call)" "$(journal ivr.exit .call)"
}

@test "a call under way keeps the flow it began with when another is loaded" {
  few_words 20s
  start_daemon ccivr
  caller a --keys w6s,3 --for 60s
  wait_for '[ "$(event_count ivr.entered)" = 1 ]' 30
  version=$(journal ivr.entered .version)
  sed -i 's/3 = "outage"/3 = "service"/' "$HOTLINE_HOME/etc/flows/main.toml"
  sed -i '/^\[node.outage/,/^$/d' "$HOTLINE_HOME/etc/flows/main.toml"
  sed -i '/^\[node.goodbye\]/,$d' "$HOTLINE_HOME/etc/flows/main.toml"
  ccbus ask ccivr reload
  wait_for 'journal ivr.node .node | grep -qx outage' 40
  caller b --for 20s
  wait_for '[ "$(event_count ivr.entered)" = 2 ]' 20
  [ "$(journal ivr.entered .version | tail -n 1)" != "$version" ]
}

@test "a switch that is killed and started again finds ccivr ready for the next caller" {
  few_words 5s
  start_daemon ccivr
  caller a --for 60s
  wait_for '[ "$(event_count ivr.entered)" = 1 ]' 30
  again ccswitchd
  wait_for '[ "$(event_count ivr.exit)" = 1 ]' 15
  wait_for 'ccswitch spans --porcelain | grep -q "	up"' 15
  caller b --keys w1s,1 --for 30s
  wait_for 'journal ivr.exit .reason | grep -qx queue' 40
}
