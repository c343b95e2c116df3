#!/usr/bin/env bats
# ccqueue's configuration: what is refused, what is warned of, and what a reload would change.
load helper

setup() {
  setup_instance
  rules "10s" >"$HOTLINE_HOME/etc/hotline.toml"
}
teardown() { teardown_instance; }

# rules WRAP_UP [QUEUE_KEY…]: a queue and two agents.
rules() {
  local wrap=$1
  shift
  cat <<TOML
[[queue]]
name = "repair"
wrap_up = "$wrap"
$(printf '%s\n' "$@")
[[agent]]
id = "1001"
phone = "pstn:1001"
queues = ["repair"]
[[agent]]
id = "1003"
phone = "pstn:1003"
queues = ["repair"]
TOML
}

@test "--dry-run prints line for line what a reload would change, and 1; after the reload nothing, and 0" {
  start_daemon ccqueue
  run ccqueue run --dry-run
  assert_success
  refute_output
  rules 20s 'needs = ["english"]' | sed '/^id = "1003"/,$d; s/^queues.*/&\nskills = ["english:2"]/' | sed '$d' >"$HOTLINE_HOME/etc/hotline.toml"
  run ccqueue run --dry-run
  assert_failure 1
  assert_output "queue repair: needs [] -> [english:1]
queue repair: wrap_up 10s -> 20s
agent 1001: skills [] -> [english:2]
agent 1003: gone"
  # A file elsewhere is compared as well; nothing was changed by looking.
  rules 10s >"$HOTLINE_HOME/other.toml"
  run ccqueue run --dry-run -c "$HOTLINE_HOME/other.toml"
  assert_success
  refute_output
  run ccbus ask ccqueue reload
  assert_success
  run ccqueue run --dry-run
  assert_success
  refute_output
  run grep -c "changed what='queue repair: wrap_up 10s -> 20s'" "$HOTLINE_HOME/ccqueue.log"
  assert_output 1
}

@test "--dry-run ends with 78 for a wrong file and with 69 when no daemon answers" {
  run ccqueue run --dry-run
  assert_failure 69
  rules 20s 'overflow_to = "repiar"' >"$HOTLINE_HOME/etc/hotline.toml"
  run ccqueue run --dry-run
  assert_failure 78
  assert_output --partial "hotline.toml:4: 'overflow_to' in [[queue]]: no queue 'repiar'; did you mean 'repair'?"
}

@test "-t warns of a queue that nobody can ever answer, and is content" {
  rules 20s 'needs = ["english"]' >"$HOTLINE_HOME/etc/hotline.toml"
  run ccqueue run -t
  assert_success
  assert_output --partial "ccqueue: warning: "
  assert_output --partial "hotline.toml:4: queue 'repair': none of its 2 agents has what it needs"
  assert_output --partial "configuration is good"
}
