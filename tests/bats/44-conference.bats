# Conferences, listening in, whispering and barging, over a real PRI and with real telephones. Who hears whom is told by tones.
load helper
load centre
load switch

setup() {
  switch_setup <<TOML
[switch]
prompts = ["prompts"]
number = "96116"

[[route]]
called = "96116"
controller = "desk"
TOML
  phone_table 1001 one
  phone_table 1009 nine
  local name hertz
  while read -r name hertz; do tone "$name.wav" "$hertz" 90 -16; done <<LIST
caller 440
leader 1700
boss 2500
LIST
  voice agent.wav 1000 90 -16
  tone etc/prompts/common/music.wav 600 10 -16
  tone etc/prompts/common/folk.wav 700 10 -16
  tone etc/prompts/zh-CN/folk.wav 800 10 -16
  tone etc/prompts/zh-CN/welcome.wav 2100 1 -16
  cat >>"$HOTLINE_HOME/etc/pstn.toml" <<TOML

[[subscriber]]
number = "13900139001"
after = "100ms"
say = "$HOTLINE_HOME/leader.wav"
hear = "$HOTLINE_HOME/leader.heard.wav"
for = "80s"

[[subscriber]]
number = "13900139009"
after = "100ms"
say = "$HOTLINE_HOME/boss.wav"
hear = "$HOTLINE_HOME/boss.heard.wav"
for = "80s"
TOML
}

teardown() { teardown_instance; }

caller_up() { # the caller rings in and is answered: $CALL, $CALLER
  ring_in one --from 13800138000 --say "$HOTLINE_HOME/caller.wav" --hear "$HOTLINE_HOME/caller.heard.wav" --for 80s
  wait_for '[ "$(ask calls | jq ".calls | length")" = 1 ]' 15
  CALL=$(ask calls | jq -r '.calls[0].call') CALLER=$CALL-1
  ask answer "{\"leg\":\"$CALLER\"}" >/dev/null
  wait_for '[ "$(leg_is state "$CALLER")" = up ]'
}

subscriber() { # NAME NUMBER [CALL]: somebody outside is called (in CALL, else in a call of his own) and answers
  local in='"controller":"desk"'
  [ -z "${3:-}" ] || in="\"call\":\"$3\""
  ask dial "{\"to\":\"pstn:$2\",$in}" | jq -er .leg >"$HOTLINE_HOME/$1.leg"
  wait_for "[ \"\$(leg_is state \"\$(cat $HOTLINE_HOME/$1.leg)\")\" = up ]" 15
}
leg_of() { cat "$HOTLINE_HOME/$1.leg"; }

agent_up() { # telephone 1001 in $CALL: $AGENT
  AGENT=$(ask dial "{\"to\":\"phone:1001\",\"call\":\"$CALL\",\"role\":\"agent\",\"tags\":{\"agent\":\"1001\"}}" | jq -r .leg)
  wait_for "[ \"\$(leg_is state $AGENT)\" = up ]" 15
}

# grows FILE OCTETS: waits until it is longer, as a recording is the clock of a talk.
grows() { wait_for "[ \"\$(stat -c %s '$1')\" -gt $2 ]" 30; }

# tones FILE CHANNEL: the tones in it, a line for each half second.
tones() { "$BUILD/test/hear_tones" "$1" "$2" 500 440 1000 1700 2500; }

# hears FILE CHANNEL FROM: the tones in the second that begins at FROM.
hears() { tones "$1" "$2" | awk -v from="$3" 'NR == int(from * 2) + 2'; }

# steadily FILE: what is heard in it for a second and longer, in order.
steadily() { tones "$1" 1 | uniq -c | awk '$1 > 1 {$1 = ""; print substr($0, 2)}' | uniq; }

# listen_for NAME SECONDS: a piece of the talk of $CALL as ccrec listen streams it, in NAME.wav, as it is now.
listen_for() {
  timeout -s TERM 30 ccrec listen "$CALL" --by tester 2>"$HOTLINE_HOME/$1.err" | head -c $((58 + 16000 * $2)) >"$HOTLINE_HOME/$1.wav"
}

@test "three in a bridge hear each other; who leaves leaves two; the recording goes on in one segment; the journal says who talked how long" {
  lines_up
  hellos desk
  start_daemon ccjournal
  phone 1001 one auto
  caller_up
  agent_up
  subscriber leader 13900139001 "$CALL"
  leader=$(leg_of leader)
  bridge=$(ask bridge "{\"legs\":[\"$CALLER\",\"$AGENT\"],\"record\":true}" | jq -r .bridge)
  spool=$HOTLINE_HOME/var/spool/$CALL-r1.wav
  grows "$spool" $((4096 + 32000))
  run ccswitch join "$bridge" "$leader"
  assert_success
  run ccswitch join "$bridge" "$leader"
  assert_success  # again is no error
  assert_equal "$(event_count bridge.joined)" 1
  assert_equal "$(ask calls | jq -c '.calls[0].bridges[0].legs')" "[\"$CALLER\",\"$AGENT\",\"$leader\"]"
  joined=$(stat -c %s "$spool")
  grows "$spool" $((joined + 40000))
  listen_for all 2
  left=$(stat -c %s "$spool")
  run ccswitch leave "$AGENT"
  assert_success
  assert_equal "$(journal bridge.left '[.leg, .reason] | @tsv')" "$AGENT	leave"
  assert_equal "$(leg_is hears "$AGENT")" silence
  gone=$(stat -c %s "$spool")
  grows "$spool" $((gone + 40000))
  run ccswitch leave "$CALLER"
  assert_success
  assert_equal "$(journal bridge.down '[.reason, (.legs | length)] | @tsv')" "leave	2"
  wait_for '[ "$(event_count record.stopped)" = 1 ]'
  ask hangup "{\"call\":\"$CALL\"}"
  wait_for '[ "$(event_count call.ended)" = 1 ]'
  wait_for '[ -s "$HOTLINE_HOME/leader.heard.wav" ] && [ -s "$HOTLINE_HOME/caller.heard.wav" ]'
  tones "$spool" 2
  assert_equal "$(steadily "$spool")" 440
  assert_equal "$(tones "$spool" 2 | uniq -c | awk '$1 > 1 {$1 = ""; print substr($0, 2)}' | uniq)" "1000
1000 1700
1700"
  # What the stream had while there were three.
  assert_equal "$(hears "$HOTLINE_HOME/all.wav" 1 0.5)/$(hears "$HOTLINE_HOME/all.wav" 2 0.5)" "440/1000 1700"
  # And what two of them heard, somewhere in the middle: the sum of the others, never themselves.
  assert_equal "$(steadily "$HOTLINE_HOME/leader.heard.wav" | grep .)" "440 1000
440"
  assert_equal "$(steadily "$HOTLINE_HOME/caller.heard.wav" | grep .)" "1000
1000 1700
1700"
  # The store: each leg's time is its own.
  wait_for 'ccjournal status' 20
  sqlite3 "$HOTLINE_HOME/var/hotline.db" "SELECT leg, ms FROM bridge_legs ORDER BY leg" >"$HOTLINE_HOME/members"
  cat "$HOTLINE_HOME/members"
  agent_ms=$(sed -n "s/^$AGENT|//p" "$HOTLINE_HOME/members") caller_ms=$(sed -n "s/^$CALLER|//p" "$HOTLINE_HOME/members")
  leader_ms=$(sed -n "s/^$leader|//p" "$HOTLINE_HOME/members")
  assert_equal "$agent_ms" "$(journal bridge.left .ms)"
  assert_equal "$caller_ms" "$(journal bridge.down .ms)"
  assert [ "$leader_ms" -lt "$caller_ms" ]
  assert [ "$leader_ms" -gt 3000 ]
}

@test "who listens is heard by nobody, who whispers by the agent alone, who barges by all; each is an event with who" {
  lines_up
  hellos desk
  caller_up
  subscriber leader 13900139001 "$CALL"   # stands for the agent, so that what he hears is kept
  subscriber boss 13900139009
  agent=$(leg_of leader) boss=$(leg_of boss)
  ask bridge "{\"legs\":[\"$CALLER\",\"$agent\"],\"record\":true}" >/dev/null
  spool=$HOTLINE_HOME/var/spool/$CALL-r1.wav
  mark() { # NAME: a second and a half from here on, by the recording's clock
    local size
    size=$(stat -c %s "$spool")
    eval "$1=$(((size - 4096) / 16000 + 1))"
    grows "$spool" $((size + 48000))
  }
  run ccswitch spy "$boss" "$agent"
  assert_success
  mark listened
  run ccswitch spy "$boss" "$agent" --mode whisper
  assert_success
  mark whispered
  run ccswitch spy "$boss" "$agent" --mode barge
  assert_success
  mark barged
  assert_equal "$(ask calls | jq -c '[.calls[].bridges[].spies[]]')" "[{\"by\":\"$(id -un)\",\"leg\":\"$boss\",\"mode\":\"barge\",\"target\":\"$agent\"}]"
  assert_equal "$(leg_is hears "$boss")" spy
  run ccswitch unspy "$boss"
  assert_success
  assert_equal "$(leg_is hears "$boss")" silence
  assert_equal "$(journal spy.started '[.call, .leg, .target, .mode, .by] | @tsv')" "$CALL	$boss	$agent	listen	$(id -un)"
  assert_equal "$(journal spy.changed .mode)" "whisper
barge"
  assert_equal "$(journal spy.stopped '[.mode, .reason, .by] | @tsv')" "barge	unspy	$(id -un)"
  for call in $(ccswitch calls --json | jq -r .call); do ccswitch hangup "$call"; done
  wait_for '[ "$(event_count call.ended)" = 2 ]'
  wait_for '[ -s "$HOTLINE_HOME/leader.heard.wav" ] && [ -s "$HOTLINE_HOME/caller.heard.wav" ] && [ -s "$HOTLINE_HOME/boss.heard.wav" ]'
  # The recording: a listener and a whisper are not in it, a barge is.
  assert_equal "$(hears "$spool" 2 "$listened")" "1700"
  assert_equal "$(hears "$spool" 2 "$whispered")" "1700"
  assert_equal "$(hears "$spool" 2 "$barged")" "1700 2500"
  # The caller heard the agent; the supervisor only at the end, when he barged.
  assert_equal "$(steadily "$HOTLINE_HOME/caller.heard.wav" | grep . | head -n 2)" "1700
1700 2500"
  assert_equal "$(steadily "$HOTLINE_HOME/leader.heard.wav" | grep . | head -n 2)" "440
440 2500"
  assert_equal "$(steadily "$HOTLINE_HOME/boss.heard.wav" | grep . | head -n 1)" "440 1700"
}

@test "a spy follows its target through a transfer, and a telephone on hold is not heard" {
  lines_up
  hellos desk
  phone 1001 one auto
  caller_up
  subscriber leader 13900139001 "$CALL"
  subscriber boss 13900139009
  ask bridge "{\"legs\":[\"$CALLER\",\"$(leg_of leader)\"]}" >/dev/null
  ask spy "{\"leg\":\"$(leg_of boss)\",\"target\":\"$CALLER\"}" >/dev/null
  listen_for before 2
  ask transfer "{\"leg\":\"$(leg_of leader)\",\"to\":\"phone:1001\"}" >/dev/null
  wait_for '[ "$(event_count bridge.up)" = 2 ]' 15
  listen_for after 2
  assert_equal "$(hears "$HOTLINE_HOME/before.wav" 2 0.5)" 1700
  assert_equal "$(hears "$HOTLINE_HOME/after.wav" 2 0.5)" 1000
  ask hold "{\"leg\":\"$CALLER\"}" >/dev/null
  listen_for held 2
  assert_equal "$(hears "$HOTLINE_HOME/held.wav" 1 0.5)/$(hears "$HOTLINE_HOME/held.wav" 2 0.5)" "/1000"
  assert_equal "$(journal spy.stopped .mode | grep -vc stream)" 0
  for call in $(ccswitch calls --json | jq -r .call); do ccswitch hangup "$call"; done
  wait_for '[ "$(event_count call.ended)" = 2 ]'
  wait_for '[ -s "$HOTLINE_HOME/boss.heard.wav" ]'
  assert_equal "$(steadily "$HOTLINE_HOME/boss.heard.wav" | grep . | head -n 1)" "440 1700"
  steadily "$HOTLINE_HOME/boss.heard.wav" | grep -qx "440 1000"
  steadily "$HOTLINE_HOME/boss.heard.wav" | grep -qx "1000"
}

@test "what may not be heard is refused, and says why" {
  lines_up
  hellos desk
  caller_up
  subscriber leader 13900139001 "$CALL"
  subscriber boss 13900139009
  leader=$(leg_of leader) boss=$(leg_of boss)
  run ccrec listen "$CALL"
  assert_failure 1
  assert_output --partial "nobody talks"
  run ccrec listen 0000000000000
  assert_failure 1
  assert_output --partial "no call"
  run ccrec listen "$CALL" --mode whisper
  assert_failure 64
  bridge=$(ask bridge "{\"legs\":[\"$CALLER\",\"$leader\"]}" | jq -r .bridge)
  while IFS='|' read -r verb body code text; do
    [ -n "$verb" ] || continue
    run ccbus ask ccswitchd "$verb" "$body"
    echo "$verb $body: $output"
    case $code in
      bad-request) assert_failure 64 ;;
      not-found | wrong-state) assert_failure 1 ;;
      unavailable) assert_failure 69 ;;
    esac
    assert_output --partial "$text"
  done <<LIST
spy|{"leg":"$boss"}|bad-request|field 'target'
spy|{"leg":"$boss","target":"$boss"}|wrong-state|itself
spy|{"leg":"$leader","target":"$CALLER"}|wrong-state|is in bridge
spy|{"leg":"$boss","target":"$CALLER","mode":"shout"}|bad-request|listen, whisper, barge
spy|{"leg":"$boss","target":"0000000000000-1"}|not-found|0000000000000-1
listen|{"leg":"$CALLER","by":"me"}|bad-request|field 'socket'
listen|{"leg":"$CALLER","by":"me","socket":"../x"}|bad-request|field 'socket'
listen|{"leg":"$CALLER","socket":"x"}|bad-request|field 'by'
listen|{"leg":"$CALLER","by":"me","socket":"nobody.sock"}|unavailable|nobody.sock
listen|{"leg":"$boss","by":"me","socket":"x"}|wrong-state|in no bridge
join|{"bridge":"$bridge","leg":"$boss"}|wrong-state|another call
join|{"bridge":"x","leg":"$boss"}|not-found|no bridge
leave|{"leg":"$boss"}|wrong-state|in no bridge
gain|{"leg":"$boss","says_db":21}|bad-request|-20 to 20
hear|{"leg":"$boss","what":"music","music":"rock"}|not-found|no music 'rock'
hear|{"leg":"$boss","what":"silence","music":"folk"}|bad-request|field 'music'
beep|{"leg":"$boss","tone":"gong"}|bad-request|beep, waiting
record|{"leg":"$boss"}|bad-request|field 'on'
record|{"leg":"$boss","on":true,"keys":"x"}|bad-request|field 'keys'
record|{"leg":"$boss","on":true,"silence_ms":1}|bad-request|field 'silence_ms'
bridge|{"legs":["$CALLER","$boss"]}|wrong-state|not two of one call
LIST
  assert_equal "$(event_count spy.started)" 0
  ask spy "{\"leg\":\"$boss\",\"target\":\"$CALLER\"}" >/dev/null
  run ask record "{\"leg\":\"$boss\",\"on\":true}"
  assert_failure 1
  assert_output --partial "spies"
  # The target goes: the spy is told, and told why.
  ask hangup "{\"leg\":\"$CALLER\"}"
  wait_for '[ "$(event_count spy.stopped)" = 1 ]'
  assert_equal "$(journal spy.stopped '[.leg, .reason] | @tsv')" "$boss	target"
  stop_daemon ccswitchd KILL
  run ccrec listen "$CALL"
  assert_failure 69
}

@test "ccrec listen is a WAV that sox reads; a pipe that closes ends it quietly, and so does the call" {
  lines_up
  hellos desk
  caller_up
  subscriber leader 13900139001 "$CALL"
  ask bridge "{\"legs\":[\"$CALLER\",\"$(leg_of leader)\"]}" >/dev/null
  listen_for piece 2
  assert_equal "$(cat "$HOTLINE_HOME/piece.err")" ""
  wait_for '[ "$(event_count spy.stopped)" = 1 ]'
  assert_equal "$(journal spy.started '[.by, .mode, .target] | @tsv')" "tester	stream	$CALLER"
  assert_equal "$(journal spy.stopped '[.by, .reason, .gap_ms] | @tsv')" "tester	closed	0"
  run sox "$HOTLINE_HOME/piece.wav" -n stat
  assert_success
  assert_equal "$(hears "$HOTLINE_HOME/piece.wav" 1 0.5)/$(hears "$HOTLINE_HOME/piece.wav" 2 0.5)" "440/1700"
  # As the manual has it: what play would do, with a file for the sound card.
  timeout 60 ccrec listen "$CALL" 2>"$HOTLINE_HOME/listen.err" 3>&- | sox -t wav - "$HOTLINE_HOME/played.wav" trim 0 1.5 2>/dev/null 3>&- &
  reader=$!
  DAEMONS+=("$reader")
  wait "$reader"
  assert_equal "$(soxi -c "$HOTLINE_HOME/played.wav")" 2
  # Nobody but the user's own: it is in run/, and gone from there.
  refute compgen -G "$HOTLINE_HOME/run/listen-*"
  timeout 60 ccrec listen "$CALL" >"$HOTLINE_HOME/rest.wav" 2>"$HOTLINE_HOME/listen.err" 3>&- &
  reader=$!
  DAEMONS+=("$reader")
  grows "$HOTLINE_HOME/rest.wav" 8000
  ask hangup "{\"call\":\"$CALL\"}"
  STATUS=0
  wait "$reader" || STATUS=$?
  assert_equal "$STATUS" 0
  wait_for '[ "$(event_count call.ended)" = 1 ]'
  assert_equal "$(journal spy.stopped .reason | tail -n 1)" target
}

@test "ccrec listen --phone rings a telephone and spies with it until either side ends" {
  lines_up
  hellos desk
  phone 1009 nine auto
  caller_up
  subscriber leader 13900139001 "$CALL"
  ask bridge "{\"legs\":[\"$CALLER\",\"$(leg_of leader)\"]}" >/dev/null
  timeout 60 ccrec listen "$CALL" --phone 1009 --mode barge --by li >"$HOTLINE_HOME/listen.out" 2>&1 3>&- &
  ear=$!
  DAEMONS+=("$ear")
  wait_for '[ "$(event_count spy.started)" = 1 ]' 20
  assert_equal "$(journal spy.started '[.call, .target, .mode, .by] | @tsv')" "$CALL	$CALLER	barge	li"
  listen_for barged 2   # the telephone's voice is there
  assert_equal "$(hears "$HOTLINE_HOME/barged.wav" 2 0.5)" "1000 1700"
  ask hangup "{\"call\":\"$CALL\"}"
  STATUS=0
  wait "$ear" || STATUS=$?
  assert_equal "$STATUS" 0
  assert_equal "$(cat "$HOTLINE_HOME/listen.out")" ""
  assert_equal "$(journal spy.stopped '[.mode, .reason] | @tsv' | grep barge)" "barge	target"
  wait_for '[ "$(ask calls | jq ".calls | length")" = 0 ]' 15
  run timeout 60 ccrec listen "$CALL" --phone 1009
  assert_failure 1
}

@test "a message is recorded as a mailbox does: beep, silence, key, limit, and what was silent is told" {
  lines_up
  hellos desk
  sox -n -r 8000 -c 1 -e a-law "$HOTLINE_HOME/message.wav" synth 4 sine 440 gain -16 pad 0 60
  ring_in one --from 13800138000 --say "$HOTLINE_HOME/message.wav" --once --hear "$HOTLINE_HOME/caller.heard.wav" --keys w4s,5,w1s,# --for 60s
  wait_for '[ "$(ask calls | jq ".calls | length")" = 1 ]' 15
  CALL=$(ask calls | jq -r '.calls[0].call') CALLER=$CALL-1
  ask answer "{\"leg\":\"$CALLER\"}" >/dev/null
  wait_for '[ "$(leg_is state "$CALLER")" = up ]'
  run ask record "{\"leg\":\"$CALLER\",\"on\":true,\"max_ms\":1000,\"beep\":true}"
  assert_success
  assert_equal "$(jq -r .segment <<<"$output")" "$CALL-r1"
  wait_for '[ "$(event_count record.stopped)" = 1 ]'
  assert_equal "$(journal record.stopped '[.leg, .reason, .ms] | @tsv')" "$CALLER	limit	1000"
  assert_equal "$(journal record.started '[.leg, .bridge, .legs[0]] | @tsv')" "$CALLER		$CALLER"
  ask record "{\"leg\":\"$CALLER\",\"on\":true,\"keys\":\"*#\"}" >/dev/null
  wait_for '[ "$(event_count record.stopped)" = 2 ]' 30
  assert_equal "$(journal record.stopped '[.reason, .key] | @tsv' | tail -n 1)" "key	#"
  ask record "{\"leg\":\"$CALLER\",\"on\":true,\"silence_ms\":1500}" >/dev/null
  wait_for '[ "$(event_count record.stopped)" = 3 ]' 30
  assert_equal "$(journal record.stopped .reason | tail -n 1)" silence
  silent=$(journal record.stopped .silence_ms | tail -n 1)
  assert [ "$silent" -ge 1500 ]
  assert [ "$silent" -lt 1600 ]
  file=$HOTLINE_HOME/var/spool/$CALL-r3.wav
  assert [ "$(tone_db "$file" 1 440 0.2 1)" -gt -25 ]
  assert_equal "$(sox "$file" -n remix 2 stats 2>&1 | awk '/^Pk lev dB/ {print ($4 == "-inf" || $4 < -60)}')" 1
}

@test "music by name in the call's language, a gain that is heard, and a tone over the talk" {
  lines_up
  hellos desk
  caller_up
  subscriber leader 13900139001 "$CALL"
  leader=$(leg_of leader)
  ask hear "{\"leg\":\"$leader\",\"what\":\"music\",\"music\":\"folk\"}"
  wait_for '[ "$(leg_is hears "$leader")" = music ]'
  ask bridge "{\"legs\":[\"$CALLER\",\"$leader\"]}" >/dev/null
  listen_for plain 2
  run ccswitch gain "$CALLER" --says -12
  assert_success
  assert_equal "$(leg_is says_db "$CALLER")" -12
  listen_for soft 2
  plain=$(tone_db "$HOTLINE_HOME/plain.wav" 1 440 0.5 1) soft=$(tone_db "$HOTLINE_HOME/soft.wav" 1 440 0.5 1)
  echo "plain $plain soft $soft"
  assert [ $((plain - soft)) -ge 11 ]
  assert [ $((plain - soft)) -le 13 ]
  run ccswitch gain "$CALLER"
  assert_failure 64
  run ccswitch beep "$CALLER" --tone waiting
  assert_success
  wait_for '[ "$(event_count leg.answered)" = 2 ]'
  ask hangup "{\"call\":\"$CALL\"}"
  wait_for '[ -s "$HOTLINE_HOME/caller.heard.wav" ] && [ -s "$HOTLINE_HOME/leader.heard.wav" ]'
  # zh-CN has a folk of its own, which is heard instead of the common one.
  heard=$(soxi -D "$HOTLINE_HOME/leader.heard.wav")
  own=$(tone_db "$HOTLINE_HOME/leader.heard.wav" 1 800 0 "$heard") common=$(tone_db "$HOTLINE_HOME/leader.heard.wav" 1 700 0 "$heard")
  echo "own $own common $common"
  assert [ "$own" -gt -45 ]
  assert [ $((own - common)) -gt 10 ]
}
