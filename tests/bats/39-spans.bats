# Spans of every kind carry real calls: the switch at one end, the exchange at the other.
load helper
load centre

setup() {
  setup_instance
  local base
  base=$(free_port 8)
  SIP_PORT=$base E1_PORT=$((base + 1)) PSTN_PORT=$((base + 2))
  mkdir -p "$HOTLINE_HOME"/etc/prompts/{zh-CN,common}
  sox -n -r 8000 -c 1 -e a-law "$HOTLINE_HOME/etc/prompts/zh-CN/welcome.wav" synth 30 sine 700 gain -10
  cat >"$HOTLINE_HOME/etc/hotline.toml" <<TOML
include = ["lines.toml"]
[switch]
prompts = ["prompts"]
fallback_after = "60s"
[[route]]
called = "96116"
controller = "hello"
TOML
}

teardown() { teardown_instance; }

# span FILE SIDE LINE…: one span with what differs from type to type.
span() {
  { printf '[[span]]\nname = "e1"\njitter = "60ms"\nside = "%s"\n' "$2" && printf '%s\n' "${@:3}"; } >"$HOTLINE_HOME/etc/$1"
}

satop() { # [PACKET]
  local common=("type = \"satop\"" "packet = \"${1:-5ms}\"" "pcap = \"var/d.pcap\"")
  span lines.toml user "${common[@]}" "local = \"127.0.0.1:$E1_PORT\"" "remote = \"127.0.0.1:$PSTN_PORT\""
  span pstn.toml network "${common[@]:0:2}" "local = \"127.0.0.1:$PSTN_PORT\"" "remote = \"127.0.0.1:$E1_PORT\""
}

osmo_e1d() { # the switch takes all timeslots in one stream, the exchange each in its own
  E1D=$HOTLINE_HOME/run/e1d
  local common=("type = \"osmo-e1d\"" "socket = \"$E1D\"")
  span lines.toml user "${common[@]}" "interface = 0" "pcap = \"var/d.pcap\""
  span pstn.toml network "${common[@]}" "interface = 1" "superchannel = false"
}

start_e1d() {
  "$BUILD/test/e1d_server" "$E1D" >"$HOTLINE_HOME/e1d.out" 2>&1 3>&- &
  E1D_PID=$!
  DAEMONS+=("$E1D_PID")
  wait_for 'grep -q ready "$HOTLINE_HOME/e1d.out"'
}

lines_up() {
  start_daemon ccswitchd
  start_daemon ccpstn
  both up 15
}

both() { # STATE SECONDS: what both ends say of the span
  wait_for "ccswitch spans --porcelain | grep -q '	$1	'" "$2"
  wait_for "ccpstn spans --porcelain | grep -q '	$1	'" "$2"
}

ask() { ccbus ask ccswitchd "$@"; }

# A caller rings in, is answered, hears a tone and presses a key.
one_call() {
  ring_in one --from 13800138000 --keys w3s,5,w2s --hear "$HOTLINE_HOME/heard.wav" --for 8s
  wait_for '[ "$(ask calls | jq ".calls | length")" = 1 ]' 15
  local leg
  leg=$(ask calls | jq -r '.calls[0].legs[0].leg')
  ask answer "{\"leg\":\"$leg\"}" >/dev/null
  wait_for "[ \"\$(ask calls | jq -r '.calls[0].legs[0].state')\" = up ]"
  ask play "{\"leg\":\"$leg\",\"items\":[{\"prompt\":\"welcome\"}],\"lang\":\"zh-CN\"}" >/dev/null
  wait_for '[ "$(event_count call.ended)" = 1 ]' 25
  assert_equal "$(journal call.ended '[.by, .cause] | @tsv')" "caller	16"
  assert_equal "$(journal digit '[.digit, .by] | @tsv')" "5	inband"
  wait_for '[ -s "$HOTLINE_HOME/heard.wav" ]'
  wait_for '[ "$(tone_db "$HOTLINE_HOME/heard.wav" 1 700)" -gt -25 ]'
  stop_daemon ccswitchd
  run -0 tshark -r "$HOTLINE_HOME/var/d.pcap" -Y '_ws.malformed || _ws.expert.severity==error'
  refute_line --regexp '^ *[0-9]+ '
  assert_equal "$(tshark -r "$HOTLINE_HOME/var/d.pcap" -Y 'q931.message_type==0x05' -T fields -e q931.called_party_number.digits 2>/dev/null)" 96116
}

@test "a call over SAToP: signalling, sound and keys" {
  satop
  lines_up
  one_call
}

@test "a call over SAToP in packets of 2 ms" {
  satop 2ms
  lines_up
  one_call
}

@test "an exchange that goes says so, and the span over SAToP is up again when it is back" {
  satop
  lines_up
  stop_daemon ccpstn
  wait_for 'ccswitch spans --porcelain | grep -q "	down	"'
  wait_for '[ "$(event_count span.down)" = 1 ]'
  start_daemon ccpstn
  both up 15
}

@test "a call over osmo-e1d's protocol: signalling, sound and keys" {
  osmo_e1d
  start_e1d
  lines_up
  one_call
}

@test "osmo-e1d comes after the switch, is killed and comes again: the span is up each time" {
  osmo_e1d
  start_daemon ccswitchd
  start_daemon ccpstn
  both down 5
  start_e1d
  both up 20
  kill -KILL "$E1D_PID"
  both down 5
  wait_for '[ -n "$(journal span.down "select(.from == \"ccswitchd\") | .reason")" ]' # it has been up for a moment only
  # Which of its sockets is seen to end first is chance.
  assert_regex "$(journal span.down 'select(.from == "ccswitchd") | .reason' | head -n 1)" \
    "^nothing comes from osmo-e1d's line 0/0: osmo-e1d has closed (its socket|the line)$"
  start_e1d
  both up 20
}

@test "a span that cannot be is refused with its place and the remedy" {
  satop
  while IFS='|' read -r change text; do
    satop
    sed -i "$change" "$HOTLINE_HOME/etc/lines.toml"
    run ccswitchd -t
    echo "$change"
    assert_failure 78
    assert_output --partial "$text"
  done <<'LIST'
s/satop/sattop/|'sattop' is not one of cesopsn, satop, osmo-e1d, dahdi
s/5ms/7ms/|lines.toml:6
s/^local.*/socket = "x"/|is for osmo-e1d, and this span is of type 'satop'
s/^remote.*/remote = "gateway"/|'gateway' is no IPv4 address
s/^jitter.*/jitter = "300ms"/|lines.toml:3
LIST
  osmo_e1d
  start_e1d
  sed -i 's/^interface.*/interface = 7/' "$HOTLINE_HOME/etc/lines.toml"
  run ccswitchd
  assert_failure
  assert_output --partial "osmo-e1d has no such interface or line"
  assert_output --partial "show interface"
}
