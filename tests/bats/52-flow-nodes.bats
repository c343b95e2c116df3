# Every kind of node of a call flow with a caller on a real E1: what the node has others do, and what comes of it.
load helper
load centre
load softphone

setup() {
  centre_setup 1
  cat >"$HOTLINE_HOME/etc/hotline.toml" <<'TOML'
include = ["lines.toml", "phones.toml", "queues.toml"]
[site]
language = "zh-CN"
[switch]
music = "music"
fallback = "ccivr"
[[route]]
called = "default"
controller = "ccivr"
flow = "main"
[[flow]]
name = "main"
file = "flows/main.toml"

[[mailbox]]
name = "director"

[fax]

[lookup.balance]
kind = "program"
command = ["programs/balance"]
parameters = ["account", "pin"]
results = ["balance"]
timeout = "2s"

[lookup.hangs]
kind = "program"
command = ["programs/hangs"]
parameters = ["account"]
results = ["nothing"]
timeout = "1s"
TOML
  mkdir -p "$HOTLINE_HOME/etc/programs" "$HOTLINE_HOME/var/fax"
  cat >"$HOTLINE_HOME/etc/programs/balance" <<'SH'
#!/bin/sh
# The protocol of cclookups(5): hello, parameters up to an empty line, the answer in the same form.
read -r hello
printf 'hello\t1\n'
while IFS= read -r line && [ -n "$line" ]; do
  case $line in account=*) account=${line#*=} ;; pin=*) pin=${line#*=} ;; esac
done
[ "$account $pin" = "8800 4711" ] || exit 1
printf 'balance=105.20\n\n'
SH
  printf '#!/bin/sh\nexec sleep 600\n' >"$HOTLINE_HOME/etc/programs/hangs"
  chmod 755 "$HOTLINE_HOME"/etc/programs/*
  # The caller keys one digit for the node that a test is about.
  cat >"$HOTLINE_HOME/etc/flows/main.toml" <<'TOML'
[node.main]
kind = "menu"
prompts = ["pause"]
keys = { 1 = "account", 2 = "speak", 3 = "office", 4 = "fax", 5 = "call-me", 6 = "rate", 7 = "which", 8 = "dear", 9 = "hang" }
timeout = "20s"
on_no_input = "bye"

[node.account]
kind = "collect"
prompts = ["enter-account"]
tag = "account"
confirm = ["{account as digits}"]
next = "pin"
on_failed = "bye"
[node.pin]
kind = "collect"
prompts = ["pause"]
tag = "pin"
secret = true
min = 4
max = 4
next = "ask"
on_failed = "bye"
[node.ask]
kind = "lookup"
lookup = "balance"
timeout = "5s"
with = { account = "{account}", pin = "{pin}" }
on = { found = "tell", none = "wrong", failed = "bye" }
[node.wrong]
kind = "play"
prompts = ["invalid-choice"]
next = "pin"
[node.tell]
kind = "play"
prompts = ["{balance as money}"]
next = "bye"

[node.hang]
kind = "lookup"
lookup = "hangs"
timeout = "5s"
with = { account = "1" }
on = { found = "bye", none = "bye", failed = "sorry" }
[node.sorry]
kind = "hangup"
cause = 41

[node.speak]
kind = "record"
tag = "message"
prompts = ["pause"]
silence = "2s"
on = { recorded = "review", silent = "nothing", failed = "bye" }
[node.review]
kind = "menu"
prompts = ["{message as recording}"]
keys = { 1 = "keep", 2 = "speak" }
timeout = "20s"
on_no_input = "bye"
[node.keep]
kind = "voicemail"
mailbox = "director"
recording = "message"
with = { topic = "water", number = "{caller}" }
on = { recorded = "bye", otherwise = "sorry" }
[node.nothing]
kind = "hangup"
cause = 21

[node.office]
kind = "transfer"
to = "phone:1001"
timeout = "10s"
on = { ended = "rate", busy = "sorry", no-answer = "nothing", failed = "sorry" }

[node.fax]
kind = "fax"
send = "tariff.tif"
timeout = "3m"
on = { done = "bye", failed = "sorry" }

[node.call-me]
kind = "callback"
queue = "repair"
number = "{caller}"
timeout = "2s"
on = { taken = "bye", failed = "sorry" }

[node.rate]
kind = "survey"
survey = "satisfaction"
question = "service"
prompts = ["pause"]
answers = { 1 = "good", 2 = "bad" }
timeout = "20s"
next = "bye"

[node.which]
kind = "branch"
timeout = "3s"
cases = [{ when = "queue repair ready > 0", to = "bye" }]
otherwise = "nothing"
on_failed = "sorry"

[node.dear]
kind = "say"
text = "尊敬的用户，您好"
fallback = "welcome"
next = "bye"

[node.bye]
kind = "hangup"
TOML
  start_daemon ccswitchd
  start_daemon ccpstn
  wait_for 'ccswitch spans --porcelain | grep -q "	up"' 15
}
teardown() { teardown_instance; }

caller() { ring_in a --from 13800138000 "$@"; }
nodes() { journal ivr.node .node | paste -sd ' '; }
ended() { wait_for '[ "$(event_count call.ended)" = 1 ]' "${1:-40}"; }
# with_queues: ccqueue, and the telephone of 1001, who is ready.
with_queues() {
  start_daemon ccqueue
  start_phones 1
  wait_for '[ "$(ccqueue agents --porcelain | grep -c "	ready	")" = 1 ]' 20
}

@test "digits that are confirmed and a PIN that is secret: the look-up has both, the journal and the logs have no PIN" {
  start_daemon ccivr
  caller --keys w2s,1,w3s,8800#,w4s,1,w2s,1234,w4s,4711 --for 60s
  ended 60
  assert_equal "$(nodes)" "main account pin ask wrong pin ask tell bye"
  assert_equal "$(journal ivr.node 'select(.node == "wrong").by')" none
  # Eight keys of PINs came, and nobody can read them.
  assert_equal "$(journal digit 'select(.secret) | .digit' | wc -l)" 8
  assert_equal "$(journal digit 'select(.secret) | .digit' | sort -u)" ""
  assert_equal "$(journal digit 'select(.secret | not) | .digit' | paste -sd '')" "18800#1"
  run grep -rlE '"(1234|4711)"|pin=' "$HOTLINE_HOME"/var/journal/{ccswitchd,ccivr} "$HOTLINE_HOME"/*.log
  assert_failure 1
  assert_equal "$(journal call.tagged 'select(.set.balance) | .set.balance')" 105.20
}

@test "a look-up that hangs comes to its branch for failure" {
  start_daemon ccivr
  caller --keys w2s,9 --for 30s
  ended 30
  assert_equal "$(nodes)" "main hang sorry"
  assert_equal "$(journal ivr.node 'select(.node == "sorry").by')" failed
}

@test "a message is recorded, heard again by its caller, and left in a mailbox with its form; who says nothing leaves none" {
  start_daemon ccivr
  # He talks for two seconds, is silent for two, hears himself, and keeps it.
  sox -n -r 8000 -c 1 -e a-law "$HOTLINE_HOME/says.wav" synth 9 sine 600 gain -10
  caller --say "$HOTLINE_HOME/says.wav" --once --keys w2s,2,w12s,1 --hear "$HOTLINE_HOME/heard.wav" --for 60s
  ended 60
  assert_equal "$(nodes)" "main speak review keep bye"
  assert_equal "$(journal voicemail.left '[.mailbox, .form.topic, .form.number] | @tsv')" "director	water	13800138000"
  file=$HOTLINE_HOME/var/$(journal voicemail.left .file)
  [ -f "$file" ]
  loud "$file" 600 | awk '$1 > -30 {found = 1} END {exit !found}'
  loud "$HOTLINE_HOME/heard.wav" 600 | awk '$1 > -30 {found = 1} END {exit !found}'
  assert_equal "$(ls "$HOTLINE_HOME/var/messages/new")" ""

  caller --keys w2s,2 --for 40s
  wait_for '[ "$(event_count call.ended)" = 2 ]' 40
  assert_equal "$(journal ivr.node .node | tail -n 1)" nothing
  assert_equal "$(event_count voicemail.left)" 1
  assert_equal "$(ls "$HOTLINE_HOME/var/messages/new")" ""
}

@test "a transfer: the caller talks with the office, and goes on when it hangs up; when nobody is there it says so" {
  start_daemon ccivr
  caller --keys w2s,3 --for 40s
  ended 40
  assert_equal "$(nodes)" "main office nothing" # absent: no-answer
  start_phones 1
  wait_for '[ "$(ccswitch phones --json | jq -s "map(select(.registered)) | length")" -ge 1 ]' 20
  caller --say "$HOTLINE_HOME/caller.wav" --keys w2s,3,w12s,1 --hear "$HOTLINE_HOME/heard.wav" --for 60s
  wait_for '[ "$(event_count bridge.up)" = 1 ]' 20
  # After a while the office's leg ends; its caller is asked how it was.
  wait_for '[ "$(ccbus ask ccswitchd calls | jq "[.calls[0].legs[] | select((.quality.received // 0) > 100)] | length")" -ge 1 ]' 20
  ccbus ask ccswitchd hangup "{\"leg\":\"$(journal bridge.up '.legs[1]')\"}"
  wait_for '[ "$(event_count call.ended)" = 2 ]' 60
  assert_equal "$(journal ivr.node 'select(.node == "rate").by')" ended
  assert_equal "$(journal survey.answer '[.survey, .question, .answer] | @tsv')" "satisfaction	service	good"
  loud "$HOTLINE_HOME/heard.wav" 1000 | awk '$1 > -30 {found = 1} END {exit !found}'
}

@test "kill -9 of ccivr while a transferred caller talks: the talk goes on, and so does the flow after it" {
  start_daemon ccivr
  start_phones 1
  wait_for '[ "$(ccswitch phones --json | jq -s "map(select(.registered)) | length")" -ge 1 ]' 20
  caller --say "$HOTLINE_HOME/caller.wav" --keys w2s,3,w20s,2 --for 60s
  wait_for '[ "$(event_count bridge.up)" = 1 ]' 20
  kill -KILL "$pid_ccivr"
  wait "$pid_ccivr" 2>/dev/null || :
  start_daemon ccivr
  wait_for 'grep -q call.adopted "$HOTLINE_HOME/ccivr.log"' 10
  assert_equal "$(ccbus ask ccswitchd calls | jq '.calls[0].bridges | length')" 1
  ccbus ask ccswitchd hangup "{\"leg\":\"$(journal bridge.up '.legs[1]')\"}"
  ended 60
  assert_equal "$(journal survey.answer .answer)" bad
}

@test "a fax on demand goes to the caller's machine, and the flow goes on behind it" {
  "$BUILD/test/fax_pages" make "$HOTLINE_HOME/var/fax/tariff.tif" 1 300
  # A machine presses no keys.
  sed -i '/^\[node.main\]/,/^$/d; /^\[node.account\]/,/^\[node.fax\]/{/^\[node.fax\]/!d}; /^\[node.call-me\]/,/^\[node.bye\]/{/^\[node.bye\]/!d}' \
    "$HOTLINE_HOME/etc/flows/main.toml"
  printf '[node.sorry]\nkind = "hangup"\ncause = 41\n' >>"$HOTLINE_HOME/etc/flows/main.toml"
  mkdir "$HOTLINE_HOME/in"
  start_daemon ccivr
  caller --fax-receive "$HOTLINE_HOME/in" --for 180s
  ended 180
  assert_equal "$(nodes)" "fax bye"
  assert_equal "$(journal fax.done '[.result, .pages] | @tsv')" "ok	1"
  "$BUILD/test/fax_pages" same "$HOTLINE_HOME/var/fax/tariff.tif" "$HOTLINE_HOME"/in/*.tif
}

@test "a branch goes by what a queue looks like, a call-back is promised, and without ccqueue both have their way" {
  start_daemon ccivr
  caller --keys w2s,7 --for 30s
  ended 30
  assert_equal "$(nodes)" "main which sorry"
  with_queues
  caller --keys w2s,7 --for 30s
  wait_for '[ "$(event_count call.ended)" = 2 ]' 30
  assert_equal "$(journal ivr.node .node | tail -n 1)" bye
  ccqueue pause 1001 --reason lunch
  caller --keys w2s,5 --for 30s
  wait_for '[ "$(event_count queue.entered)" = 1 ]' 30
  assert_equal "$(journal ivr.node 'select(.node == "bye") | .by' | tail -n 1)" taken
}

@test "a text is spoken and heard; a voice that does not speak is its prompt instead" {
  start_daemon ccivr
  caller --keys w2s,8 --hear "$HOTLINE_HOME/heard.wav" --for 40s
  ended 40
  assert_equal "$(nodes)" "main dear bye"
  ls "$HOTLINE_HOME"/var/tts/zh-CN/*.wav
  printf '[tts]\ncommand = ["false"]\n' >>"$HOTLINE_HOME/etc/hotline.toml"
  rm -r "$HOTLINE_HOME/var/tts"
  ccbus ask ccivr reload
  caller --keys w2s,8 --for 40s
  wait_for '[ "$(event_count call.ended)" = 2 ]' 40
  assert_equal "$(journal ivr.node .node | tail -n 1)" bye
  grep -q 'speech.failed' "$HOTLINE_HOME/ccivr.log"
}

@test "an agent has a PIN keyed by a flow and gets the caller back with the result, though ccivr was killed in between" {
  cat >>"$HOTLINE_HOME/etc/hotline.toml" <<'TOML'
[[flow]]
name = "pin"
file = "flows/pin.toml"
TOML
  cat >"$HOTLINE_HOME/etc/flows/pin.toml" <<'TOML'
[node.ask]
kind = "menu"
prompts = ["pause"]
keys = { 1 = "right", 2 = "wrong" }
timeout = "30s"
on_no_input = "wrong"
[node.right]
kind = "return"
result = "right"
[node.wrong]
kind = "return"
result = "wrong"
TOML
  sed -i 's/^keys = .*/keys = { 1 = "people" }/; /^\[node.account\]/,/^\[node.bye\]/{/^\[node.bye\]/!d}' "$HOTLINE_HOME/etc/flows/main.toml"
  printf '[node.people]\nkind = "queue"\nqueue = "repair"\non = { otherwise = "bye" }\n' >>"$HOTLINE_HOME/etc/flows/main.toml"
  start_daemon ccivr
  with_queues
  caller --say "$HOTLINE_HOME/caller.wav" --keys w2s,1,w25s,1 --for 80s
  wait_for '[ "$(event_count bridge.up)" = 1 ]' 30
  call=$(journal call.offered .call)
  ccbus ask ccswitchd transfer "{\"leg\":\"$call-2\",\"to\":\"controller:ccivr\",\"back\":true,\"tags\":{\"flow\":\"pin\",\"flow-node\":\"ask\"}}"
  wait_for '[ "$(journal ivr.node .node | tail -n 1)" = ask ]' 10
  kill -KILL "$pid_ccivr"
  wait "$pid_ccivr" 2>/dev/null || :
  start_daemon ccivr
  wait_for '[ "$(event_count bridge.up)" = 2 ]' 60
  assert_equal "$(journal call.handover 'select(.tags["flow-result"]) | .tags["flow-result"]')" right
  assert_equal "$(ccbus ask ccswitchd calls | jq -r '.calls[0] | [.controller, .tags.flow, .tags["flow-node"]] | @tsv')" "ccqueue	main	people"
  assert_equal "$(journal call.returned .result)" done
}
