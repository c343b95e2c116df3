# Lines: spans that come and go, channels, numbers in parts, what a call brings beside its number; ccswitchd and the
# exchange over a real PRI, the D channel judged by tshark.
load helper
load centre
load switch

setup() {
  NO_SPAN=1 NO_SIP=1 switch_setup <<TOML
[switch]
music = ""
number = "96116"

[[route]]
called = "96116"
controller = "hello"

[[route]]
called = "8"
to = "pstn"
TOML
  E2_PORT=$((E1_PORT + 2))
}

teardown() { teardown_instance; }

# span NAME PORT [SWITCH_KEYS] [EXCHANGE_KEYS]: both ends of a span, its D channel in var/NAME.pcap.
span() {
  span_ends "$1" "$2" "$(($2 + 1))" "pcap = \"var/$1.pcap\"
${3:-}" "${4:-}"
}

subscriber() { printf '[[subscriber]]\n%s\n' "$1" >>"$HOTLINE_HOME/etc/pstn.toml"; }

rings() { # OPTION…: somebody calls in
  ccpstn call --from 13800138000 --to 96116 "$@" >"$HOTLINE_HOME/call.out" 2>&1 </dev/null 3>&- &
  CALLER=$!
  DAEMONS+=("$CALLER")
}

judge() { tshark -r "$HOTLINE_HOME/var/$1.pcap" -o "q932.facility_encoding:Dissect facility as ETSI" -Y "${@:2}" 2>/dev/null; }

well_formed() { # SPAN: nothing on its D channel is malformed
  run -0 judge "$1" '_ws.malformed || _ws.expert.severity==error'
  assert_output ""
}

@test "thirty calls on one span: a second one is added, the thirty-first call lands there, none of the thirty drops" {
  # They call the moment the span is up, and need every channel.
  span e1 "$E1_PORT" "restart = false" "restart = false"
  lines_up e1
  hellos hello
  for n in $(seq 10 39); do echo "--from 138001380$n --to 96116 --for 60s"; done >"$HOTLINE_HOME/batch"
  ccpstn call --batch "$HOTLINE_HOME/batch" >/dev/null 2>&1 3>&- &
  DAEMONS+=("$!")
  wait_for '[ "$(calls_up)" = 30 ]' 20
  for leg in $(ask calls | jq -r '.calls[].legs[0].leg'); do ask answer "{\"leg\":\"$leg\"}" >/dev/null; done
  wait_for '[ "$(ask calls | jq "[.calls[].legs[] | select(.state == \"up\")] | length")" = 30 ]' 20
  run -69 ccpstn call --to 96116
  assert_output --partial "no channel of span is free"
  span e2 "$E2_PORT"
  kill -HUP "$pid_ccswitchd" "$pid_ccpstn"
  span_is e2 up
  rings --for 60s
  wait_for '[ "$(calls_up)" = 31 ]' 15
  assert_regex "$(journal call.offered .line | tail -n 1)" '^span:e2/'
  assert_equal "$(journal span.added .span)" e2
  assert_equal "$(event_count call.ended)" 0
  assert_equal "$(ccswitch channels e1 --json | jq -s '[.[] | select(.state == "busy" and .call != null)] | length')" 30
  assert_equal "$(ask calls | jq '[.calls[].legs[] | select(.state == "up")] | length')" 30
}

@test "a span that is taken out keeps its call to the end and takes no other, an idle one goes at once" {
  span e1 "$E1_PORT"
  span e2 "$E2_PORT"
  lines_up e1 e2
  hellos hello
  rings --span e1 --for 60s
  wait_for '[ "$(calls_up)" = 1 ]'
  sed -i '/^name = "e1"/,$d' "$HOTLINE_HOME/etc/hotline.toml"
  sed -i '$d' "$HOTLINE_HOME/etc/hotline.toml" # its [[span]]
  run -0 ask reload
  assert_output --partial "span 'e1' goes, when its 1 calls have ended"
  assert_output --partial "span 'e2' goes"
  assert_equal "$(ccswitch spans --json | jq -r '[.span, .state] | @tsv')" "e1	leaving"
  run -1 ccpstn call --span e1 --to 96116
  assert_output --partial "cause 34"
  assert_equal "$(event_count call.offered)" 1
  kill -TERM "$CALLER"
  wait_for '[ "$(journal span.removed .span | wc -l)" = 2 ]' 15
  assert_equal "$(journal span.removed '[.span, .reason] | @tsv' | sort)" "e1	removed
e2	removed"
  run -1 ccswitch spans
}

@test "a span that is another line now is opened anew when its call has ended, and one whose rules changed is not" {
  span e1 "$E1_PORT"
  lines_up e1
  hellos hello
  rings --for 60s
  wait_for '[ "$(calls_up)" = 1 ]'
  sed -i '/^name = "e1"/a t301 = "60s"' "$HOTLINE_HOME/etc/hotline.toml"
  run -0 ask reload
  refute_output --partial "span"
  sed -i 's/^jitter = "40ms"/jitter = "50ms"/' "$HOTLINE_HOME/etc/hotline.toml"
  run -0 ask reload
  assert_output --partial "span 'e1' is opened anew, when its 1 calls have ended"
  kill -TERM "$CALLER"
  wait_for '[ "$(journal span.added .span)" = e1 ]' 15
  assert_equal "$(journal span.removed .reason)" changed
  span_is e1 up
  rings --for 60s
  wait_for '[ "$(calls_up)" = 1 ]'
}

@test "channels are listed, and one is restarted: its call ends at both ends, once, and the channel serves again" {
  span e1 "$E1_PORT"
  lines_up e1
  hellos hello
  rings --for 60s
  wait_for '[ "$(calls_up)" = 1 ]'
  run -0 ccswitch channels e1 --json
  channel=$(jq -r 'select(.state == "busy") | .channel' <<<"$output")
  assert_equal "$(jq -rs 'length' <<<"$output")" 30
  assert_equal "$(jq -r 'select(.state == "busy") | .call' <<<"$output")" "$(ask calls | jq -r '.calls[0].call')"
  assert_equal "$(jq -r "select(.channel == $channel) | .endpoint" <<<"$output")" "span:e1/$channel"
  ccswitch restart-channel e1 "$channel"
  wait_for '[ "$(event_count call.ended)" -ge 1 ]'
  wait "$CALLER" || :
  assert_file_contains "$HOTLINE_HOME/call.out" "cause 41 temporary failure"
  assert_equal "$(journal call.ended .cause)" 41
  wait_for '[ -n "$(journal channel.restarted .channel)" ]'
  assert_equal "$(journal channel.restarted '[.span, .channel, .acknowledged, .reason] | @tsv')" "e1	$channel	true	command"
  rings --for 60s
  wait_for '[ "$(calls_up)" = 1 ]'
  run -1 ccswitch channels e9
  assert_output --partial "no span 'e9'"
  run -1 ccswitch restart-channel e1 16
  assert_output --partial "span 'e1' has no channel 16"
  run -64 ccswitch restart-channel e1 first
  run -64 ccswitch restart-channel e1
}

@test "a number that comes digit by digit: dial tone, no call before it is whole; tshark agrees" {
  span e1 "$E1_PORT" 'overlap = true
number_length = 5
t302 = "2s"'
  lines_up e1
  hellos hello
  rings --overlap 600ms --early --hear "$HOTLINE_HOME/tone.wav" --for 6s
  wait_for 'grep -q "something to hear" "$HOTLINE_HOME/call.out"'
  assert_equal "$(calls_up)" 0
  wait_for '[ "$(calls_up)" = 1 ]' 15
  assert_equal "$(journal call.offered '[.called, .caller] | @tsv')" "96116	13800138000"
  wait "$CALLER" || :
  # 450 Hz until the first digit
  [ "$(sox "$HOTLINE_HOME/tone.wav" -n trim 0.2 0.3 sinc -n 1023 390-510 stats 2>&1 | awk '/^RMS lev dB/ {print int($4)}')" -gt -30 ]
  # Without more digits what there is counts; without any it is nothing.
  ccpstn call --to 96116 --overlap 5s --first 3 --for 4s >/dev/null 2>&1 3>&- &
  DAEMONS+=("$!")
  wait_for '[ "$(journal call.unrouted .called)" = 961 ]' 15
  run -1 ccpstn call --to 96116 --overlap 30s --for 20s
  assert_output --partial "cause 28 invalid number format"
  [ "$(judge e1 'q931.message_type==0x0d' | wc -l)" = 3 ]
  [ "$(judge e1 'q931.message_type==0x7b' | wc -l)" -ge 5 ]
  well_formed e1
}

@test "our number goes digit by digit when the network asks for it" {
  span e1 "$E1_PORT" 'setup_digits = 3' 'overlap = true
number_length = 11'
  subscriber 'number = "13900139000"
after = "0ms"'
  lines_up e1
  hellos hello
  ccswitch dial pstn:13900139000 >/dev/null
  wait_for '[ "$(event_count leg.answered)" = 1 ]' 15
  assert_equal "$(judge e1 'q931.message_type==0x05' -T fields -e q931.called_party_number.digits)" 139
  [ "$(judge e1 'q931.message_type==0x7b' | wc -l)" = 8 ]
  well_formed e1
}

@test "a caller's name and who passed the call on are in the journal, and on the line as they should be" {
  span e1 "$E1_PORT" 'national_prefix = "0"' 'calling_type = "national"'
  lines_up e1
  hellos hello
  rings --name "王伟" --redirecting 96110:busy --for 20s
  wait_for '[ "$(calls_up)" = 1 ]'
  assert_equal "$(journal call.offered '[.caller, .caller_name, .redirecting.number, .redirecting.reason] | @tsv')" \
    "013800138000	王伟	96110	busy"
  assert_equal "$(ask calls | jq -r '.calls[0].caller_name')" "王伟"
  assert_equal "$(judge e1 'q931.message_type==0x05' -T fields -e q931.calling_party_number.digits)" 13800138000
  run -0 judge e1 'q931.message_type==0x05' -V
  assert_output --partial "Display information"
  assert_output --partial "divertingLegInformation2"
  assert_output --partial "National number"
  well_formed e1
}

@test "who answered and what it cost are in the journal" {
  span e1 "$E1_PORT"
  subscriber 'number = "139"
after = "0ms"
connected = "13900139001"
charge = "0.35CNY"
for = "1s"'
  subscriber 'number = "138"
after = "0ms"
charge = "3"
for = "1s"'
  lines_up e1
  hellos hello
  ccswitch dial pstn:13900139000 >/dev/null
  wait_for '[ "$(event_count call.ended)" = 1 ]' 15
  assert_equal "$(journal leg.answered .connected)" 13900139001
  assert_equal "$(journal leg.charged '[.final, .amount, .currency] | @tsv')" "false	0.35	CNY
true	0.35	CNY"
  ccswitch dial pstn:13800138000 >/dev/null
  wait_for '[ "$(event_count call.ended)" = 2 ]' 15
  assert_equal "$(journal leg.charged '[.final, .units] | @tsv' | tail -n 2)" "false	3
true	3"
  assert_equal "$(journal leg.charged .leg | sort -u | wc -l)" 2
  well_formed e1
}

@test "nobody answers: T301 gives up with cause 19, and the subscriber's phone stops" {
  span e1 "$E1_PORT" 't301 = "2s"'
  subscriber 'number = "139"
does = "ring"'
  lines_up e1
  hellos hello
  ccswitch dial --timeout 60 pstn:13900139000 >/dev/null
  wait_for '[ "$(event_count call.ended)" = 1 ]' 15
  assert_equal "$(journal leg.released '[.cause, .by] | @tsv')" "19	switch"
  wait_for 'ccpstn spans --json | jq -e ".busy == 0"'
}

@test "a line that is lost is an alarm, and no more when it is back" {
  span e1 "$E1_PORT"
  lines_up e1
  hellos hello
  stop_daemon ccpstn
  wait_for 'journal span.alarm "[.alarm, .on] | @tsv" | grep -q "loss	true"' 20
  assert_equal "$(ask spans | jq -r '.spans[0].alarms[0]')" loss
  start_daemon ccpstn
  wait_for 'journal span.alarm "[.alarm, .on] | @tsv" | grep -q "loss	false"' 30
  wait_for '[ "$(ask spans | jq -c ".spans[0].alarms")" = "[]" ]' 20
}

@test "the link is away while calls clear: afterwards no channel is busy and every call has ended once" {
  span e1 "$E1_PORT"
  lines_up e1
  hellos hello
  for n in $(seq 10 19); do echo "--from 138001380$n --to 96116 --for 60s"; done >"$HOTLINE_HOME/batch"
  ccpstn call --batch "$HOTLINE_HOME/batch" >/dev/null 2>&1 3>&- &
  DAEMONS+=("$!")
  wait_for '[ "$(calls_up)" = 10 ]' 15
  kill -STOP "$pid_ccpstn"
  for call in $(ask calls | jq -r '.calls[].call'); do ccswitch hangup "$call"; done
  read -r -t 2 <> <(:) || : # the exchange hears nothing meanwhile
  kill -CONT "$pid_ccpstn"
  wait_for '[ "$(event_count call.ended)" = 10 ]' 30
  wait_for 'ccswitch channels e1 --json | jq -se "[.[] | select(.state != \"idle\")] | length == 0"' 20
  wait_for 'ccpstn spans --json | jq -e ".busy == 0"' 20
  assert_equal "$(journal call.ended .call | sort | uniq -d | wc -l)" 0
  assert_equal "$(event_count channel.stuck)" 0
}

@test "what is wrong with a span's keys is said with its place" {
  span e1 "$E1_PORT" 'select = "first"
number_patterns = ["12y"]
t301 = "0s"'
  run -78 ccswitchd -t
  assert_output --partial "select"
  assert_output --partial "'12y' is no pattern"
  assert_output --partial "t301"
}

@test "what the network says before the answer, or instead of it, is heard by the caller whom the switch connects" {
  sox -n -r 8000 -c 1 -e a-law "$HOTLINE_HOME/announcement.wav" synth 20 sine 700 gain -10
  span e1 "$E1_PORT" 'tone_time = "2s"'
  subscriber "number = \"801\"
does = \"ring\"
early = true
say = \"$HOTLINE_HOME/announcement.wav\""
  subscriber 'number = "802"
does = "refuse"
cause = 17
tones = true'
  lines_up e1
  hellos hello
  run -1 ccpstn call --to 801 --early --hear "$HOTLINE_HOME/early.wav" --for 5s
  [ "$(sox "$HOTLINE_HOME/early.wav" -n sinc -n 1023 640-760 stats 2>&1 | awk '/^RMS lev dB/ {print int($4)}')" -gt -30 ]
  assert_equal "$(event_count leg.early)" 1
  run -1 ccpstn call --to 802 --early --hear "$HOTLINE_HOME/busy.wav" --for 20s
  assert_output --partial "cause 17 user busy"
  [ "$(sox "$HOTLINE_HOME/busy.wav" -n sinc -n 1023 390-510 stats 2>&1 | awk '/^RMS lev dB/ {print int($4)}')" -gt -35 ]
  run -0 judge e1 'q931.message_type==0x45 && q931.progress_indicator.description==8'
  assert_output
  well_formed e1
}
