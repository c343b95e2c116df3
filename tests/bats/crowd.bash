# Many who wait for one agent, with the real switch and the real queue: for a Bats test and for the bench of the same name. The
# crowd itself is tests/tools/crowd.cc. Load after ports.bash; HOTLINE_HOME is an instance.

# crowd_configure WAITING: free ports and etc/hotline.toml. Music is what the caller hears, as in a centre.
crowd_configure() {
  local base rtp
  base=$(free_port 4) && rtp=$(free_port $((3 * $1 + 100))) && rtp=$((rtp + rtp % 2))
  CROWD_PORTS=(--switch "$base" --gateway $((base + 1)) --phone $((base + 2)) --media $((base + 3)))
  mkdir -p "$HOTLINE_HOME"/etc/prompts/{zh-CN,common}
  sox -n -r 8000 -c 1 -e a-law "$HOTLINE_HOME/etc/prompts/common/music.wav" synth 10 sine 600 gain -10
  cat >"$HOTLINE_HOME/etc/hotline.toml" <<TOML
[switch]
calls_max = $(($1 + 100))
[sip]
listen = "127.0.0.1:$base"
domain = "hotline"
rtp_ports = "$rtp-$((rtp + 3 * $1 + 97))"
[[phone]]
id = "1001"
secret = "one"
[[trunk]]
name = "gateway"
address = ["127.0.0.1:$((base + 1))"]
calls_max = $(($1 + 100))
qualify = "0s"
[[route]]
called = "default"
controller = "ccqueue"
[[queue]]
name = "repair"
wrap_up = "0s"
record = false
announce_agent = false
[[agent]]
id = "1001"
queues = ["repair"]
TOML
}

# crowd_events DAEMON EVENT FILTER: of a daemon's journal, in its order.
crowd_events() { cat "$HOTLINE_HOME/var/journal/$1"/*.jsonl | jq -r --arg e "$2" "select(.event == \$e) | $3"; }

# crowd_arrivals, crowd_offers: the calls of the queue in the order in which they came to the switch, and were offered.
crowd_arrivals() {
  crowd_events ccswitchd call.offered .call |
    awk 'NR == FNR {waits[$0] = 1; next} $0 in waits' <(crowd_events ccqueue queue.entered .call) -
}
crowd_offers() { crowd_events ccqueue queue.offered .call; }

# crowd_waits FILE: from "ready" in the journal, and from the telephone's BYE, to the INVITE at the telephone, in ms: two numbers
# a line for each ring that FILE (of crowd) tells of, but the first, whose ready is a registration.
crowd_waits() {
  { crowd_events ccqueue agent.state 'select(.state == "ready") | "ready\t\((.time[0:19] + "Z" | fromdate) * 1000000 + (.time[20:26] | tonumber))"'
    cat "$1"; } | sort -t $'\t' -k 2,2n -s |
    awk -F'\t' '{at[$1] = $2} $1 == "ring" && "free" in at {printf "%.3f\t%.3f\n", ($2 - at["ready"]) / 1000, ($2 - at["free"]) / 1000}'
}
