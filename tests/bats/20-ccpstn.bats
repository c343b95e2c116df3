# ccpstn: two exchanges, one as the network and one as the user side of an E1 over UDP, call each other for real.
load helper

setup() {
  setup_instance
  NETWORK=$HOTLINE_HOME
  SWITCH=$(mktemp -d /tmp/hl.XXXXXX)
  mkdir -p "$SWITCH"/{etc,run,var}
  PORT=$(free_port 2)
  span "$NETWORK" "$PORT" $((PORT + 1)) network
  span "$SWITCH" $((PORT + 1)) "$PORT" user
}

teardown() {
  teardown_instance
  [ -n "${KEEP:-}" ] || rm -rf "$SWITCH"
}

span() { # HOME LOCAL REMOTE SIDE
  cat >"$1/etc/pstn.toml" <<TOML
[[span]]
name = "e1"
local = "127.0.0.1:$2"
remote = "127.0.0.1:$3"
jitter = "40ms"
side = "$4"
restart = false
pcap = "var/d.pcap"
TOML
}

subscriber() { printf '[[subscriber]]\n%s\n' "$1" >>"$SWITCH/etc/pstn.toml"; }

tone() { sox -n -r 8000 -c 1 -e a-law "$NETWORK/$1.wav" synth 20 sine "$1" gain -10; }

start_switch() { HOTLINE_HOME=$SWITCH start_daemon ccpstn && SWITCH_PID=$PID; }
start_both() {
  start_switch
  start_daemon ccpstn && NETWORK_PID=$PID
  wait_for 'ccpstn spans --porcelain | grep -q "	up	"' 15
}

# level FILE HERTZ: dB of what is within 60 Hz of that tone.
level() { sox "$1" -n sinc -n 1023 $(($2 - 60))-$(($2 + 60)) stats 2>&1 | awk '/^RMS lev dB/ {print int($4)}'; }

judge() { tshark -r "$1" -o "q932.facility_encoding:Dissect facility as ETSI" -Y "${@:2}" 2>/dev/null; }

@test "a caller hears what the called says, and the called what the caller says" {
  tone 1000
  tone 440
  subscriber "number = \"96116\"
after = \"100ms\"
say = \"$NETWORK/1000.wav\"
hear = \"$SWITCH/var/heard-%.wav\"
for = \"60s\""
  start_both
  run -0 ccpstn call --from 13800138000 --to 96116 --say "$NETWORK/440.wav" --hear "$NETWORK/heard.wav" --for 4s
  assert_line --partial "138****8000 to 96116  rings in on span:e1/1"
  assert_line --partial "answered after"
  assert_line --partial "ended by the caller after 4."
  assert_line --partial "cause 16 normal clearing"
  wait_for '[ -s "$SWITCH/var/heard-1.wav" ]'
  [ "$(level "$NETWORK/heard.wav" 1000)" -gt -20 ]
  [ "$(level "$NETWORK/heard.wav" 440)" -lt -60 ]
  [ "$(level "$SWITCH/var/heard-1.wav" 440)" -gt -20 ]
  [ "$(level "$SWITCH/var/heard-1.wav" 1000)" -lt -60 ]
  run -0 soxi -D "$NETWORK/heard.wav"
  [ "${output%.*}" -ge 3 ]
}

@test "the D channel as tshark reads it: numbers, causes, every SETUP released, no frame malformed" {
  subscriber 'number = "96116"
after = "0ms"'
  subscriber 'number = "17"
does = "refuse"
cause = 17'
  start_both
  run -0 ccpstn call --from 13800138000 --to 96116 --for 500ms
  run -1 ccpstn call --from 13800138001 --to 17
  run -1 ccpstn call --to 4711
  stop_daemon ccpstn
  pcap=$NETWORK/var/d.pcap
  run -0 judge "$pcap" '_ws.malformed || _ws.expert.severity==error'
  assert_output ""
  run -0 judge "$pcap" 'q931.message_type==0x05' -T fields -e q931.calling_party_number.digits -e q931.called_party_number.digits
  assert_line "13800138000	96116"
  assert_line "13800138001	17"
  assert_line "	4711"
  [ "$(judge "$pcap" 'q931.message_type==0x05' | wc -l)" = 3 ]
  [ "$(judge "$pcap" 'q931.message_type==0x5a' | wc -l)" = 3 ]
}

@test "thirty callers at once, one line of a batch each, and the thirty-first finds no channel" {
  subscriber 'number = "96116"
after = "100ms"
for = "60s"'
  start_both
  for n in $(seq 10 40); do echo "--after 0s --from 138001380$n --to 96116 --for 6s"; done >"$NETWORK/batch"
  run -1 ccpstn call --batch "$NETWORK/batch" --json
  [ "$(grep -c '"answered":true' <<<"$output")" = 30 ]
  [ "$(jq -r .endpoint <<<"$output" | sort -u | wc -l)" = 30 ]
  ccpstn spans --json | jq -e '.busy == 0'
}

@test "a load is counted: answered, refused by cause, set-up time" {
  subscriber 'number = "96116"
after = "0ms"'
  subscriber 'number = "21"
does = "refuse"
cause = 21'
  start_both
  run -0 ccpstn load --to 96116 --calls 30 --rate 20 --hold 200ms --json
  jq -e '.calls == 30 and .answered == 30 and .ended == 30 and .setup_p50_ms > 0 and .setup_p99_ms >= .setup_p50_ms' <<<"$output"
  run -1 ccpstn load --to 21 --calls 10 --rate 20
  assert_line --partial "10 calls in"
  assert_line "  10 refused: cause 21 call rejected"
}

@test "take: a subscriber answers, with keys; another refuses; a third lets it ring until the caller gives up" {
  start_both
  export HOTLINE_HOME=$SWITCH
  ccpstn take --number 1380 --answer-after 100ms --keys 5 >"$SWITCH/take.out" 2>"$SWITCH/take.err" 3>&- &
  taker=$!
  wait_for 'grep -q waiting "$SWITCH/take.err"'
  export HOTLINE_HOME=$NETWORK
  run -0 ccpstn call --from 1 --to 13800138000 --for 1s
  wait "$taker"
  assert_file_contains "$SWITCH/take.out" "is called by 1 on span:e1/1"
  assert_file_contains "$SWITCH/take.out" "presses 5"
  export HOTLINE_HOME=$SWITCH
  ccpstn take --number 22 --refuse 21 >/dev/null 2>"$SWITCH/refuse.err" 3>&- &
  wait_for 'grep -q waiting "$SWITCH/refuse.err"'
  ccpstn take --number 33 --ring >/dev/null 2>"$SWITCH/ring.err" 3>&- &
  wait_for 'grep -q waiting "$SWITCH/ring.err"'
  export HOTLINE_HOME=$NETWORK
  run -1 ccpstn call --to 22
  assert_line --partial "cause 21 call rejected"
  run -1 ccpstn call --to 33 --for 1s
  assert_line --partial "it rings"
  assert_line --partial "not answered: cause 16"
}

@test "either end killed and started again in any order: the span is back and its channels are free" {
  subscriber 'number = "96116"
after = "0ms"
for = "60s"'
  start_both
  ccpstn call --to 96116 --for 60s >"$NETWORK/call.out" 2>&1 3>&- &
  caller=$!
  wait_for 'grep -q answered "$NETWORK/call.out"'
  kill -KILL "$SWITCH_PID"
  start_switch
  wait "$caller"
  assert_file_contains "$NETWORK/call.out" "ended by the far end"
  wait_for 'ccpstn spans --json | jq -e ".state == \"up\" and .busy == 0"' 5
  kill -KILL "$NETWORK_PID" "$SWITCH_PID"
  start_daemon ccpstn
  start_switch
  wait_for 'ccpstn spans --porcelain | grep -q "	up	"' 5
  run -0 ccpstn call --to 96116 --for 200ms
}

@test "a tool that is interrupted hangs up its call" {
  subscriber 'number = "96116"
after = "0ms"
for = "60s"'
  start_both
  ccpstn call --to 96116 --for 60s >"$NETWORK/call.out" 2>&1 3>&- &
  caller=$!
  wait_for 'grep -q answered "$NETWORK/call.out"'
  kill -TERM "$caller"
  wait "$caller"
  ccpstn spans --json | jq -e '.busy == 0'
}

@test "what is wrong is said with its place and remedy, and the exit status tells its kind" {
  run -69 ccpstn call --to 96116
  assert_output --partial "ccpstn"
  run -64 ccpstn call
  assert_output "ccpstn: whom? give --to, or --batch"
  run -65 ccpstn call --to 96116 --keys 'w2s,x'
  assert_output "ccpstn: --keys: 'x' is neither keys (0-9*#A-D) nor a wait such as 'w2s'"
  run -66 ccpstn call --to 96116 --say /nonexistent.wav
  assert_output --partial "'/nonexistent.wav'"
  echo "--to 96116 --form 138" >"$NETWORK/batch"
  run -65 ccpstn call --batch "$NETWORK/batch"
  assert_output "ccpstn: $NETWORK/batch:1: unknown option '--form'; did you mean '--for'?"
  echo 'sidee = "x"' >>"$NETWORK/etc/pstn.toml"
  run -78 ccpstn run -t
  assert_output --partial "pstn.toml:9"
  assert_output --partial "did you mean 'side'?"
  : >"$NETWORK/etc/pstn.toml"
  run -78 ccpstn run
  assert_output --partial "no [[span]]"
}

@test "a port that another program has is named, with the remedy" {
  start_daemon ccpstn
  span "$SWITCH" "$PORT" $((PORT + 1)) user
  export HOTLINE_HOME=$SWITCH
  run -74 ccpstn run
  assert_output --partial "cannot open '127.0.0.1:$PORT' for span 'e1': Address already in use"
  assert_output --partial "ss -lunp"
}

@test "a call placed while the span is down is refused and exits 69" {
  start_daemon ccpstn
  run -69 ccpstn call --to 96116
  assert_output --partial "ccpstn: span is down"
}
