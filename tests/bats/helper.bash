# What every Bats file loads: a private instance, free ports, waiting for readiness, daemons that end with the test.
bats_require_minimum_version 1.5.0
load /usr/lib/bats/bats-support/load
load /usr/lib/bats/bats-assert/load
load /usr/lib/bats/bats-file/load
source "$BATS_TEST_DIRNAME/ports.bash"

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
export ROOT BUILD PATH="$BUILD/bin:$PATH"
unset HOTLINE_HOME HOTLINE_SHARE
export LC_ALL=C.UTF-8 TZ=Asia/Shanghai

# setup_instance: HOTLINE_HOME is a new, empty instance; its path is short because sockets live in it.
setup_instance() {
  HOTLINE_HOME=$(mktemp -d /tmp/hl.XXXXXX)
  export HOTLINE_HOME
  mkdir -p "$HOTLINE_HOME"/{etc,run,var}
  DAEMONS=()
}

# teardown_instance: ends what start_daemon started, by process id, and shows their logs when the test failed.
teardown_instance() {
  local pid
  for pid in "${DAEMONS[@]}"; do kill -KILL "$pid" 2>/dev/null; done
  for pid in "${DAEMONS[@]}"; do wait "$pid" 2>/dev/null; done
  if [ -z "${BATS_TEST_COMPLETED:-}" ]; then
    for log in "$HOTLINE_HOME"/*.log; do [ -f "$log" ] && { echo "--- $log"; tail -n 30 "$log"; }; done
  fi
  [ -n "${KEEP:-}" ] || rm -rf "$HOTLINE_HOME"
}

# wait_for 'COMMAND' [SECONDS]: tries the command ten times a second until it succeeds; fails after SECONDS (10).
wait_for() {
  local end=$((SECONDS + ${2:-10}))
  until eval "$1" >/dev/null 2>&1; do
    if ((SECONDS > end)); then
      echo "waited in vain for: $1" >&2
      return 1
    fi
    read -r -t 0.1 <> <(:) || :
  done
}

# start_daemon NAME [ARG…]: runs `NAME run ARG…` (ccswitchd has no verb) in the background, its output in
# $HOTLINE_HOME/NAME.log, and returns when it has said that it is ready. Its process id is in $PID and in pid_NAME.
start_daemon() {
  local name=$1 ready fifo
  shift
  ready=$HOTLINE_HOME/run/$name.ready
  rm -f "$ready" && mkfifo "$ready"
  exec {fifo}<>"$ready"  # before the daemon: a fifo that nobody holds open forgets what was written
  if [ "$name" = ccswitchd ]; then set -- "$name" "$@"; else set -- "$name" run "$@"; fi
  "$@" --ready-fd 9 9<>"$ready" >>"$HOTLINE_HOME/$name.log" 2>&1 3>&- {fifo}>&- &
  PID=$!
  DAEMONS+=("$PID")
  printf -v "pid_$name" %s "$PID"
  read -r -t 20 -u "$fifo" || { exec {fifo}>&-; echo "$name did not get ready:" >&2; tail -n 20 "$HOTLINE_HOME/$name.log" >&2; return 1; }
  exec {fifo}>&-
}

# stop_daemon NAME [SIGNAL]: ends it and waits; its exit status is in $STATUS.
stop_daemon() {
  local pid_of=pid_$1
  kill -"${2:-TERM}" "${!pid_of}"
  STATUS=0
  wait "${!pid_of}" || STATUS=$?
}

# event_count TOPIC: how many such events the journals of the instance hold.
event_count() { cat "$HOTLINE_HOME"/var/journal/*/*.jsonl 2>/dev/null | grep -c "\"event\":\"$1\""; }
