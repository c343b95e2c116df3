#!/bin/bash
# flow_second: what a second of a caller in a flow costs ccivr and ccswitchd in CPU, 480 callers on 16 E1 at once, each of whom
# keys digits that are collected and said back; eight more hang in a look-up that never answers. And how long after a key the
# flow goes on (flow_late): a prompt later than 40 ms is one that a caller notices. The real programs; the floor is the same
# switch playing to as many callers who key nothing and are in no flow step (they wait in a menu's long prompt).
set -u
spans=16 hanging=8 seconds=${FLOW_SECONDS:-30}
calls=$((spans * 30))
source "$(dirname "$0")/../bats/ports.bash"
HOTLINE_HOME=$(mktemp -d /tmp/hl.XXXXXX)
export HOTLINE_HOME LC_ALL=C.UTF-8
pids=()
tear_down() {
  for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; done
  rm -rf "$HOTLINE_HOME"
}
trap tear_down EXIT
mkdir -p "$HOTLINE_HOME"/{etc/flows,run,var}
base=$(free_port $((2 * spans + 4)))
rtp=$(free_port 64)
{
  for ((n = 0; n < spans; n++)); do
    printf '[[span]]\nname = "e%d"\nlocal = "127.0.0.1:%d"\nremote = "127.0.0.1:%d"\njitter = "60ms"\n' $((n + 1)) $((base + n)) $((base + spans + n))
  done
  printf '[switch]\nmusic = ""\nmax_calls = 1000\n[sip]\nlisten = "127.0.0.1:%d"\nrtp_ports = "%d-%d"\n' $((base + 2 * spans)) "$rtp" $((rtp + 63))
  printf '[[route]]\ncalled = "96116"\ncontroller = "ccivr"\nflow = "main"\n[[route]]\ncalled = "96117"\ncontroller = "ccivr"\nflow = "still"\n'
  printf '[[flow]]\nname = "main"\nfile = "flows/main.toml"\n[[flow]]\nname = "still"\nfile = "flows/still.toml"\n'
  printf '[lookup.hangs]\nkind = "program"\ncommand = ["sleep", "600"]\nparameters = ["number"]\nresults = ["x"]\ntimeout = "60s"\n'
} >"$HOTLINE_HOME/etc/hotline.toml"
for ((n = 0; n < spans; n++)); do
  printf '[[span]]\nname = "e%d"\nlocal = "127.0.0.1:%d"\nremote = "127.0.0.1:%d"\njitter = "60ms"\nside = "network"\n' $((n + 1)) $((base + spans + n)) $((base + n))
done >"$HOTLINE_HOME/etc/pstn.toml"
cat >"$HOTLINE_HOME/etc/flows/main.toml" <<'TOML'
[node.menu]
kind = "menu"
prompts = ["main-menu"]
keys = { 1 = "ask", 9 = "hang" }
timeout = "60s"
on_no_input = "bye"
[node.ask]
kind = "collect"
prompts = ["enter-account"]
tag = "account"
min = 4
max = 8
retries = 9
next = "tell"
on_failed = "bye"
[node.tell]
kind = "play"
prompts = ["{account as digits}"]
next = "menu"
[node.hang]
kind = "lookup"
lookup = "hangs"
timeout = "60s"
with = { number = "1" }
on = { otherwise = "bye" }
[node.bye]
kind = "hangup"
TOML
cat >"$HOTLINE_HOME/etc/flows/still.toml" <<'TOML'
[node.menu]
kind = "menu"
prompts = ["main-menu", "main-menu", "main-menu", "main-menu", "main-menu", "main-menu"]
keys = { 1 = "bye" }
timeout = "60s"
on_no_input = "bye"
[node.bye]
kind = "hangup"
TOML

start() { "$@" >>"$HOTLINE_HOME/log" 2>&1 </dev/null & pids+=($!); }
until_true() { # SECONDS COMMAND: bounded
  local end=$((SECONDS + $1))
  until eval "$2" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { echo "flow_second: waited in vain for: $2" >&2; tail -n 20 "$HOTLINE_HOME/log" >&2; exit 1; }
    read -r -t 0.1 <> <(:) || :
  done
}
events() { cat "$HOTLINE_HOME"/var/journal/"$1"/*.jsonl | grep -c "\"event\":\"$2\""; }
ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }
# measure: CPU milliseconds of switch and ivr over the seconds, each.
measure() {
  local s0 i0 from to
  s0=$(ticks "$switch") i0=$(ticks "$ivr") from=${EPOCHREALTIME/./}
  read -r -t "$seconds" <> <(:) || :
  to=${EPOCHREALTIME/./}
  awk -v s=$(($(ticks "$switch") - s0)) -v i=$(($(ticks "$ivr") - i0)) -v hz="$(getconf CLK_TCK)" -v n=$calls -v us=$((to - from)) \
    'BEGIN {f = 1e9 / hz / n / us; printf "%.4f %.4f\n", s * f, i * f}'
}

start ccswitchd
switch=$!
start ccpstn run
until_true 10 'ccbus ask ccswitchd ping'
start ccivr run
ivr=$!
until_true 30 '[ "$(ccbus ask ccswitchd spans | jq "[.spans[] | select(.state == \"up\")] | length")" = '$spans' ]'

# The floor: as many hear a prompt.
for ((n = 0; n < calls; n++)); do echo "--to 96117 --from 138$((10000000 + n)) --for $((seconds + 40))s"; done >"$HOTLINE_HOME/still"
start ccpstn call --batch "$HOTLINE_HOME/still"
still=$!
until_true 60 '[ "$(events ccivr ivr.entered)" = '$calls' ]'
read -r floor_switch floor_ivr <<<"$(measure)"
kill "$still"
until_true 60 '[ "$(events ccswitchd call.ended)" = '$calls' ]'

keys=""
for ((n = 0; n < seconds / 6 + 4; n++)); do keys+=",w2s,1,w1s,1234#,w2s"; done
for ((n = 0; n < calls - hanging; n++)); do
  echo "--to 96116 --from 139$((10000000 + n)) --keys w$((100 + n % 60 * 100))ms$keys --for $((seconds + 40))s"
done >"$HOTLINE_HOME/busy"
for ((n = 0; n < hanging; n++)); do echo "--to 96116 --from 137$((10000000 + n)) --keys w500ms,9 --for $((seconds + 40))s"; done >>"$HOTLINE_HOME/busy"
start ccpstn call --batch "$HOTLINE_HOME/busy"
until_true 60 '[ "$(events ccivr ivr.entered)" = '$((2 * calls))' ]'
until_true 30 '[ "$(cat "$HOTLINE_HOME"/var/journal/ccivr/*.jsonl | grep -c "\"node\":\"hang\"")" = '$hanging' ]'
began=$(date -u +%Y-%m-%dT%H:%M:%S)
read -r flow_switch flow_ivr <<<"$(measure)"
ended=$(date -u +%Y-%m-%dT%H:%M:%S)
awk -v s="$flow_switch" -v i="$flow_ivr" -v f="$(awk -v a="$floor_switch" -v b="$floor_ivr" 'BEGIN {print a + b}')" -v n=$calls 'BEGIN {
  printf "flow_second\t%.3f\tms\t%.3f\t%.2f\t%d callers in flows, digits collected: CPU of ccswitchd (%.3f) and ccivr (%.3f) for each second of each; floor: as many hear one prompt\n", s + i, f, (s + i) / f, n, s, i}'
# A key that leads on: from its event at the switch to the node that ccivr tells of.
cat "$HOTLINE_HOME"/var/journal/{ccswitchd,ccivr}/*.jsonl | jq -r --arg from "$began" --arg to "$ended" '
  select(.time >= $from and .time < $to) |
  select((.event == "digit" and (.digit == "1" or .digit == "#")) or (.event == "ivr.node" and (.node == "ask" or .node == "tell"))) |
  [.call, .time, .event, (.digit // .node)] | @tsv' | LC_ALL=C sort -k1,1 -k2,2 | awk -F '\t' '
  function us(t) {split(substr(t, 12), a, /[:Z]/); return (a[1] * 3600 + a[2] * 60 + a[3]) * 1e6}
  $3 == "digit" {at[$1] = us($2)}
  $3 == "ivr.node" && ($1 in at) {print us($2) - at[$1]; delete at[$1]}' | sort -n | awk '
  {v[NR] = $1; late += $1 > 40000}
  END {if (NR == 0) exit 1
    printf "flow_late_p99_ms\t%.2f\tms\t-\t-\tfrom a key at the switch to its node in ccivr, %d keys; the latest %.2f ms, later than 40 ms: %d\n",
           v[int((NR * 99 + 99) / 100)] / 1000, NR, v[NR] / 1000, late}'
