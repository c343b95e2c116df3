# A whole call centre for a test: an instance of site water (or of SITE) on free ports, its daemons as children of the test
# (so that they can be killed and started again), the exchange at the other end of the E1, SIP telephones.
# Load after helper.bash.

# centre_setup [AGENTS]: instance, configuration, tones; starts nothing.
centre_setup() {
  setup_instance
  rm -rf "${HOTLINE_HOME:?}"/{etc,run,var}
  hotline init --site "${SITE:-water}" "$HOTLINE_HOME" >/dev/null
  # Tests of daemons have a small flow of their own; those of a site name it.
  [ -n "${SITE:-}" ] || cp "$ROOT/tests/corpora/flow/water.toml" "$HOTLINE_HOME/etc/flows/main.toml"
  local agents=${1:-2} base
  base=$(free_port 16)
  SIP_PORT=$base E1_PORT=$((base + 1)) PSTN_PORT=$((base + 2))
  PHONE_PORT=$(free_port 24)  # each telephone takes two: the next one is for TLS
  RTP_PORT=$(free_port 800)
  cat >"$HOTLINE_HOME/etc/lines.toml" <<TOML
[[span]]
name = "e1"
type = "cesopsn"
local = "127.0.0.1:$E1_PORT"
remote = "127.0.0.1:$PSTN_PORT"
packet = "5ms"
jitter = "40ms"
side = "user"
restart = false  # thirty may call the moment the span is up
pcap = "var/d-channel.pcap"

[sip]
listen = "127.0.0.1:$SIP_PORT"
domain = "hotline"
rtp_ports = "$RTP_PORT-$((RTP_PORT + 199))"
TOML
  cat >"$HOTLINE_HOME/etc/pstn.toml" <<TOML
[[span]]
name = "e1"
type = "cesopsn"
local = "127.0.0.1:$PSTN_PORT"
remote = "127.0.0.1:$E1_PORT"
packet = "5ms"
jitter = "40ms"
side = "network"
restart = false
TOML
  sed -i 's/^wrap_up = .*/wrap_up = "1s"/' "$HOTLINE_HOME/etc/queues.toml"
  # Only the first AGENTS of the site's twelve work today.
  awk -v keep="$agents" '/^\[\[agent\]\]/ {n++} n <= keep' "$HOTLINE_HOME/etc/queues.toml" >"$HOTLINE_HOME/etc/queues.new"
  mv "$HOTLINE_HOME/etc/queues.new" "$HOTLINE_HOME/etc/queues.toml"
  AGENTS=$agents
  # 16-bit PCM for the telephones, A-law for the exchange; long enough for any test.
  sox -n -r 8000 -c 1 -b 16 "$HOTLINE_HOME/agent.wav" synth 120 sine 1000 gain -10
  sox -n -r 8000 -c 1 -e a-law "$HOTLINE_HOME/caller.wav" synth 120 sine 440 gain -10
}

# centre_start: all daemons, the exchange, the telephones; returns when the agents are ready.
centre_start() {
  local daemon
  for daemon in ccswitchd ccivr ccqueue ccrec ccjournal ccpstn; do start_daemon "$daemon" || return 1; done
  wait_for 'ccswitch spans --porcelain | grep -q "	up"' 15
  start_phones "$AGENTS"
  wait_for '[ "$(ccqueue agents --porcelain | grep -c "	ready	")" = '"$AGENTS"' ]' 20
}

secret_of() { awk -v id="\"$1\"" '$1 == "id" {here = ($3 == id)} here && $1 == "secret" {gsub(/"/, "", $3); print $3}' "$HOTLINE_HOME/etc/phones.toml"; }

# start_phones N: telephones 1001… that answer by themselves and play agent.wav.
start_phones() {
  local n
  for ((n = 0; n < $1; n++)); do
    "$ROOT/share/demo/telephone" "$HOTLINE_HOME/phones/$((1001 + n))" "127.0.0.1:$SIP_PORT" $((1001 + n)) "$(secret_of $((1001 + n)))" \
      auto $((PHONE_PORT + 2 * n)) $((RTP_PORT + 200 + n * 40)) "$HOTLINE_HOME/agent.wav" \
      >"$HOTLINE_HOME/phone-$((1001 + n)).log" 2>&1 </dev/null 3>&- &
    DAEMONS+=($!)
  done
}

# ring_in NAME OPTION…: a caller of 96116 (or of CALLED) in the background; its output in $HOTLINE_HOME/NAME.caller.
ring_in() {
  local name=$1
  shift
  ccpstn call --to "${CALLED:-96116}" "$@" >"$HOTLINE_HOME/$name.caller" 2>&1 </dev/null 3>&- &
  DAEMONS+=($!)
}

# tone_db FILE CHANNEL HERTZ [FROM LENGTH]: level in dB of what is within 60 Hz of HERTZ.
tone_db() {
  local window=()
  [ -n "${4:-}" ] && window=(trim "$4" "$5")
  sox "$1" -n remix "$2" "${window[@]}" sinc -n 1023 $(($3 - 60))-$(($3 + 60)) stats 2>&1 | awk '/^RMS lev dB/ {print int($4)}'
}

# journal EVENT [JQ]: the events of that name from all journals, through a jq filter (default: whole lines).
journal() { cat "$HOTLINE_HOME"/var/journal/*/*.jsonl | jq -r --arg e "$1" "select(.event == \$e) | ${2:-tojson}"; }

# at_rest N: N agents are ready again and the store knows all that happened, so that two reports can be compared.
at_rest() {
  wait_for '[ "$(ccqueue agents --porcelain | grep -c "	ready	")" = '"$1"' ]' 30
  wait_for 'ccjournal status' 20
}
