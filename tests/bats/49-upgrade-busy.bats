# An upgrade of ccswitchd in a busy hour: sixty calls over PRI and SIP, with queue, flow, recordings, a call on hold and an agent
# in wrap-up going on across it; and deaths of either process at the worst moments.
load helper
load centre

setup() {
  centre_setup 4
  GATEWAY_PORT=$(free_port 2) GATEWAY_RTP=$(free_port 80)
  # A telephone whose file is at its end hangs up.
  sox -n -r 8000 -c 1 -b 16 "$HOTLINE_HOME/agent.wav" synth 900 sine 1000 gain -10
  sed -i 's/^wrap_up = .*/wrap_up = "10m"/; s/^wrap_up_max = .*/wrap_up_max = "20m"/' "$HOTLINE_HOME/etc/queues.toml"
  sed -i 's/^fallback_after.*/fallback_after = "60s"\nupgrade_drain = "10m"/' "$HOTLINE_HOME/etc/hotline.toml"
  cat >>"$HOTLINE_HOME/etc/hotline.toml" <<TOML

[[route]]
called = "96117"
controller = "ccivr"
flow = "short"

[[flow]]
name = "short"
file = "flows/short.toml"

[[trunk]]
name = "gateway"
address = ["127.0.0.1:$GATEWAY_PORT"]
qualify = "0s"
TOML
  cat >"$HOTLINE_HOME/etc/flows/short.toml" <<TOML
start = "service"

[node.service]
kind = "queue"
queue = "service"
on = { otherwise = "sorry" }

[node.sorry]
kind = "hangup"
prompts = ["goodbye"]
TOML
}
teardown() { teardown_instance; }

ask() { ccbus ask ccswitchd "$@"; }
calls() { ask calls | jq '.calls | length'; }
gone() { ! kill -0 "$1" 2>/dev/null; }
take_over() { # a second ccswitchd takes the place of the first, whose process id is then in $OLD
  OLD=$pid_ccswitchd
  start_daemon ccswitchd --take-over
}
pri_callers() { # FIRST LAST
  local n
  for n in $(seq "$1" "$2"); do
    ring_in "c$n" --from "138001380$(printf %02d "$n")" --say "$HOTLINE_HOME/caller.wav" --keys w3s,1 --for 20m
    CALLERS[n]=${DAEMONS[-1]}
  done
}
sip_callers() { # COUNT
  (cd "$HOTLINE_HOME" && exec sipp -sf "$ROOT/tests/sipp/patient.xml" -i 127.0.0.1 -p "$GATEWAY_PORT" -mi 127.0.0.1 \
    -mp "$GATEWAY_RTP" -s 96117 -m "$1" -r 10 -l "$1" -nostdin "127.0.0.1:$SIP_PORT") >"$HOTLINE_HOME/sipp.out" 2>&1 </dev/null 3>&- &
  SIPP=$!
  DAEMONS+=("$SIPP")
}
waiting() { ccbus ask ccqueue snapshot | jq -c '[.entries[] | select(.call) | [.call, .queue, .entered]] | sort'; }
agents() { ccqueue agents --porcelain | awk -F'\t' '!/^#/ {print $3}' | sort | uniq -c | awk '{printf "%s%s=%s", (NR > 1 ? " " : ""), $2, $1}'; }
known() { ask snapshot | jq -c '[.calls[] | [.call, .controller, (.legs | map([.leg, .state, .held]) | sort), .tags]] | sort'; }

@test "sixty calls, one on hold, three recorded, an agent in wrap-up: an upgrade loses nothing and changes nothing" {
  centre_start
  pri_callers 1 4
  wait_for '[ "$(event_count announce.done)" = 4 ]' 60
  # The first has been served; who served him writes it up.
  kill -INT "${CALLERS[1]}"
  wait_for '[ "$(event_count call.ended)" = 1 ]' 20
  pri_callers 5 28
  sip_callers 33
  wait_for '[ "$(event_count queue.entered)" = 61 ]' 120
  assert_equal "$(calls)" 60
  held=$(ask calls | jq -r '[.calls[] | select(.bridges != []) | .legs[] | select(.endpoint | startswith("phone:")) | .leg][0]')
  ask hold "{\"leg\":\"$held\"}"
  wait_for '[ "$(event_count leg.held)" = 1 ]'
  calls_before=$(known) waiting_before=$(waiting) agents_before=$(agents)
  take_over
  assert_equal "$(journal switch.upgraded '[.kept_calls, .lost_calls] | @tsv')" "60	0"
  assert_equal "$(known)" "$calls_before"
  wait_for '[ "$(ask snapshot | jq "[.controllers[] | select(.alive)] | length")" -ge 2 ]'
  assert_equal "$(waiting)" "$waiting_before"
  assert_equal "$(agents)" "$agents_before"
  # Callers go on coming in on the span that the old one still has, and over SIP where the new one is.
  pri_callers 29 29
  wait_for '[ "$(event_count queue.entered)" = 62 ]' 40
  ask resume "{\"leg\":\"$held\"}"
  wait_for '[ "$(event_count leg.resumed)" = 1 ]'
  # Whoever has written up takes the next of the old one's callers.
  first=$(ccqueue agents --porcelain | awk -F'\t' '$3 ~ /wrap/ {print $1; exit}')
  [ -n "$first" ]
  ccqueue ready "$first"
  wait_for '[ "$(event_count announce.done)" = 5 ]' 40

  # All go: callers over PRI by themselves, those over SIP by a word from here.
  for n in $(seq 2 29); do kill -INT "${CALLERS[n]}"; done
  for call in $(ask calls | jq -r '.calls[] | select(.line | startswith("trunk:")) | .call'); do ask hangup "{\"call\":\"$call\"}" >/dev/null; done
  wait_for '[ "$(event_count call.ended)" = 62 ]' 60
  wait_for 'gone $OLD' 60
  STATUS=0
  wait "$OLD" || STATUS=$?
  assert_equal "$STATUS" 0
  STATUS=0
  wait "$SIPP" || STATUS=$?
  assert_equal "$STATUS" 0 # each BYE came, and its answer went home
  wait_for '[ "$(ask spans | jq -r ".spans[] | [.state, .busy] | @tsv")" = "up	0" ]' 20

  # None lost, each ended once, each stay in the queue too; recordings whole and kept.
  assert_equal "$(journal call.ended .call | sort)" "$(journal call.offered .call | sort)"
  assert_equal "$(journal call.ended 'select(.lost) | .call')" ""
  assert_equal "$(journal queue.exit .call | sort)" "$(journal queue.entered .call | sort)"
  wait_for '[ "$(event_count rec.kept)" = 5 ]' 30
  assert_equal "$(journal record.stopped .gap_ms | sort -u)" 0
  assert_equal "$(journal rec.kept .ms | awk '{s += $1} END {print s}')" "$(journal record.stopped .ms | awk '{s += $1} END {print s}')"
  bridged=$(journal bridge.down .ms | awk '{s += $1} END {print s}') recorded=$(journal record.stopped .ms | awk '{s += $1} END {print s}')
  echo "bridged $bridged ms, recorded $recorded ms"
  assert [ $((recorded * 100)) -ge $((bridged * 99)) ]
  run ccjournal verify
  assert_success
  # And the next caller is served as ever, on the span that is the new one's now.
  pri_callers 30 30
  wait_for '[ "$(event_count queue.entered)" = 63 ]' 40
}

@test "a new ccswitchd that is killed at whatever moment of its start leaves the calls where they are, until one succeeds" {
  centre_start
  pri_callers 1 6
  wait_for '[ "$(event_count announce.done)" = 4 ]' 60
  wait_for '[ "$(event_count queue.entered)" = 6 ]' 60
  OLD=$pid_ccswitchd
  for ms in 20 60 120 200 300 450 700 1000; do
    ccswitchd --take-over >>"$HOTLINE_HOME/ccswitchd.log" 2>&1 3>&- &
    new=$!
    read -r -t "$(printf '0.%03d' "$((ms % 1000))")" <> <(:) || : # the moment is the matter
    kill -KILL "$new" 2>/dev/null || :
    wait "$new" 2>/dev/null || :
    refute gone "$OLD"
  done
  start_daemon ccswitchd --take-over
  assert_equal "$(calls)" 6
  assert_equal "$(ask snapshot | jq '[.calls[].bridges[]] | length')" 4
  for n in $(seq 1 6); do kill -INT "${CALLERS[n]}"; done
  wait_for '[ "$(event_count call.ended)" = 6 ]' 60
  wait_for 'gone $OLD' 60
  assert_equal "$(journal call.ended .call | sort)" "$(journal call.offered .call | sort)"
  assert_equal "$(journal call.ended 'select(.lost) | .call')" ""
  assert_equal "$(journal record.stopped .gap_ms | sort -u)" 0
  wait_for '[ "$(event_count rec.kept)" = 4 ]' 30
  wait_for '[ "$(ask spans | jq -r ".spans[] | [.state, .busy] | @tsv")" = "up	0" ]' 30
  run ccjournal verify
  assert_success
}

@test "the old ccswitchd dies while it drains: each of its calls is ended once as lost, recordings are kept, agents are free again" {
  centre_start
  pri_callers 1 6
  sip_callers 4
  wait_for '[ "$(event_count announce.done)" = 4 ]' 60
  wait_for '[ "$(event_count queue.entered)" = 10 ]' 60
  take_over
  kill -KILL "$OLD"
  wait "$OLD" 2>/dev/null || :
  wait_for '[ "$(event_count call.ended)" = 10 ]' 20
  assert_equal "$(journal call.ended '[.by, .cause, .lost] | @tsv' | sort -u)" "restart	41	true"
  assert_equal "$(journal call.ended .call | sort)" "$(journal call.offered .call | sort)"
  assert_equal "$(calls)" 0
  wait_for '[ "$(journal queue.exit .call | sort -u | wc -l)" = 10 ]' 30
  assert_equal "$(event_count queue.exit)" 10
  wait_for '[ "$(event_count rec.kept)" = 4 ]' 30
  wait_for '[ "$(ask spans | jq -r ".spans[] | [.state, .busy] | @tsv")" = "up	0" ]' 30
  run ccjournal verify
  assert_success
}
