# Text to speech from a shell, by real engines and by bad ones (tests/tts), and speech in the ears of real calls.
load helper
load centre
load switch

setup() {
  setup_instance
  ENGINE=$ROOT/tests/tts/engine
  # A busy machine is no reason to fail.
  printf '[tts]\ntimeout = "30s"\n' >"$HOTLINE_HOME/etc/hotline.toml"
}
teardown() { teardown_instance; }

# engine WHAT [KEYS]: the configuration names a test engine; each of its runs is a line of $HOTLINE_HOME/runs.
engine() {
  printf '[tts]\ncommand = ["%s", "%s", "%s"]\n%s\n' "$ENGINE" "$1" "$HOTLINE_HOME" "${2:-timeout = \"30s\"}" >"$HOTLINE_HOME/etc/hotline.toml"
}
runs() { if [ -f "$HOTLINE_HOME/runs" ]; then wc -l <"$HOTLINE_HOME/runs"; else echo 0; fi; }
say() { printf '%s\n' "$1" | cctts "${@:2}"; }
is_speech() {
  [ "$(soxi -e "$1") $(soxi -r "$1") $(soxi -c "$1")" = "A-law 8000 1" ] && [ "$(soxi -s "$1")" -gt 3000 ]
}

@test "a text on standard input is A-law on standard output" {
  say 您好,您的余额是一百零五元。 -l zh-CN >"$HOTLINE_HOME/x.wav"
  is_speech "$HOTLINE_HOME/x.wav"
  say hello -l en >"$HOTLINE_HOME/y.wav"
  is_speech "$HOTLINE_HOME/y.wav"
}

@test "what was said is kept, and the engine is not run again" {
  engine good
  run --separate-stderr say "one two" -l en --file
  assert_success
  local path=$output
  assert_equal "${path%/*}" "$HOTLINE_HOME/var/tts/en"
  is_speech "$path"
  say "  one   two" -l en >"$HOTLINE_HOME/x.wav"
  cmp "$path" "$HOTLINE_HOME/x.wav"
  assert_equal "$(runs)" 1
  say "one two" -l en --no-cache >"$HOTLINE_HOME/x.wav"
  assert_equal "$(runs)" 2
  assert_equal "$(find "$HOTLINE_HOME/var/tts" -type f | wc -l)" 1
  truncate -s 1000 "$path"
  say "one two" -l en >"$HOTLINE_HOME/x.wav"
  is_speech "$HOTLINE_HOME/x.wav"
  assert_equal "$(runs)" 3
}

@test "an engine that hangs is ended after its time, with its children" {
  engine hang 'timeout = "300ms"'
  run say hello -l en --file
  assert_failure 75
  assert_output "cctts: there was no speech within 300ms"
  local pid
  for pid in $(cat "$HOTLINE_HOME/pids"); do wait_for "! kill -0 $pid"; done
}

@test "an engine that fails says why, and cctts that it did" {
  engine status
  run say hello -l en --file
  assert_failure 69
  assert_line "no such voice"
  assert_line "cctts: the engine ended with status 65"
  engine crash
  run say hello -l en --file
  assert_failure 69
  assert_output "cctts: the engine was killed by signal 11"
  engine junk
  run say hello -l en --file
  assert_failure 69
  assert_output "cctts: what the engine wrote is of no use: it is no WAV: WAVE: RIFF header not found"
}

@test "check says whether the engine works" {
  run cctts check
  assert_success
  assert_line --regexp '^zh-CN: [0-9]+ ms of speech in [0-9]+ ms, of 30s that it may take$'
  assert_line --regexp '^en: [0-9]+ ms of speech in [0-9]+ ms, of 30s that it may take$'
  [ ! -e "$HOTLINE_HOME/var/tts" ]
  engine silent
  run cctts check en
  assert_failure 69
  assert_output "cctts: en: what the engine wrote is of no use: it is silent"
}

@test "what is no text, no language or no option is refused" {
  run say "" -l en --file
  assert_failure 65
  assert_output "cctts: there is no text"
  run say hello -l ../../etc --file
  assert_failure 65
  run say "$(head -c 1001 /dev/zero | tr '\0' a)" -l en --file
  assert_failure 65
  assert_output "cctts: the text has 1001 characters; at most 1000 are said in one piece"
  run say $'\xff' -l en --file
  assert_failure 65
  run say hello --file --no-cache
  assert_failure 64
  printf '[tts]\ncomand = ["x"]\n' >"$HOTLINE_HOME/etc/hotline.toml"
  run say hello --file
  assert_failure 78
  assert_output --partial "did you mean 'command'?"
  [ ! -e "$HOTLINE_HOME/var/tts" ]
}

@test "an engine in shell, as the manual has it, and the shipped one's voices" {
  printf '#!/bin/sh\nexec espeak-ng -v "$1" --stdin --stdout\n' >"$HOTLINE_HOME/mine"
  chmod +x "$HOTLINE_HOME/mine"
  printf '[tts]\ntimeout = "30s"\ncommand = ["%s"]\n' "$HOTLINE_HOME/mine" >"$HOTLINE_HOME/etc/hotline.toml"
  say hello -l en >"$HOTLINE_HOME/x.wav"
  is_speech "$HOTLINE_HOME/x.wav"
  printf '[tts]\ntimeout = "30s"\ncommand = ["espeak-ng", "--speed=120", "--variant=f3"]\n' >"$HOTLINE_HOME/etc/hotline.toml"
  say hello -l en >"$HOTLINE_HOME/y.wav"
  is_speech "$HOTLINE_HOME/y.wav"
  ! cmp -s "$HOTLINE_HOME/x.wav" "$HOTLINE_HOME/y.wav"
}

@test "the adapter for HTTP asks a server, and fails when the server does" {
  local port adapter=$ROOT/contrib/tts-http
  port=$(free_port)
  echo "a secret key" >"$HOTLINE_HOME/key"
  socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" "EXEC:$ROOT/tests/tts/http-server $HOTLINE_HOME" 3>&- &
  DAEMONS+=($!)
  wait_for "ss -lntH 'sport = :$port' | grep -q ."
  http() {
    printf '[tts]\ntimeout = "60s"\ncommand = ["%s", "--key-file=%s", "--seconds=%s", "http://127.0.0.1:%s/%s"]\n' "$adapter" \
      "$HOTLINE_HOME/${2:-key}" "${3:-30}" "$port" "$1" \
      >"$HOTLINE_HOME/etc/hotline.toml"
  }
  http 'speak?lang={language}'
  say '您好 "世界"' -l zh-CN >"$HOTLINE_HOME/x.wav"
  is_speech "$HOTLINE_HOME/x.wav"
  assert_equal "$(cat "$HOTLINE_HOME/requests")" 'POST /speak?lang=zh-CN 您好 "世界"'
  grep -qi '^content-type: text/plain; charset=utf-8' "$HOTLINE_HOME/headers"
  echo "a wrong key" >"$HOTLINE_HOME/wrong"
  http 'speak?lang={language}' wrong
  run say hello -l en --file
  assert_failure 69
  assert_line "cctts: the engine ended with status 69"
  for path in half broken; do
    http "$path?lang={language}"
    run say hello -l en --file
    assert_failure 69
  done
  http 'slow' key 0.5
  run say hello -l en --file
  assert_failure 69
  assert_line "cctts: the engine ended with status 75"
  http 'speak?lang={language}' missing
  run say hello -l en --file
  assert_failure 69
  assert_line "cctts: the engine ended with status 78"
}

# A switch with one span, whose calls are the controller desk's.
voice_switch() {
  rm -rf "$HOTLINE_HOME"
  switch_setup <<TOML
[switch]
prompts = ["prompts"]

[tts]
timeout = "30s"

[[route]]
called = "96116"
controller = "desk"
TOML
  mkdir -p "$HOTLINE_HOME"/var/{tts/en,spool,messages,recordings/2026-11-26} "$HOTLINE_HOME/etc/prompts/zh-CN"
  tone etc/prompts/zh-CN/welcome.wav 2100 1
  tone var/tts/en/tone.wav 700 2
  sox -n -r 8000 -c 2 -e a-law "$HOTLINE_HOME/var/recordings/2026-11-26/two.wav" synth 2 sine 1100 sine 1700 gain -10
  lines_up
  hellos desk
}

# caller_up NAME TIME [OPTION…]: somebody rings in and is answered: $CALL, $LEG.
caller_up() {
  ring_in "$1" --from 13800138000 --for "$2" "${@:3}"
  wait_for '[ "$(calls_up)" = 1 ]' 20
  CALL=$(ask calls | jq -r '.calls[0].call') LEG=$CALL-1
  ask answer "{\"leg\":\"$LEG\"}" >/dev/null
  wait_for '[ "$(leg_is state)" = up ]'
}
play() { ask play "{\"leg\":\"$LEG\",\"items\":[$1]}"; }

# held FILE: nobody can open it until release; wanted: somebody tries to.
held() {
  "$BUILD/test/hold_file" "$HOTLINE_HOME/var/$1" >"$HOTLINE_HOME/hold" 2>&1 3>&- &
  HOLD=$!
  DAEMONS+=("$HOLD")
  wait_for 'grep -q held "$HOTLINE_HOME/hold"'
}
wanted() { wait_for 'grep -q wanted "$HOTLINE_HOME/hold"'; }
# ended PID STATUS: it ends, with that status.
ended() {
  local status=0
  wait "$1" || status=$?
  assert_equal "$status" "$2"
}
release() { kill "$HOLD" && wait "$HOLD" || :; }

@test "speech and recordings are heard by a caller on a PRI" {
  voice_switch
  local speech
  speech=$(say "the water is back at two" -l en --file)
  caller_up one 60s --hear "$HOTLINE_HOME/heard.wav"
  run play "{\"file\":\"tts/en/tone.wav\"},{\"file\":\"recordings/2026-11-26/two.wav\"},{\"prompt\":\"welcome\"},{\"file\":\"${speech#"$HOTLINE_HOME/var/"}\"}"
  assert_success
  local play=$(jq .play <<<"$output") ms
  assert_equal "$(leg_is hears)" play
  wait_for '[ "$(event_count play.done)" = 1 ]' 30
  ms=$(soxi -s "$speech")
  assert_equal "$(journal play.done '[.play, .reason, .ms] | @tsv')" "$play	end	$((5000 + ms / 8))"
  ask hangup "{\"leg\":\"$LEG\"}" >/dev/null
  wait_for '[ -s "$HOTLINE_HOME/heard.wav" ]'
  local heard=$HOTLINE_HOME/heard.wav first
  for first in 700 1100 2100; do assert [ "$(tone_db "$heard" 1 $first)" -gt -30 ]; done
  # The right channel of two is another's.
  assert [ "$(tone_db "$heard" 1 1700)" -lt -45 ]
  # What follows the prompt is the speech: as loud as it is in its file.
  sox "$heard" "$HOTLINE_HOME/end.wav" silence 1 0.01 1% reverse silence 1 0.01 1% reverse trim 5
  loud() { sox "$1" -n stats 2>&1 | awk '/^RMS lev dB/ {print int($4)}'; }
  local difference=$(($(loud "$HOTLINE_HOME/end.wav") - $(loud "$speech")))
  assert [ "${difference#-}" -le 2 ]
}

@test "files that are none are refused, with the reason, and nothing is played" {
  voice_switch
  caller_up one 60s
  ln -s ../journal "$HOTLINE_HOME/var/tts/link"
  ln -s /etc/passwd "$HOTLINE_HOME/var/tts/passwd.wav"
  mkfifo "$HOTLINE_HOME/var/tts/fifo.wav"
  sox -n -r 16000 -c 1 -b 16 "$HOTLINE_HOME/var/tts/wide.wav" synth 1 sine 700
  local name code
  while read -r name code; do
    run play "{\"tone\":\"beep\",\"ms\":100},{\"file\":\"$name\"}"
    assert_failure
    assert_output --partial "items[1]"
    echo "$name: $output"
    ask play "{\"leg\":\"$LEG\",\"items\":[{\"file\":\"$name\"}]}" 2>&1 | grep -q . || fail "no reason for $name"
  done <<'LIST'
/etc/passwd
tts/../hotline.db
../etc/hotline.toml
journal/x.wav
tts/none.wav
tts/passwd.wav
tts/link/x.wav
tts/fifo.wav
tts/wide.wav
LIST
  # An announcement is of prompts and tones.
  run ask bridge "{\"legs\":[\"$LEG\",\"$LEG\"],\"announce\":[{\"file\":\"tts/en/tone.wav\"}]}"
  assert_failure
  assert_equal "$(event_count play.done)" 0
  assert_equal "$(leg_is hears)" silence
}

@test "while a file is awaited the later command wins, and the earlier one is told so" {
  voice_switch
  caller_up one 120s
  held tts/en/tone.wav
  play '{"file":"tts/en/tone.wav"}' >"$HOTLINE_HOME/first" 2>&1 3>&- &
  local first=$!
  DAEMONS+=("$first")
  wanted
  run play '{"prompt":"welcome"}'
  assert_success
  ended "$first" 1
  grep -q "nothing was played to leg '$LEG': another play came" "$HOTLINE_HOME/first"
  release
  wait_for '[ "$(event_count play.done)" = 1 ]'
  assert_equal "$(journal play.done '[.reason, .ms] | @tsv')" "end	1000"
}

@test "a stop and a hang-up end what is awaited" {
  voice_switch
  caller_up one 120s
  local order
  for order in stop hangup; do
    touch "$HOTLINE_HOME/var/tts/en/tone.wav"  # else it is remembered
    held tts/en/tone.wav
    play '{"file":"tts/en/tone.wav"}' >"$HOTLINE_HOME/first" 2>&1 3>&- &
    local first=$!
    DAEMONS+=("$first")
    wanted
    ask "$order" "{\"leg\":\"$LEG\"}" >/dev/null
    ended "$first" 1
    grep -q "nothing was played to leg '$LEG'" "$HOTLINE_HOME/first"
    release
  done
  wait_for '[ "$(calls_up)" = 0 ]'
  assert_equal "$(event_count play.done)" 0
}

@test "a disk that does not answer costs a second, and calls go on" {
  voice_switch
  caller_up one 120s
  held tts/en/tone.wav
  local began=${EPOCHREALTIME/./} took
  play '{"file":"tts/en/tone.wav"}' >"$HOTLINE_HOME/first" 2>&1 3>&- &
  local first=$!
  DAEMONS+=("$first")
  wanted
  # The signalling thread waits for nothing.
  run play '{"silence_ms":1}'
  assert_success
  ended "$first" 1
  run play '{"file":"tts/en/tone.wav"}'
  assert_failure 75
  assert_output --partial "the disk did not give the files within 1 s"
  took=$((${EPOCHREALTIME/./} - began))
  assert [ "$took" -gt 1000000 ]
  release
  wait_for 'play "{\"file\":\"tts/en/tone.wav\"}"' 20
}
