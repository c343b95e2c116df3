# The switch for a test, without the rest of a call centre: an instance with one E1 and its exchange, SIP, tones, telephones, and
# sipp as a provider. Load after helper.bash and centre.bash.

# switch_setup [TOML…]: instance, free ports, music of 600 Hz; tables from stdin go to etc/hotline.toml (or another file there, which
# CONFIG_FILE names), behind them those of one span (unless NO_SPAN is set) and [sip], with lines TOML in it (unless NO_SIP is set).
# Starts nothing.
switch_setup() {
  setup_instance
  local base
  base=$(free_port 500)  # one block, so that its parts do not take each other's
  SIP_PORT=$base E1_PORT=$((base + 1)) PSTN_PORT=$((base + 2)) TLS_PORT=$((base + 3)) DEAD_PORT=$((base + 4))
  PROVIDER_PORT=$((base + 6)) GATEWAY_PORT=$((base + 8)) WATCH_PORT=$((base + 10)) PHONE_PORT=$((base + 12))
  RTP_PORT=$((base + 40 + base % 2))
  mkdir -p "$HOTLINE_HOME"/etc/prompts/{zh-CN,common}
  tone etc/prompts/common/music.wav 600 10
  CONFIG=$HOTLINE_HOME/etc/${CONFIG_FILE:-hotline.toml}
  cat >"$CONFIG"
  : >"$HOTLINE_HOME/etc/pstn.toml"
  [ -n "${NO_SPAN:-}" ] || span_ends e1 "$E1_PORT" "$PSTN_PORT"
  [ -z "${NO_SIP:-}" ] || return 0
  { printf '\n[sip]\nlisten = "127.0.0.1:%s"\ndomain = "hotline"\n' "$SIP_PORT"
    printf 'rtp_ports = "%s-%s"\n' "$RTP_PORT" $((RTP_PORT + 99))
    printf '%s\n' "$@"; } >>"$CONFIG"
}

# span_ends NAME LOCAL REMOTE [SWITCH_KEYS] [EXCHANGE_KEYS]: both ends of a span, in the two configurations.
span_ends() {
  printf '\n[[span]]\nname = "%s"\nlocal = "127.0.0.1:%s"\nremote = "127.0.0.1:%s"\njitter = "40ms"\n%s\n' "$1" "$2" "$3" "${4:-}" >>"$CONFIG"
  printf '\n[[span]]\nname = "%s"\nlocal = "127.0.0.1:%s"\nremote = "127.0.0.1:%s"\njitter = "40ms"\nside = "network"\n%s\n' \
    "$1" "$3" "$2" "${5:-}" >>"$HOTLINE_HOME/etc/pstn.toml"
}

# phone_table ID SECRET [KEYS]: a telephone of the configuration.
phone_table() { printf '\n[[phone]]\nid = "%s"\nsecret = "%s"\n%s\n' "$1" "$2" "${3:-}" >>"$CONFIG"; }

# tone FILE HERTZ [SECONDS] [GAIN]: a tone in A-law below the instance, for prompts and for who speaks over the E1; voice: in
# 16-bit PCM, for telephones.
tone() { sox -n -r 8000 -c 1 -e a-law "$HOTLINE_HOME/$1" synth "${3:-60}" sine "$2" gain "${4:--10}"; }
voice() { sox -n -r 8000 -c 1 -b 16 "$HOTLINE_HOME/$1" synth "${3:-60}" sine "$2" gain "${4:--10}"; }

ask() { ccbus ask ccswitchd "$@"; }
# leg_is KEY [LEG]: what the switch says of a leg, $LEG unless given.
leg_is() { ask calls | jq -r --arg leg "${2:-${LEG:-}}" --arg key "$1" '.calls[].legs[] | select(.leg == $leg) | .[$key]'; }
phone_is() { ask phones | jq -r --arg id "$1" --arg key "$2" '.phones[] | select(.phone == $id) | .[$key]'; }
trunk_is() { ask trunks | jq -r --arg id "$1" --arg key "$2" '.trunks[] | select(.trunk == $id) | .[$key]'; }
calls_up() { ask calls | jq '.calls | length'; }

# lines_up [SPAN…]: the switch, the exchange, and the spans between them.
lines_up() {
  local name
  start_daemon ccswitchd
  start_daemon ccpstn
  for name in "${@:-e1}"; do span_is "$name" up; done
}

span_is() { wait_for "ccswitch spans --json | jq -se 'any(.[]; .span == \"$1\" and .state == \"$2\")'" 20; }

# hellos NAME: a controller that only lives; ends with the test, or by kill $HELLO.
hellos() {
  while :; do
    ask hello "{\"controller\":\"$1\"}" >/dev/null 2>&1 || :
    read -r -t 0.5 <> <(:) || :
  done 3>&- &
  HELLO=$!
  DAEMONS+=("$HELLO")
  wait_for "[ \"\$(ask snapshot | jq '.controllers[] | select(.controller == \"$1\") | .alive')\" = true ]"
}

# phone ID SECRET auto|manual [BARESIP ARG…]: a telephone, registered; it says agent.wav. SERVER: another address of the switch.
phone() {
  local id=$1 place=$(($1 - 1001))
  [ -f "$HOTLINE_HOME/agent.wav" ] || voice agent.wav 1000
  "$ROOT/share/demo/telephone" "$HOTLINE_HOME/phones/$id" "${SERVER:-127.0.0.1:$SIP_PORT}" "$id" "$2" "$3" $((PHONE_PORT + 2 * place)) \
    $((RTP_PORT + 100 + place * 40)) "$HOTLINE_HOME/agent.wav" "${@:4}" >"$HOTLINE_HOME/phone-$id.log" 2>&1 </dev/null 3>&- &
  PHONE=$!
  DAEMONS+=("$PHONE")
  wait_for "[ \"\$(phone_is $id registered)\" = true ]" 20
}

# sipp_run NAME SCENARIO PORT ARG…: sipp in the background, in a folder of its own; what it sends and hears in NAME/messages.
# SCENARIO is below tests/sipp unless it begins with a slash.
sipp_run() {
  local dir=$HOTLINE_HOME/$1 scenario=$2 port=$3
  mkdir -p "$dir"
  [[ $scenario = /* ]] || scenario=$ROOT/tests/sipp/$scenario
  (cd "$dir" && exec timeout -k 2 90 sipp -sf "$scenario" -i 127.0.0.1 -p "$port" -mi 127.0.0.1 \
    -mp $((RTP_PORT + 360 + (port - SIP_PORT) * 4)) -nostdin -trace_msg -message_file "$dir/messages" "${@:4}" \
    "127.0.0.1:$SIP_PORT") >"$dir/out" 2>&1 </dev/null 3>&- &
  DAEMONS+=($!)
  wait_for "ss -lnuH 'sport = :$port' | grep -q . || ! kill -0 $!"
}

# reload: HUP, and until it has been obeyed.
reload() {
  local before
  before=$(grep -c reload "$HOTLINE_HOME/ccswitchd.log" || :)
  kill -HUP "$pid_ccswitchd"
  wait_for '[ "$(grep -c reload "$HOTLINE_HOME/ccswitchd.log")" -gt '"$before"' ]'
}
