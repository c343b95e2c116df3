#!/bin/bash
# acd_decision_instructions: machine instructions of a decision of the queue's core, counted by valgrind and not timed, with 10,000
# callers waiting and 2,000 agents; the floor is the same with 100 and 20. What grows with the logarithm of both gains as much
# from one power of ten to the next; what is linear would gain ten times as much, and fails. What time adds beyond that
# (acd_decision_p99_us) is memory that no cache holds any more.
set -u
BUILD=${BUILD:-$PWD/build}
command -v valgrind >/dev/null || { echo "acd_operations: valgrind is not installed (make deps)" >&2; exit 1; }
# refs AGENTS ROUNDS: all instructions of the program, those that make the centre included.
refs() {
  valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null "$BUILD/test/acd_core" "$1" "$2" 2>&1 >/dev/null |
    awk '/I *refs:/ {gsub(",", "", $NF); print $NF}'
}
# per_decision AGENTS: of 2,000 rounds, without what comes before them.
per_decision() {
  local few many events
  few=$(refs "$1" 1000) many=$(refs "$1" 3000) events=$("$BUILD/test/acd_core" "$1" 2000)
  [ -n "$few" ] && [ -n "$many" ] && [ -n "$events" ] && echo $(((many - few) / events))
}
a=$(per_decision 20) && b=$(per_decision 200) && c=$(per_decision 2000) || { echo "acd_operations: nothing was counted" >&2; exit 1; }
awk -v a="$a" -v b="$b" -v c="$c" 'BEGIN {
  printf "acd_decision_instructions\t%d\tinstr\t%d\t%.2f\tvalgrind, 10000 waiting, 2000 agents beside 100 and 20; by tens: %d %d %d\n", c, a, c / a, a, b, c
  first = b - a > a / 20 ? b - a : a / 20  # a twentieth is noise
  exit c - b > 3 * first}' || { echo "acd_operations: a decision costs more than the logarithm of callers and agents" >&2; exit 1; }
