# What goes wrong outside: each time a clear error that names the place and the remedy, and nothing lost.
load helper
load centre

setup() { centre_setup 1; }
teardown() {
  [ -n "${SMALL:-}" ] && { for pid in "${DAEMONS[@]}"; do kill -KILL "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; done; umount "$SMALL"; }
  teardown_instance
}

@test "an unknown key in any program's tables is named with file and line" {
  for table in switch sip ivr acd record journal; do
    cp "$HOTLINE_HOME/etc/hotline.toml" "$HOTLINE_HOME/kept.toml"
    case $table in
      switch) sed -i 's/^music = /musik = /' "$HOTLINE_HOME/etc/hotline.toml" ;;
      sip) sed -i 's/^rtp_ports/rtp_port/' "$HOTLINE_HOME/etc/lines.toml" ;;
      *) printf '\n[%s]\nno_such_key = 1\n' "$table" >>"$HOTLINE_HOME/etc/hotline.toml" ;;
    esac
    run hotline check
    assert_failure 78
    assert_output --regexp "toml:[0-9]+: unknown key"
    cp "$HOTLINE_HOME/kept.toml" "$HOTLINE_HOME/etc/hotline.toml"
    sed -i 's/^rtp_port /rtp_ports /' "$HOTLINE_HOME/etc/lines.toml"
  done
  run hotline check
  assert_success
}

@test "a prompt that does not exist is found before any caller hears silence" {
  flow=$HOTLINE_HOME/etc/flows/main.toml
  sed -i '0,/"welcome/s//"welcome-nobody-recorded/' "$flow"
  run hotline check
  assert_failure
  assert_output --partial "welcome-nobody-recorded"
  assert_output --partial "main.toml"
}

@test "a port in use is named with the remedy" {
  socat -u "UDP4-RECVFROM:$SIP_PORT,bind=127.0.0.1" /dev/null 3>&- &
  DAEMONS+=($!)
  wait_for "ss -lnuH | grep -q ':$SIP_PORT '"
  run --separate-stderr timeout 20 ccswitchd
  assert_failure
  assert_equal "$(grep -c ":$SIP_PORT" <<<"$stderr")" 1
}

@test "a second copy of a daemon is refused and the first goes on" {
  start_daemon ccjournal
  run timeout 20 ccjournal run
  assert_failure 75
  assert_output --partial "running already"
  run ccbus ask ccjournal ping
  assert_success
}

@test "garbage on the span's port and on SIP's disturbs no call" {
  centre_start
  ring_in one --from 13800138000 --say "$HOTLINE_HOME/caller.wav" --keys w3s,1 --hear "$HOTLINE_HOME/heard.wav" --for 20s
  wait_for '[ "$(event_count announce.done)" = 1 ]' 25
  for port in "$E1_PORT" "$SIP_PORT" "$RTP_PORT"; do
    for ((n = 0; n < 50; n++)); do head -c $((RANDOM % 1400 + 1)) /dev/urandom | socat -u - "UDP4-SENDTO:127.0.0.1:$port"; done
  done
  wait_for '[ "$(event_count call.ended)" = 1 ]' 30
  assert_equal "$(journal call.ended .cause)" 16
  length=$(sox --i -D "$HOTLINE_HOME/heard.wav")
  assert [ "$(tone_db "$HOTLINE_HOME/heard.wav" 1 1000 "$(awk -v l="$length" 'BEGIN {print l - 4}')" 3)" -gt -25 ]
  assert [ "$(ccbus ask ccswitchd spans | jq '.spans[0].malformed')" -ge 50 ]
}

@test "a damaged journal line is named, the rest is folded, and verify fails" {
  centre_start
  ring_in one --from 13800138000 --say "$HOTLINE_HOME/caller.wav" --for 4s
  wait_for '[ "$(event_count call.ended)" = 1 ]' 30
  stop_daemon ccjournal
  file=$(ls "$HOTLINE_HOME"/var/journal/ccivr/*.jsonl)
  sed -i '2s/"event":"/"event":"x/' "$file"
  run ccjournal verify
  assert_failure 1
  assert_output --partial "$file:3"
  sed -i '2s/^{/[/' "$file"
  run ccjournal rebuild
  assert_output --partial "$file:2"
  run ccreport day
  assert_success
}

@test "a full disk loses no event and no call, and says so" {
  [ "$(id -u)" = 0 ] || skip "needs root to mount a small tmpfs"
  SMALL=$HOTLINE_HOME/var
  mount -t tmpfs -o size=3m tmpfs "$SMALL" || { SMALL=; skip "mounting is not permitted here"; }
  centre_start
  ring_in one --from 13800138000 --say "$HOTLINE_HOME/caller.wav" --keys w3s,1 --for 18s
  wait_for '[ "$(event_count announce.done)" = 1 ]' 25
  head -c 10m /dev/zero >"$SMALL/ballast" 2>/dev/null || :
  wait_for 'grep -q "no space left" -i "$HOTLINE_HOME"/cc*.log' 25
  wait_for '[ "$(ccbus ask ccswitchd calls | jq ".calls | length")" = 0 ]' 30
  rm "$SMALL/ballast"
  wait_for '[ "$(event_count call.ended)" = 1 ]' 20
  wait_for '[ "$(event_count rec.kept)" = 1 ]' 30
  run ccjournal verify
  assert_success
  assert_equal "$(journal queue.exit .reason)" answered
}
