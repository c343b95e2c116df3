# contrib/nftables.conf lets in what `ccswitchd --ports` lists, from where it should come, and nothing else: tried with packets
# between two network namespaces.
load helper

setup() {
  setup_instance
  mkdir -p "$HOTLINE_HOME/etc/prompts/common"
  sox -n -r 8000 -c 1 -e a-law "$HOTLINE_HOME/etc/prompts/common/music.wav" synth 1 sine 600 gain -10
  cat >"$HOTLINE_HOME/etc/hotline.toml" <<TOML
[switch]
prompts = ["prompts"]

[[span]]
name = "e1"
local = "0.0.0.0:21000"
remote = "192.168.1.20:20000"

[[span]]
name = "e2"
local = "0.0.0.0:21001"
remote = "192.168.1.20:20001"

[sip]
listen = "192.168.0.1:5062"
rtp_ports = "31000-31099"
TOML
}
teardown() { teardown_instance; }

@test "the ruleset is one, as it is and with the ports of a configuration" {
  unshare -n true 2>/dev/null || skip "a network namespace is not permitted here"
  unshare -n nft -c -f "$ROOT/contrib/nftables.conf"
  "$ROOT/contrib/nftables-ports" >"$HOTLINE_HOME/ports.nft"
  assert_equal "$(cat "$HOTLINE_HOME/ports.nft")" "define span_ports = { 21000, 21001 }
define sip_ports = { 5062 }
define rtp_ports = { 31000-31099 }"
  { cat "$HOTLINE_HOME/ports.nft" && sed '/^define .*_ports/d' "$ROOT/contrib/nftables.conf"; } >"$HOTLINE_HOME/rules"
  unshare -n nft -c -f "$HOTLINE_HOME/rules"
}

@test "gateways reach spans, telephones and trunks SIP and audio, strangers nothing" {
  unshare -n true 2>/dev/null || skip "a network namespace is not permitted here"
  { "$ROOT/contrib/nftables-ports" && sed '/^define .*_ports/d' "$ROOT/contrib/nftables.conf"; } >"$HOTLINE_HOME/rules"
  cat >"$HOTLINE_HOME/both-sides" <<'SH'
set -e
mkfifo there
unshare -n sh -c 'echo up >there; exec sleep 60' &
other=$!
trap 'kill $other' EXIT
read -r word <there
ip link add near type veth peer name far netns $other
ip address add 192.168.0.1/16 dev near
ip link set near up
far="nsenter -t $other -n"
for address in 192.168.1.20 192.168.2.7 192.168.9.9; do $far ip address add $address/16 dev far; done
$far ip address add 192.0.2.10/24 dev far
$far ip link set far up
ip route add 192.0.2.0/24 dev near
nft -f rules
send() { # FROM PROTOCOL PORT
  case $2 in
    udp) echo x | $far socat -u - "UDP4-SENDTO:192.168.0.1:$3,bind=$1" || : ;;
    tcp) $far socat -u /dev/null "TCP4:192.168.0.1:$3,bind=$1,connect-timeout=0.3" 2>/dev/null || : ;;
  esac
}
for from in 192.168.1.20 192.168.2.7 192.0.2.10 192.168.9.9; do
  for port in 21000 21001 5062 31000 31099 9999; do send $from udp $port; done
  send $from tcp 5062
done
nft list chain inet hotline input | sed -n 's/.*counter packets \([0-9]*\) .*comment "\(.*\)"/\2\t\1/p'
SH
  (cd "$HOTLINE_HOME" && timeout 60 unshare -n bash both-sides) >"$HOTLINE_HOME/counted" 2>"$HOTLINE_HOME/said" 3>&- || {
    cat "$HOTLINE_HOME/said"
    false
  }
  cat "$HOTLINE_HOME/counted"
  # A connection that nobody takes is asked for once; a stranger's goes unanswered and may be asked for again.
  assert_equal "$(grep -v refused "$HOTLINE_HOME/counted")" "spans	2
sip, too fast	0
sip, telephones	2
sip, trunks	2
rtp, telephones	2
rtp, trunks	2"
  # Refused: what is nobody's port, what is another's, and all of the stranger's.
  assert [ "$(awk -F'\t' '$1 == "refused" {print $2}' "$HOTLINE_HOME/counted")" -ge 18 ]
}
