#!/usr/bin/env bats
# ccmon with the real daemons: the page of a quiet morning, one daemon away, none there, and on a terminal.
load helper

setup() {
  setup_instance
  SIP_PORT=$(free_port 2)
  RTP_PORT=$(free_port 20)
  cat >"$HOTLINE_HOME/etc/hotline.toml" <<TOML
[sip]
listen = "127.0.0.1:$SIP_PORT"
rtp_ports = "$RTP_PORT-$((RTP_PORT + 19))"
[[phone]]
id = "1001"
secret = "one"
[[queue]]
name = "repair"
[[agent]]
id = "1001"
name = "Li Na"
queues = ["repair"]
TOML
}
teardown() {
  [ -z "${TMUX_SOCKET:-}" ] || tmux -S "$TMUX_SOCKET" kill-server 2>/dev/null || :
  teardown_instance
}

@test "the page shows queues, agents and phones of a running centre" {
  start_daemon ccswitchd
  start_daemon ccqueue
  wait_for 'ccbus ask ccqueue snapshot | jq -e .live'
  run ccmon --once
  assert_success
  assert_line --regexp '^ccswitchd  0:0[0-9] old: 0 calls'
  assert_line --regexp '^ccqueue    0:0[0-9] old: 0 waiting$'
  assert_line --regexp '^repair  +0 +0:00 +0 '
  assert_line 'AGENTS  1 logged-out'
  assert_line --regexp '^1001  Li Na +logged-out +[0-9:]+$'
  assert_line 'PHONES  0 of 1 registered, 0 busy; not here: 1001'
}

@test "with one daemon away the page says so and shows the other; with none it ends with 69" {
  run ccmon --once
  assert_failure 69
  assert_line 'ccqueue    does not answer; is ccqueue running?'
  start_daemon ccqueue
  run ccmon --once
  assert_success
  assert_line 'ccswitchd  does not answer; is ccswitchd running?'
  assert_line --regexp '^ccqueue    0:0[0-9] old: 0 waiting, it does not hear ccswitchd$'
  assert_line --regexp '^repair '
}

@test "JSON is one object with the format's number and null for who is away" {
  start_daemon ccqueue
  run bash -c 'ccmon --json | jq -c "[.format, .ccswitchd, .ccqueue.queues[0].queue, (.ccqueue.age_ms < 5000)]"'
  assert_output '[1,null,"repair",true]'
  [ "$(ccmon --json | wc -l)" = 1 ]
}

@test "without a terminal the page that refreshes is refused" {
  run ccmon
  assert_failure 64
  assert_output "ccmon: standard output is no terminal; try 'ccmon --once'"
}

@test "on a terminal the page refreshes, calls old data stale, and leaves the terminal as it was" {
  start_daemon ccqueue
  TMUX_SOCKET=$HOTLINE_HOME/tmux
  tmux -S "$TMUX_SOCKET" -f /dev/null new-session -d -x 80 -y 24 "echo before; ccmon; echo ended \$?; exec cat"
  screen() { tmux -S "$TMUX_SOCKET" capture-pane -p; }
  wait_for 'screen | grep -q "^repair"'
  run screen
  refute_output --partial before
  stop_daemon ccqueue KILL
  wait_for 'screen | grep -q "STALE, does not answer"'
  screen | grep -q '^repair'
  start_daemon ccqueue
  wait_for '! screen | grep -q STALE'
  tmux -S "$TMUX_SOCKET" send-keys C-c
  wait_for 'screen | grep -q "^ended 0"'
  run screen
  assert_line before
  refute_output --partial repair
}
