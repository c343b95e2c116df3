#!/usr/bin/env bats
# The shell's door to the bus: JSON in, JSON out, exit codes; events as lines, none lost and none twice with --since.
load helper

setup() {
  setup_instance
  mkdir -p "$HOTLINE_HOME/var/spool"
  printf '[record]\nscan = "1s"\n' >"$HOTLINE_HOME/etc/hotline.toml"
}
teardown() { teardown_instance; }

# happen NAME…: makes ccrec say rec.failed of each: a spool file that holds no audio.
happen() {
  for name in "$@"; do
    echo "no audio" >"$HOTLINE_HOME/var/spool/.new"
    touch -d '1 minute ago' "$HOTLINE_HOME/var/spool/.new"
    mv "$HOTLINE_HOME/var/spool/.new" "$HOTLINE_HOME/var/spool/$name-r1.wav"
  done
}
calls() { jq -r .call "$1" | paste -sd' '; }

@test "ask prints the reply's body on stdout, one line of JSON" {
  start_daemon ccrec
  run ccbus ask ccrec ping
  assert_success
  assert_equal "${#lines[@]}" 1
  assert_equal "$(jq -r '[.name, .wire, .pid] | join(" ")' <<<"$output")" "ccrec 1 $pid_ccrec"
}

@test "ask takes its body from the argument, or from stdin with -" {
  start_daemon ccrec
  run ccbus ask ccrec status '{"any":1}'
  assert_success
  run bash -c "echo '{}' | ccbus ask ccrec status -"
  assert_success
  assert_output --partial '"waiting":0'
}

@test "ask refuses what is no JSON object before it asks" {
  run ccbus ask ccrec ping '{'
  assert_failure 65
  assert_output --partial "no JSON: broken at octet"
  run ccbus ask ccrec ping '[]'
  assert_failure 65
  run ccbus ask ccrec PING
  assert_failure 64
  run ccbus ask ../x ping
  assert_failure 64
  run ccbus ask --timeout soon ccrec ping
  assert_failure 64
  run bash -c "head -c 2000000 /dev/zero | tr '\0' x | ccbus ask ccrec ping -"
  assert_failure 65
  assert_output --partial "is longer than 1048576"
}

@test "an error reply is a message on stderr, nothing on stdout, and a status" {
  start_daemon ccrec
  run --separate-stderr ccbus ask ccrec dance
  assert_failure 64
  assert_output ""
  assert_equal "$stderr" "ccbus: ccrec knows no 'dance'"
}

@test "ask says who is missing, and gives up in the time it has" {
  run ccbus ask --timeout 300ms ccrec ping
  assert_failure 69
  assert_output "ccbus: no answer from ccrec; is ccrec running?"
}

@test "follow prints events as lines the moment they happen" {
  start_daemon ccrec
  ccbus follow --from ccrec --count 2 --timeout 20s >"$HOTLINE_HOME/seen" &
  follower=$!
  # Nobody can know when a subscription has arrived, so things go on happening until it has ended.
  i=0
  while kill -0 "$follower" 2>/dev/null && ((i++ < 100)); do
    happen "0b1c2d3e4f$((100 + i))"
    read -r -t 0.3 <> <(:) || :
  done
  wait "$follower"
  assert_equal "$(wc -l <"$HOTLINE_HOME/seen")" 2
  assert_equal "$(jq -r .event "$HOTLINE_HOME/seen" | sort -u)" rec.failed
}

@test "follow --since begins in the journal and goes on with the bus, each event once" {
  start_daemon ccrec
  happen 0b1c2d3e4f5g1 0b1c2d3e4f5g2
  wait_for '[ "$(event_count rec.failed)" = 2 ]'
  ccbus follow --from ccrec --since 1 --count 4 --timeout 30s >"$HOTLINE_HOME/seen" &
  follower=$!
  wait_for '[ "$(wc -l <"$HOTLINE_HOME/seen")" = 2 ]'
  happen 0b1c2d3e4f5g3 0b1c2d3e4f5g4
  wait "$follower"
  assert_equal "$(jq -r .n "$HOTLINE_HOME/seen" | paste -sd' ')" "1 2 3 4"
  assert_equal "$(calls "$HOTLINE_HOME/seen" | tr ' ' '\n' | sort | paste -sd' ')" "0b1c2d3e4f5g1 0b1c2d3e4f5g2 0b1c2d3e4f5g3 0b1c2d3e4f5g4"
  run ccbus follow --from ccrec --since 3 --count 1 --timeout 10s
  assert_equal "$(jq -r .n <<<"$output")" 3
}

@test "follow --since misses nothing of a daemon that is killed and comes back" {
  start_daemon ccrec
  ccbus follow --from ccrec --since 1 --count 6 --timeout 60s >"$HOTLINE_HOME/seen" &
  follower=$!
  for round in 1 2 3; do
    happen "0b1c2d3e4f5${round}a" "0b1c2d3e4f5${round}b"
    wait_for '[ "$(event_count rec.failed)" = $((round * 2)) ]' 20
    wait_for '[ -z "$(find "$HOTLINE_HOME/var/spool" -maxdepth 1 -name "*.wav")" ]'
    stop_daemon ccrec KILL
    start_daemon ccrec
  done
  wait "$follower"
  assert_equal "$(jq -r .n "$HOTLINE_HOME/seen" | paste -sd' ')" "1 2 3 4 5 6"
}

@test "follow --topic prints those events alone" {
  start_daemon ccrec
  happen 0b1c2d3e4f5g1
  wait_for '[ "$(event_count rec.failed)" = 1 ]'
  run ccbus follow --from ccrec --since 1 --topic rec.f --count 1 --timeout 10s
  assert_success
  run ccbus follow --from ccrec --since 1 --topic rec.kept --timeout 300ms
  assert_failure 1
  assert_output ""
}

@test "follow ends with 1 when time is up and too few came" {
  start_daemon ccrec
  happen 0b1c2d3e4f5g1
  wait_for '[ "$(event_count rec.failed)" = 1 ]'
  run ccbus follow --from ccrec --since 1 --count 2 --timeout 300ms
  assert_failure 1
  assert_equal "$(jq -r .n <<<"$output")" 1
}

@test "follow ends quietly when its reader goes" {
  start_daemon ccrec
  happen 0b1c2d3e4f5g1 0b1c2d3e4f5g2
  wait_for '[ "$(event_count rec.failed)" = 2 ]'
  run --separate-stderr bash -c 'timeout 20 ccbus follow --from ccrec --since 1 | head -n 1 | jq -r .n; echo "${PIPESTATUS[0]}"'
  assert_line -n 0 1
  # It saw that nobody reads (0), or wrote first and had SIGPIPE (141), as any filter; 124 would be the time-out's.
  assert_line -n 1 --regexp '^(0|141)$'
  assert_equal "$stderr" ""
}

@test "follow refuses a daemon's name that is none, and a span without a unit" {
  run ccbus follow --from ../x
  assert_failure 64
  run ccbus follow --timeout 5
  assert_failure 64
  run ccbus follow --count=-1
  assert_failure 64
}
