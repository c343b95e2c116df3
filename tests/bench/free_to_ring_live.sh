#!/bin/bash
# free_to_ring_live_p50_ms and _p99_ms: from the release of an agent's talk, which makes him ready, to the next caller's INVITE
# at his telephone, while 2,000 callers wait and hear music: real ccswitchd, real ccqueue, SIP on both sides (tests/tools/crowd.cc),
# times from the journal and the telephone's kernel. The floor is the same with ten waiting. Fails when anybody is served
# before one who came earlier.
# WAITING, ROUNDS: other numbers than 2000 and 500.
set -u
BUILD=${BUILD:-$PWD/build}
here=$(dirname "$0")
source "$here/../bats/ports.bash"
source "$here/../bats/crowd.bash"
export LC_ALL=C.UTF-8
pids=() HOTLINE_HOME=""
tear_down() {
  local pid
  for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; done
  pids=()
  [ -z "$HOTLINE_HOME" ] || rm -rf "$HOTLINE_HOME"
}
trap tear_down EXIT
fail() {
  echo "free_to_ring_live: $1" >&2
  tail -n 20 "$HOTLINE_HOME/log" >&2
  exit 1
}
start() { "$@" >>"$HOTLINE_HOME/log" 2>&1 </dev/null & pids+=($!); }
answers() { # DAEMON: bounded
  local end=$((SECONDS + 10))
  until ccbus ask "$1" ping >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || fail "$1 does not answer"
    read -r -t 0.1 <> <(:) || :
  done
}
# measure WAITING ROUNDS: P50 and P99.
measure() {
  HOTLINE_HOME=$(mktemp -d /tmp/hl.XXXXXX)
  export HOTLINE_HOME
  mkdir -p "$HOTLINE_HOME"/{etc,run,var}
  crowd_configure "$1"
  start ccswitchd
  answers ccswitchd
  start ccqueue run
  answers ccqueue
  "$BUILD/test/crowd" "${CROWD_PORTS[@]}" --waiting "$1" --rounds "$2" >"$HOTLINE_HOME/rings" || fail "the rounds were not all"
  cmp -s <(crowd_arrivals | head -n "$2") <(crowd_offers | head -n "$2") || fail "somebody was served before one who came earlier"
  crowd_waits "$HOTLINE_HOME/rings" | sort -n >"$HOTLINE_HOME/waits"
  read -r P50 P99 < <(awk '{v[NR] = $1} END {print v[int(NR * 0.5 + 0.5)], v[int(NR * 0.99 + 0.5)]}' "$HOTLINE_HOME/waits")
  tear_down
}

waiting=${WAITING:-2000} rounds=${ROUNDS:-500}
measure 10 "$rounds"
floor50=$P50 floor99=$P99
measure "$waiting" "$rounds"
how="$waiting others wait with music, $rounds times in the order of arrival: end of a talk to the INVITE at the telephone, all real; floor: ten wait"
awk -v a="$P50" -v b="$P99" -v c="$floor50" -v d="$floor99" -v how="$how" 'BEGIN {
  printf "free_to_ring_live_p50_ms\t%.3f\tms\t%.3f\t%.1f\t%s\n", a, c, a / c, how
  printf "free_to_ring_live_p99_ms\t%.3f\tms\t%.3f\t%.1f\t%s\n", b, d, b / d, how}'
