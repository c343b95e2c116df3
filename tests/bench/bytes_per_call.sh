#!/bin/bash
# bytes_per_call: what 120 bridged PRI-SIP calls (four E1) add to the resident memory of ccswitchd, each. The real switch, the
# real exchange (ccpstn), sipp as the gateway they go to. The floor is what the same switch holds with no call, spread over them.
set -u
calls=120 warm=4
source "$(dirname "$0")/../bats/ports.bash"
HOTLINE_HOME=$(mktemp -d /tmp/hl.XXXXXX)
export HOTLINE_HOME LC_ALL=C.UTF-8
pids=()
tear_down() {
  for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; done
  rm -rf "$HOTLINE_HOME"
}
trap tear_down EXIT
mkdir -p "$HOTLINE_HOME"/{etc,run,var}
sip=$(free_port 12) && telephone=$((sip + 1)) rtp=$(free_port 400)
{
  for ((n = 0; n < 4; n++)); do
    printf '[[span]]\nname = "e%d"\nlocal = "127.0.0.1:%d"\nremote = "127.0.0.1:%d"\njitter = "40ms"\n' $((n + 1)) $((sip + 2 + n)) $((sip + 6 + n))
  done
  printf '[switch]\nmusic = ""\n'
  printf '[sip]\nlisten = "127.0.0.1:%d"\nrtp_ports = "%d-%d"\n' "$sip" "$rtp" $((rtp + 299))
  printf '[[trunk]]\nname = "gateway"\naddress = ["127.0.0.1:%d"]\nqualify = "0s"\n' "$telephone"
  printf '[[route]]\ncalled = "default"\nto = "trunk:gateway/1001"\n'
} >"$HOTLINE_HOME/etc/hotline.toml"
for ((n = 0; n < 4; n++)); do
  printf '[[span]]\nname = "e%d"\nlocal = "127.0.0.1:%d"\nremote = "127.0.0.1:%d"\njitter = "40ms"\nside = "network"\n' $((n + 1)) $((sip + 6 + n)) $((sip + 2 + n))
done >"$HOTLINE_HOME/etc/pstn.toml"

start() { "$@" >>"$HOTLINE_HOME/log" 2>&1 </dev/null & pids+=($!); }
until_true() { # SECONDS COMMAND: bounded
  local end=$((SECONDS + $1))
  until eval "$2" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { echo "bytes_per_call: waited in vain for: $2" >&2; tail -n 20 "$HOTLINE_HOME/log" >&2; exit 1; }
    read -r -t 0.1 <> <(:) || :
  done
}
# Small questions only: long replies are kept for a while by the switch, and would be counted as its calls'.
busy() { ccbus ask ccswitchd spans | jq '[.spans[].busy] | add'; }
bridged() { grep -c '"event":"bridge.up"' "$HOTLINE_HOME"/var/journal/ccswitchd/*.jsonl; }
resident() { awk '/^VmRSS/ {print $2 * 1024}' "/proc/$switch/status"; }

start ccswitchd
switch=$!
start ccpstn run
until_true 10 'ccbus ask ccswitchd ping'
start sipp -sn uas -i 127.0.0.1 -p "$telephone" -nostdin
until_true 15 '[ "$(ccbus ask ccswitchd spans | jq "[.spans[] | select(.state == \"up\")] | length")" = 4 ]'
# A few calls first, so that what is made once is made.
start ccpstn load --calls $warm --rate 4 --hold 1s --from 13800138000 --to 96116
until_true 20 '[ "$(bridged)" = '$warm' ]'
until_true 20 '[ "$(busy)" = 0 ]'
before=$(resident)
start ccpstn load --calls $calls --rate 20 --hold 20s --from 13800138000 --to 96116
until_true 40 '[ "$(bridged)" = '$((calls + warm))' ]'
[ "$(busy)" = $calls ] || { echo "bytes_per_call: a call ended early" >&2; exit 1; }
after=$(resident)
awk -v b="$before" -v a="$after" -v n=$calls 'BEGIN {
  printf "bytes_per_call\t%.0f\tB\t%.0f\t%.2f\t%d bridged PRI-SIP calls: growth of VmRSS of ccswitchd each; floor: its memory without a call, spread over them\n",
         (a - b) / n, b / n, (a - b) / b, n}'
