#!/usr/bin/env bats
# ccqueue with the real switch and real telephones: who is rung, what happens when nobody answers, what a kill leaves.
load helper

setup() {
  setup_instance
  SIP_PORT=$(free_port 24)
  RTP_PORT=$(free_port 600)
  cat >"$HOTLINE_HOME/etc/hotline.toml" <<TOML
include = ["queues.toml"]
[sip]
listen = "127.0.0.1:$SIP_PORT"
rtp_ports = "$RTP_PORT-$((RTP_PORT + 99))"
[[phone]]
id = "1001"
secret = "one"
[[phone]]
id = "1002"
secret = "two"
[[phone]]
id = "2000"
secret = "many"
[[route]]
called = "default"
controller = "ccqueue"
TOML
  queues >"$HOTLINE_HOME/etc/queues.toml"
}
teardown() { teardown_instance; }

# queues [KEY=VALUE…]: two queues, two agents; the keys go to the first queue.
queues() {
  cat <<TOML
[acd]
hold_off = "1s"
short_abandon = "60s"
[[queue]]
name = "repair"
ring_timeout = "2s"
wrap_up = "1s"
$(printf '%s\n' "$@")
[[queue]]
name = "bills"
[[agent]]
id = "1001"
name = "Li Na"
queues = ["repair"]
[[agent]]
id = "1002"
name = "Wang Wei"
queues = ["repair", "bills"]
TOML
}

# telephone ID SECRET auto|manual [PLACE]: baresip; its process id in $PHONE.
telephone() {
  local place=${4:-$(($1 % 10))}
  [ -f "$HOTLINE_HOME/tone.wav" ] || sox -n -r 8000 -c 1 -b 16 "$HOTLINE_HOME/tone.wav" synth 60 sine 1000 gain -10
  "$ROOT/share/demo/telephone" "$HOTLINE_HOME/phones/$1" "127.0.0.1:$SIP_PORT" "$1" "$2" "$3" $((SIP_PORT + 1 + 2 * place)) \
    $((RTP_PORT + 100 + place * 40)) "$HOTLINE_HOME/tone.wav" >"$HOTLINE_HOME/phone-$1.log" 2>&1 </dev/null 3>&- &
  PHONE=$!
  DAEMONS+=("$PHONE")
  wait_for "ccswitch phones --porcelain | grep -q '^$1	.*yes'" 10
}

# caller QUEUE [PRIORITY]: somebody new waits in that queue; the call is in $CALL. He has heard the notice already.
caller() {
  CALL=$(ccbus ask ccswitchd dial '{"to":"phone:2000","controller":"test","auto_answer":true}' | jq -r .call)
  wait_for "journal leg.answered .leg | grep -q $CALL-1"
  ccbus ask ccswitchd handover "$(jq -nc --arg c "$CALL" --arg q "$1" --arg p "${2:-0}" \
    '{call: $c, to: "ccqueue", tags: {queue: $q, priority: $p, notice: "played"}}')"
  wait_for "journal queue.entered .call | grep -q $CALL"
}

# journal EVENT [JQ]: the events of that name, in order, through a filter.
journal() { cat "$HOTLINE_HOME"/var/journal/*/*.jsonl | jq -r --arg e "$1" "select(.event == \$e) | ${2:-tojson}"; }
state() { ccqueue agents --porcelain | awk -F'\t' -v a="$1" '$1 == a {print $3 ":" $4}'; }
waits() { ccqueue status --porcelain | awk -F'\t' -v q="$1" '$1 == q {print $2}'; }
start_centre() { start_daemon ccswitchd && start_daemon ccqueue; }

@test "an agent is ready while his phone is registered, and a caller who comes by a route is served and recorded" {
  # One queue alone: a route straight to ccqueue needs no tag.
  cat >"$HOTLINE_HOME/etc/queues.toml" <<TOML
[[queue]]
name = "repair"
wrap_up = "2s"
[[agent]]
id = "1001"
queues = ["repair"]
TOML
  start_centre
  assert_equal "$(state 1001)" "logged-out:-"
  telephone 1001 one auto
  wait_for '[ "$(state 1001)" = ready:phone-registered ]'
  telephone 2000 many manual 9
  kill "$PHONE"
  wait "$PHONE" || :
  baresip -f "$HOTLINE_HOME/phones/2000" -e "/dial sip:96116@127.0.0.1:$SIP_PORT" >"$HOTLINE_HOME/caller.log" 2>&1 </dev/null 3>&- &
  PHONE=$!
  DAEMONS+=("$PHONE")
  wait_for '[ "$(state 1001)" = talking:answered ]' 15
  wait_for '[ -n "$(journal queue.announced)" ]' 20
  # The notice was heard before the bridge that records.
  run bash -c "cat '$HOTLINE_HOME'/var/journal/ccswitchd/*.jsonl | jq -r .event | grep -E '^(notice.played|bridge.up|record.started)$' | tr '\n' ' '"
  assert_output "notice.played bridge.up record.started "
  kill "$PHONE"
  wait_for '[ "$(state 1001)" = wrap-up:talk-over ]'
  wait_for '[ "$(state 1001)" = ready:wrap-up-over ]'
  run journal queue.exit '"\(.queue) \(.reason) \(.agent)"'
  assert_output "repair answered 1001"
  [ "$(journal queue.served .talk_ms)" -gt 0 ]
  run ccqueue doctor
  assert_success
  refute_output
}

@test "a ring time-out goes to the next agent, and the one who missed it twice is paused" {
  start_centre
  telephone 2000 many auto 9
  telephone 1001 one manual
  telephone 1002 two auto
  wait_for '[ "$(ccqueue status --porcelain --queue repair | cut -f5 | tail -1)" = 2 ]'
  caller repair
  wait_for '[ "$(state 1002)" = talking:answered ]'
  run journal queue.missed '"\(.agent) \(.reason)"'
  assert_output "1001 timeout"
  wait_for '[ "$(journal queue.exit .reason)" = answered ]'
  caller repair
  wait_for '[ "$(state 1001)" = paused:missed ]'
  run ccqueue ready 1001
  assert_success
  wait_for '[ "$(state 1001)" = offered:offer ]'
  ccswitch hangup "$CALL"
  wait_for '[ "$(journal queue.exit .reason | tail -1)" = short-abandoned ]'
  assert_equal "$(journal queue.missed .reason | tail -1)" caller-gone
  wait_for '[ "$(state 1001)" = ready:caller-gone ]'
}

@test "a phone that refuses holds its agent off for a while" {
  start_centre
  telephone 2000 many auto 9
  telephone 1001 one manual
  caller repair
  wait_for '[ "$(state 1001)" = offered:offer ]'
  leg=$(ccbus ask ccswitchd snapshot | jq -r '.calls[].legs[] | select(.role == "agent").leg')
  ccbus ask ccswitchd hangup "{\"leg\":\"$leg\",\"cause\":21}"
  wait_for '[ "$(journal queue.missed .reason)" = rejected ]'
  assert_equal "$(journal agent.state 'select(.reason == "rejected") | .until != null')" true
  wait_for '[ "$(state 1001)" = offered:offer ]'
}

@test "wrap-up is a moment that outlives ccqueue, and a pause asked for in a talk follows it" {
  sed -i 's/^wrap_up = .*/wrap_up = "10s"/' "$HOTLINE_HOME/etc/queues.toml"
  start_centre
  telephone 2000 many auto 9
  telephone 1001 one auto
  caller repair
  wait_for '[ "$(state 1001)" = talking:answered ]'
  run ccqueue pause 1001 --reason lunch
  assert_success
  assert_equal "$(ccqueue agents --porcelain | awk -F'\t' '$1 == 1001 {print $11}')" "paused:lunch"
  ccswitch hangup "$CALL"
  wait_for '[ "$(state 1001)" = wrap-up:talk-over ]'
  until=$(ccqueue agents --porcelain | awk -F'\t' '$1 == 1001 {print $6}')
  stop_daemon ccqueue KILL
  start_daemon ccqueue
  assert_equal "$(state 1001)" "wrap-up:talk-over"
  assert_equal "$(ccqueue agents --porcelain | awk -F'\t' '$1 == 1001 {print $6}')" "$until"
  wait_for '[ "$(state 1001)" = paused:lunch ]' 20
}

@test "kill -9 of ccqueue: who waits keeps place and clock, who rings and talks goes on" {
  start_centre
  telephone 2000 many auto 9
  telephone 1001 one auto
  caller repair
  talk=$CALL
  wait_for '[ "$(state 1001)" = talking:answered ]'
  wait_for '[ "$(journal queue.exit .reason)" = answered ]'
  caller repair
  first=$CALL
  caller repair
  second=$CALL
  caller repair 5
  urgent=$CALL
  before=$(ccbus ask ccqueue snapshot | jq -c '[.entries[] | [.call, .state, .entry, .priority]]')
  stop_daemon ccqueue KILL
  # One more comes while nobody is there: his clock is that of the handover.
  CALL=$(ccbus ask ccswitchd dial '{"to":"phone:2000","controller":"test","auto_answer":true}' | jq -r .call)
  wait_for "journal leg.answered .leg | grep -q $CALL-1"
  ccbus ask ccswitchd handover "{\"call\":\"$CALL\",\"to\":\"ccqueue\",\"tags\":{\"queue\":\"repair\",\"notice\":\"played\"}}"
  came=$(journal call.handover 'select(.call == "'"$CALL"'").time')
  start_daemon ccqueue
  wait_for '[ "$(waits repair)" = 4 ]'
  run bash -c "ccbus ask ccqueue snapshot | jq -c '[.entries[] | select(.call != \"$CALL\") | [.call, .state, .entry, .priority]]'"
  assert_output "$before"
  assert_equal "$(ccbus ask ccqueue snapshot | jq -r '.entries[] | select(.call == "'"$CALL"'").entry')" "$came"
  assert_equal "$(ccqueue status --porcelain | awk -F'\t' '$1 == "repair" {print $10, $11}')" "5 1"
  # Everybody is served, the urgent first, then in the order of arrival.
  for who in "$talk" "$urgent" "$first" "$second" "$CALL"; do
    wait_for '[ "$(ccbus ask ccqueue snapshot | jq -r ".entries[] | select(.state == \"talking\").call")" = '"$who"' ]'
    ccswitch hangup "$who"
  done
  wait_for '[ "$(journal queue.served | wc -l)" = 5 ]'
  assert_equal "$(journal queue.exit .reason | sort | uniq -c | xargs)" "5 answered"
  assert_equal "$(journal queue.entered | wc -l)" 5
}

@test "kill -9 while a phone rings: the offer is adopted and answered once" {
  sed -i 's/^ring_timeout = .*/ring_timeout = "30s"/' "$HOTLINE_HOME/etc/queues.toml"
  start_centre
  telephone 2000 many auto 9
  telephone 1001 one manual
  caller repair
  wait_for '[ "$(state 1001)" = offered:offer ]'
  wait_for '[ -n "$(journal queue.offered)" ]'
  stop_daemon ccqueue KILL
  start_daemon ccqueue
  wait_for 'ccbus ask ccqueue snapshot | jq -e .live'
  assert_equal "$(state 1001)" "offered:offer"
  assert_equal "$(ccbus ask ccswitchd snapshot | jq '[.calls[].legs[] | select(.role == "agent")] | length')" 1
  ccswitch hangup "$CALL"
  wait_for '[ "$(journal queue.exit .reason)" != "" ]'
  assert_equal "$(journal queue.offered | wc -l)" 1
  assert_equal "$(journal queue.missed .reason)" caller-gone
}

@test "kills at random moments lose nobody, ring nobody twice and leave nobody stuck" {
  sed -i 's/^wrap_up = .*/wrap_up = "0s"/' "$HOTLINE_HOME/etc/queues.toml"
  start_centre
  telephone 2000 many auto 9
  telephone 1001 one auto
  telephone 1002 two manual
  local seed=${SEED:-$((EPOCHSECONDS % 32768))} steps=$((${LONG:-0} ? 250 : 40)) calls=() step kills=0
  RANDOM=$seed
  echo "SEED=$seed steps=$steps"
  for ((step = 0; step < steps; step++)); do
    case $((RANDOM % 5)) in
      0 | 1)
        [ ${#calls[@]} -lt 6 ] || continue
        CALL=$(ccbus ask ccswitchd dial '{"to":"phone:2000","controller":"test","auto_answer":true}' | jq -r .call)
        wait_for "journal leg.answered .leg | grep -q $CALL-1"
        ccbus ask ccswitchd handover "{\"call\":\"$CALL\",\"to\":\"ccqueue\",\"tags\":{\"queue\":\"repair\",\"notice\":\"played\"}}"
        calls+=("$CALL")
        ;;
      2)
        [ ${#calls[@]} -gt 0 ] || continue
        ccswitch hangup "${calls[0]}" || :
        calls=("${calls[@]:1}")
        ;;
      *)
        read -r -t "0.$((RANDOM % 5))" <> <(:) || :
        stop_daemon ccqueue KILL
        kills=$((kills + 1))
        start_daemon ccqueue
        ;;
    esac
  done
  [ "$kills" -gt 5 ]
  wait_for 'ccbus ask ccqueue snapshot | jq -e .live'
  run ccqueue doctor
  assert_success
  for CALL in "${calls[@]}"; do ccswitch hangup "$CALL" || :; done
  wait_for '[ "$(ccbus ask ccqueue snapshot | jq ".entries | length")" = 0 ]'
  # The books, recounted from the journal alone.
  assert_equal "$(journal queue.entered .call | sort)" "$(journal queue.exit .call | sort)"
  assert_equal "$(journal queue.entered .call | sort | uniq -d)" ""
  assert_equal "$(journal queue.offered .offer | sort | uniq -d)" ""
  assert_equal "$(journal queue.offered .offer | sort)" "$( (journal queue.missed .offer; journal queue.exit '.offer // empty') | sort)"
  assert_equal "$(journal queue.served .call | sort)" "$(journal queue.exit 'select(.reason == "answered").call' | sort)"
  assert_equal "$(journal call.handover .call | sort)" "$(journal queue.entered .call | sort)"
  wait_for '[ "$(state 1001 | cut -d: -f1)" = ready ]'
}

@test "who gives up while ccqueue is away is an abandoned with the right wait" {
  start_centre
  telephone 2000 many auto 9
  caller repair
  stop_daemon ccqueue KILL
  ccswitch hangup "$CALL"
  wait_for '[ -n "$(journal call.ended)" ]'
  ended=$(journal call.ended .time) entered=$(journal queue.entered .entry)
  start_daemon ccqueue
  wait_for '[ "$(journal queue.exit .reason)" = short-abandoned ]'
  wait_ms=$((($(date -d "$ended" +%s%N) - $(date -d "$entered" +%s%N)) / 1000000))
  assert_equal "$(journal queue.exit .wait_ms)" "$wait_ms"
}

@test "a switch that dies ends its callers in the queue too, and the agents are rung again when it is back" {
  start_centre
  telephone 2000 many auto 9
  telephone 1001 one auto
  caller repair
  wait_for '[ "$(state 1001)" = talking:answered ]'
  caller repair
  stop_daemon ccswitchd KILL
  start_daemon ccswitchd
  wait_for '[ "$(journal queue.exit .reason | sort | xargs)" = "answered short-abandoned" ]' 15
  assert_equal "$(journal queue.served | wc -l)" 1
  run ccqueue agents --porcelain
  refute_output --partial "	talking	"
}

@test "the longest wait hands a caller back with the reason, and one too many is handed back at once" {
  queues 'max_wait = "8s"' 'max_waiting = 1' >"$HOTLINE_HOME/etc/queues.toml"
  start_centre
  telephone 2000 many auto 9
  caller repair
  first=$CALL
  caller repair
  wait_for '[ "$(journal queue.exit .reason | sort | xargs)" = "overflowed timed-out" ]' 20
  for one in "timed-out $first" "overflowed $CALL"; do
    set -- $one
    wait_for "[ \"\$(ccbus ask ccswitchd snapshot | jq -r '.calls[] | select(.call == \"$2\") | \"\\(.controller) \\(.tags[\"queue-result\"]) \\(.tags[\"queue-entry\"])\"')\" = 'ccivr $1 null' ]"
  done
}

@test "an unknown queue is written down as failed and handed back" {
  start_centre
  telephone 2000 many auto 9
  caller sales
  wait_for '[ "$(journal queue.exit "\"\(.queue) \(.reason)\"")" = "sales failed" ]'
  assert_equal "$(ccbus ask ccswitchd snapshot | jq -r '.calls[0].controller')" ccivr
  grep -q "queue.unknown .*queue='sales'" "$HOTLINE_HOME/ccqueue.log"
}

@test "commands for unknown agents, queues and wrong states are refused with a reason" {
  start_centre
  run ccqueue ready 1001
  assert_failure 1
  assert_output "ccqueue: agent '1001' is not logged in"
  run ccqueue login 1003
  assert_failure 1
  assert_output "ccqueue: no agent '1003'; did you mean '1001'?"
  run ccqueue login 1001
  assert_failure 1
  assert_output --partial "once phone '1001' is registered"
  run ccqueue status --queue repiar
  assert_failure 1
  assert_output "ccqueue: no queue 'repiar'; did you mean 'repair'?"
  run ccbus ask ccqueue pause '{"agent":"1001","reason":7}'
  assert_failure
  assert_output --partial "field 'reason' is missing"
  run ccbus ask ccqueue dance
  assert_failure
  assert_output --partial "ccqueue knows no 'dance'"
  run ccqueue pause
  assert_failure 64
}

@test "without a daemon the tools say so and end with 69" {
  run ccqueue agents
  assert_failure 69
  assert_output "ccqueue: no answer from ccqueue; is ccqueue running?"
}

@test "HUP takes over queues and agents without touching a talk, and keeps the old ones when the new are wrong" {
  start_centre
  telephone 2000 many auto 9
  telephone 1001 one auto
  caller repair
  wait_for '[ "$(state 1001)" = talking:answered ]'
  sed -i 's/queues = \["repair"\]/queues = ["repair", "bills", "sales"]/' "$HOTLINE_HOME/etc/queues.toml"
  kill -HUP "$pid_ccqueue"
  wait_for 'grep -q "no queue .sales." "$HOTLINE_HOME/ccqueue.log"'
  assert_equal "$(ccqueue agents --porcelain | awk -F'\t' '$1 == 1001 {print $10}')" repair
  sed -i 's/, "sales"//' "$HOTLINE_HOME/etc/queues.toml"
  kill -HUP "$pid_ccqueue"
  wait_for 'grep -q "reload queues +0 -0 ~0 agents +0 -0 ~1" "$HOTLINE_HOME/ccqueue.log"'
  assert_equal "$(ccqueue agents --porcelain | awk -F'\t' '$1 == 1001 {print $3, $10}')" "talking repair,bills"
  ccswitch hangup "$CALL"
  wait_for '[ "$(state 1001)" = ready:wrap-up-over ]'
  caller bills
  wait_for '[ "$(state 1001)" = talking:answered ]'
}

@test "a wrong configuration is refused with its place" {
  queues 'ring_timout = "3s"' >"$HOTLINE_HOME/etc/queues.toml"
  run ccqueue run -t
  assert_failure 78
  assert_output --partial "queues.toml:"
  assert_output --partial "unknown key 'ring_timout'"
  assert_output --partial "did you mean 'ring_timeout'?"
}
