#!/usr/bin/env bats
# What was said is kept: once, whole, whatever is killed; and is found, played and exported again.
load helper

setup() {
  setup_instance
  mkdir -p "$HOTLINE_HOME/var/spool"
  : >"$HOTLINE_HOME/etc/hotline.toml"
  SPOOL=$HOTLINE_HOME/var/spool RECORDINGS=$HOTLINE_HOME/var/recordings
}
teardown() { teardown_instance; }

# spool SEGMENT SECONDS [STARTED]: a spool file as a switch leaves it that was killed in its first second: its head's
# sizes are zero. The caller's tone is left, the agent's right. Old enough to be nobody's any more.
spool() {
  local segment=$1 seconds=$2 started=${3:-2026-11-22T01:02:03.000004Z} about
  about=$(printf '{"call":"%s","segment":"%s","from":"13800138000","to":"96116","queue":"repair","agent":"1001","started":"%s"}' \
    "${segment%-r*}" "$segment" "$started")
  {
    printf 'RIFF\0\0\0\0WAVEfmt \x12\0\0\0\x06\0\x02\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x08\0\0\0fact\x04\0\0\0\0\0\0\0note\xbe\x0f\0\0%-4030sdata\0\0\0\0' "$about"
    sox -n -t al -r 8000 -c 2 - synth "$seconds" sine 440 sine 1000 gain -10
  } >"$SPOOL/$segment.wav"
  touch -d '1 minute ago' "$SPOOL/$segment.wav"
}

kept() { event_count rec.kept; }
spool_empty() { [ -z "$(find "$SPOOL" -maxdepth 1 -name '*.wav')" ]; }
journal() { jq -r "select(.event == \"$1\") | $2" "$HOTLINE_HOME"/var/journal/ccrec/*.jsonl; }
audio_of() { tail -c +4097 "$1" | sha256sum; }  # of a spool file
day() { "$BUILD/test/write_journal" "$HOTLINE_HOME/var/journal" <"$BATS_TEST_DIRNAME/../corpora/journal/day.jsonl" && ccjournal run --once; }

@test "a spool file that nobody told of becomes a recording, octet for octet, and goes" {
  spool 0b1c2d3e4f5g6-r1 3
  before=$(audio_of "$SPOOL/0b1c2d3e4f5g6-r1.wav")
  start_daemon ccrec
  wait_for spool_empty
  file=$RECORDINGS/2026/11/22/0b1c2d3e4f5g6-r1.wav
  assert_equal "$(sox "$file" -t al - | sha256sum)" "$before"
  assert_equal "$(soxi -c "$file") $(soxi -r "$file") $(soxi -s "$file") $(soxi -e "$file")" "2 8000 24000 A-law"
  assert_equal "$(journal rec.kept '[.call, .segment, .file, .started, .ms, .gap_ms, .bytes, .caller, .called, .agent, .queue] | join(" ")')" \
    "0b1c2d3e4f5g6 0b1c2d3e4f5g6-r1 2026/11/22/0b1c2d3e4f5g6-r1.wav 2026-11-22T01:02:03.000004Z 3000 0 48058 13800138000 96116 1001 repair"
  assert_equal "$(journal rec.kept .sha256)" "$(sha256sum <"$file" | cut -d' ' -f1)"
  assert_equal "$(stat -c %s "$file")" 48058
}

@test "the folder is that of the local date on which the recording began" {
  spool 0b1c2d3e4f5g6-r1 1 2026-11-21T16:00:00.000000Z # midnight in Shanghai
  spool 0b1c2d3e4f5g6-r2 1 2026-11-21T15:59:59.999999Z
  start_daemon ccrec
  wait_for spool_empty
  assert_file_exists "$RECORDINGS/2026/11/22/0b1c2d3e4f5g6-r1.wav"
  assert_file_exists "$RECORDINGS/2026/11/21/0b1c2d3e4f5g6-r2.wav"
}

@test "half a frame at the end of a spool file is left away" {
  spool 0b1c2d3e4f5g6-r1 1
  printf x >>"$SPOOL/0b1c2d3e4f5g6-r1.wav"
  touch -d '1 minute ago' "$SPOOL/0b1c2d3e4f5g6-r1.wav"
  start_daemon ccrec
  wait_for spool_empty
  assert_equal "$(journal rec.kept .ms)" 1000
}

@test "a spool file that is still written to is left alone" {
  spool 0b1c2d3e4f5g6-r1 1
  spool 0b1c2d3e4f5g7-r1 1
  touch -d '1 hour' "$SPOOL/0b1c2d3e4f5g7-r1.wav"
  start_daemon ccrec
  wait_for '[ "$(kept)" = 1 ]'
  wait_for '[ ! -e "$SPOOL/0b1c2d3e4f5g6-r1.wav" ]'
  assert_file_exists "$SPOOL/0b1c2d3e4f5g7-r1.wav"
  assert_equal "$(kept)" 1
}

@test "a damaged spool file is set aside and told, once, and the next is kept" {
  echo "no audio" >"$SPOOL/0b1c2d3e4f5g6-r1.wav"
  touch -d '1 minute ago' "$SPOOL/0b1c2d3e4f5g6-r1.wav"
  spool 0b1c2d3e4f5g7-r1 1
  start_daemon ccrec
  wait_for spool_empty
  assert_file_exists "$SPOOL/bad/0b1c2d3e4f5g6-r1.wav"
  assert_equal "$(journal rec.failed '[.call, .segment, .file] | join(" ")')" "0b1c2d3e4f5g6 0b1c2d3e4f5g6-r1 0b1c2d3e4f5g6-r1.wav"
  assert_equal "$(kept)" 1
  stop_daemon ccrec
  mv "$SPOOL/bad/0b1c2d3e4f5g6-r1.wav" "$SPOOL/" # as if the kill had come before the last step
  start_daemon ccrec
  wait_for spool_empty
  assert_equal "$(event_count rec.failed)" 1
}

@test "files in the spool that are not its own are left alone" {
  echo x >"$SPOOL/notes.wav"
  echo x >"$SPOOL/0b1c2d3e4f5g6-r1.txt"
  touch -d '1 minute ago' "$SPOOL"/*
  spool 0b1c2d3e4f5g7-r1 1
  start_daemon ccrec
  wait_for '[ "$(kept)" = 1 ]'
  assert_file_exists "$SPOOL/notes.wav"
  assert_file_exists "$SPOOL/0b1c2d3e4f5g6-r1.txt"
}

@test "killed before the event: the recording is made again over itself, and told once" {
  spool 0b1c2d3e4f5g6-r1 1
  mkdir -p "$RECORDINGS/2026/11/22" "$RECORDINGS/tmp"
  echo "half a recording" >"$RECORDINGS/tmp/0b1c2d3e4f5g6-r1.wav"
  echo "one without its event" >"$RECORDINGS/2026/11/22/0b1c2d3e4f5g6-r1.wav"
  start_daemon ccrec
  wait_for spool_empty
  assert_equal "$(kept)" 1
  assert_equal "$(journal rec.kept .sha256)" "$(sha256sum <"$RECORDINGS/2026/11/22/0b1c2d3e4f5g6-r1.wav" | cut -d' ' -f1)"
  assert_equal "$(find "$RECORDINGS" -name '*.wav' | wc -l)" 1
}

@test "killed after the event: the spool file goes, and nothing is told again" {
  spool 0b1c2d3e4f5g6-r1 1
  cp -p "$SPOOL/0b1c2d3e4f5g6-r1.wav" "$HOTLINE_HOME/copy.wav"
  start_daemon ccrec
  wait_for spool_empty
  stop_daemon ccrec KILL
  cp -p "$HOTLINE_HOME/copy.wav" "$SPOOL/0b1c2d3e4f5g6-r1.wav"
  start_daemon ccrec
  wait_for spool_empty
  assert_equal "$(kept)" 1
}

@test "kill -9 at any moment loses nothing and keeps nothing twice" {
  for i in $(seq -w 60); do spool "0b1c2d3e4f5$i-r1" 0.5; done
  for f in "$SPOOL"/*.wav; do echo "$(basename "$f") $(audio_of "$f")"; done | sort >"$HOTLINE_HOME/before"
  kills=0
  while ! spool_empty && ((kills < 200)); do
    start_daemon ccrec
    read -r -t "1.0$((RANDOM % 100))" <> <(:) || :
    stop_daemon ccrec KILL
    kills=$((kills + 1))
  done
  echo "killed $kills times"
  start_daemon ccrec
  wait_for spool_empty 30
  stop_daemon ccrec
  for f in "$RECORDINGS"/*/*/*/*.wav; do echo "$(basename "$f") $(sox "$f" -t al - | sha256sum)"; done | sort >"$HOTLINE_HOME/after"
  assert_equal "$(cat "$HOTLINE_HOME/after")" "$(cat "$HOTLINE_HOME/before")"
  assert_equal "$(journal rec.kept .segment | sort | uniq -d)" ""
  assert_equal "$(kept)" 60
  assert_equal "$(journal rec.kept '.sha256' | sort)" "$(sha256sum "$RECORDINGS"/*/*/*/*.wav | cut -d' ' -f1 | sort)"
  run ccjournal verify ccrec
  assert_success
}

@test "when recordings cannot be written the spool keeps all, an alarm says so, and it goes on by itself" {
  spool 0b1c2d3e4f5g6-r1 1
  mkdir -p "$RECORDINGS"
  : >"$RECORDINGS/2026" # a file where the year's folder should be
  start_daemon ccrec
  wait_for '[ "$(event_count alarm.set)" = 1 ]'
  assert_file_exists "$SPOOL/0b1c2d3e4f5g6-r1.wav"
  assert_equal "$(kept)" 0
  assert_equal "$(journal alarm.set .alarm)" recordings-disk
  run ccbus ask ccrec status
  assert_output --partial "2026"
  rm "$RECORDINGS/2026"
  wait_for '[ "$(kept)" = 1 ]' 20
  wait_for spool_empty
  assert_equal "$(event_count alarm.set) $(event_count alarm.cleared)" "1 1"
}

@test "TERM lets the conversion that is on its way end, and the rest waits for the next start" {
  for i in $(seq -w 40); do spool "0b1c2d3e4f5$i-r1" 1; done
  start_daemon ccrec
  wait_for '[ "$(kept)" -ge 1 ]'
  stop_daemon ccrec
  assert_equal "$STATUS" 0
  start_daemon ccrec
  wait_for spool_empty 30
  assert_equal "$(kept)" 40
  assert_equal "$(journal rec.kept .segment | sort | uniq -d)" ""
}

@test "find combines its conditions, and exits with 1 when there is none" {
  day
  find_calls() { ccrec find --porcelain "$@" | grep -v '^#' | cut -f7 | cut -c12- | paste -sd' '; }
  assert_equal "$(find_calls --caller 13800138001)" 01
  assert_equal "$(find_calls --from 13800138001 --agent 1001 --queue repair --called 96116)" 01
  assert_equal "$(find_calls --call 0dayc00000002)" 02
  assert_equal "$(find_calls --since 2026-11-20T01:31:00Z --until 2026-11-20)" "12 13"
  run ccrec find --caller 13800138001 --agent 1002
  assert_failure 1
  assert_output ""
  run ccrec find --since 2026-11-21
  assert_failure 1
}

@test "find shows people local time and masked numbers, machines whole ones" {
  day
  run ccrec find --call 0dayc00000001
  assert_line --index 1 --regexp '^2026-11-20 09:01:10 +2:00 +138\*\*\*\*8001 +96116 +repair +1001 +0dayc00000001-r1$'
  run ccrec find --call 0dayc00000001 --json
  assert_equal "$(jq -c '[.format, .started, .ms, .caller, .segment, .file]' <<<"$output")" \
    '[1,"2026-11-20T01:01:10.011000Z",119990,"13800138001","0dayc00000001-r1","2026/11/20/0dayc00000001-r1.wav"]'
}

@test "find refuses what is no time and no call, and says what it wants" {
  day
  run ccrec find --since yesterday
  assert_failure 64
  assert_output --partial "--since: 'yesterday' is no time: wanted"
  run ccrec find --call 5
  assert_failure 64
  run ccrec find --agnet 1001
  assert_failure 64
  assert_output --partial "did you mean '--agent'?"
}

@test "find without a store says what is missing" {
  run ccrec find
  assert_failure 66
  assert_output --partial "has ccjournal run in this instance?"
}

@test "export writes both, one, or the mean of the voices; play writes WAV to a pipe" {
  spool 0b1c2d3e4f5g6-r1 1 2026-11-22T01:02:03.000000Z
  spool 0b1c2d3e4f5g6-r2 2 2026-11-22T01:03:03.000000Z
  start_daemon ccrec
  wait_for spool_empty
  ccjournal run --once
  cd "$HOTLINE_HOME"
  ccrec export 0b1c2d3e4f5g6-r1 -o both.wav
  cmp both.wav "$RECORDINGS/2026/11/22/0b1c2d3e4f5g6-r1.wav"
  ccrec export 0b1c2d3e4f5g6 -o left.wav --left
  ccrec export 0b1c2d3e4f5g6 -o right.flac --right
  ccrec export 0b1c2d3e4f5g6 -o mono.wav --mono
  tone() { sox "$1" -n stat 2>&1 | awk '/Rough/ {print int(($3 + 50) / 100) * 100}'; }
  assert_equal "$(soxi -c left.wav) $(soxi -s left.wav) $(tone left.wav)" "1 24000 400"
  assert_equal "$(soxi -c right.flac) $(soxi -s right.flac) $(tone right.flac)" "1 24000 1000"
  assert_equal "$(soxi -c mono.wav) $(soxi -s mono.wav)" "1 24000"
  assert_equal "$(ccrec play --stdout 0b1c2d3e4f5g6-r2 | sha256sum)" "$(sha256sum <"$RECORDINGS/2026/11/22/0b1c2d3e4f5g6-r2.wav")"
  assert_equal "$(ccrec play --stdout 0b1c2d3e4f5g6 | soxi -s - 2>/dev/null)" 24000
}

@test "export refuses what it cannot do, and leaves what was there" {
  spool 0b1c2d3e4f5g6-r1 1
  start_daemon ccrec
  wait_for spool_empty
  ccjournal run --once
  cd "$HOTLINE_HOME"
  echo mine >out.docx
  run ccrec export 0b1c2d3e4f5g6 -o out.docx
  assert_failure 64
  assert_equal "$(cat out.docx)" mine
  run ccrec export 0b1c2d3e4f5g6 -o out.wav --left --right
  assert_failure 64
  run ccrec export 0b1c2d3e4f5g6
  assert_failure 64
  run ccrec export 0b1c2d3e4f5g9 -o out.wav
  assert_failure 1
  assert_output "ccrec: no recording of '0b1c2d3e4f5g9'"
  run ccrec export nonsense -o out.wav
  assert_failure 64
  assert_file_not_exists out.wav
  rm "$RECORDINGS"/2026/11/22/*.wav
  run ccrec export 0b1c2d3e4f5g6 -o out.wav
  assert_failure 66
  assert_file_not_exists out.wav
}

@test "a second ccrec of the same instance is refused; -t checks the configuration alone" {
  start_daemon ccrec
  run ccrec run
  assert_failure 75
  assert_output --partial "is the daemon running already?"
  run ccrec run -t
  assert_success
  printf '[record]\nscna = "1m"\n' >"$HOTLINE_HOME/etc/hotline.toml"
  run ccrec run -t
  assert_failure 78
  assert_output --partial "hotline.toml:2: unknown key 'scna' in [record]; did you mean 'scan'?"
}

@test "reload takes a good configuration and keeps the old one when the new is bad" {
  start_daemon ccrec
  printf '[record]\nscan = "30s"\n' >"$HOTLINE_HOME/etc/hotline.toml"
  run ccbus ask ccrec reload
  assert_output '{"text":"scan=30s"}'
  printf '[record]\nscan = "never"\n' >"$HOTLINE_HOME/etc/hotline.toml"
  run ccbus ask ccrec reload
  assert_failure 64
  assert_output --partial "hotline.toml:2"
  kill -HUP "$pid_ccrec"
  wait_for 'grep -c "reload kept=old" "$HOTLINE_HOME/ccrec.log" | grep -qx 2'
  run ccbus ask ccrec ping
  assert_success
}
