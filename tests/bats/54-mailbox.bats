# Mailboxes: a caller on a PRI leaves a message and hears it, is told its number and asks after it; people list, play, answer and
# delete what they may; a lamp tells of it; ccivr is killed in between.
load helper
load centre
load switch
load softphone

setup() {
  switch_setup <<TOML
[switch]
prompts = ["prompts"]

[[phone]]
id = "1001"
secret = "one"

[[mailbox]]
name = "service"
title = "Customer service"
phones = ["1001"]

[[mailbox]]
name = "director"
group = "$(stranger_group)"

[[route]]
called = "96116"
controller = "ccivr"
flow = "leave"

[[route]]
called = "96117"
controller = "ccivr"
flow = "director"

[[route]]
called = "96118"
controller = "ccivr"
flow = "ask"

[[flow]]
name = "leave"
file = "flows/leave.toml"

[[flow]]
name = "director"
file = "flows/director.toml"

[[flow]]
name = "ask"
file = "flows/ask.toml"

[lookup.message]
$(example_lookup)
TOML
  cp -r "$ROOT/tests/flows/mailbox" "$HOTLINE_HOME/etc/flows"
  tone said.wav 700 60
  lines_up
  start_daemon ccjournal
}
teardown() { teardown_instance; }

# stranger_group: a group that whoever runs the tests is not of; own_group: one that he is of.
stranger_group() { comm -13 <(id -Gn | tr ' ' '\n' | sort) <(getent group | cut -d: -f1 | sort) | head -n 1; }
own_group() { id -gn; }
# example_lookup: the keys of the manual's example, as they stand there.
example_lookup() {
  man_text "$ROOT/man/man5/cclookups.5" | sed -n '/^\[lookup\.message\]$/,/^$/p' | sed '1d;/^$/d'
}
man_text() { sed -n '/^\.Bd -literal/,/^\.Ed/p' "$1" | sed 's/\\(dq/"/g; s/\\e/\\/g; s/^\.E[dh]$//; s/^\.Bd .*$//'; }

# caller NAME NUMBER OPTION…: somebody with a tone for a voice calls.
caller() {
  ccpstn call --to "$2" --from 13800138000 --say "$HOTLINE_HOME/said.wav" "${@:3}" >"$HOTLINE_HOME/$1.caller" 2>&1 </dev/null 3>&- &
  DAEMONS+=($!)
}
# leave NAME [NUMBER]: a message of three seconds, and until the store knows of it: $NUMBER.
leave() {
  local before
  before=$(event_count voicemail.left) || :
  caller "$1" "${2:-96116}" --for 40s --hear "$HOTLINE_HOME/$1.wav"
  wait_for '[ "$(event_count voicemail.left)" = '$((before + 1))' ]' 40
  NUMBER=$(journal voicemail.left .number | tail -n 1)
  folded
}
folded() { wait_for 'ccjournal status' 20; }
nodes() { journal ivr.node .node | paste -sd ' '; }
lamp() { journal phone.messages '"\(.phone) \(.new)/\(.old)"' | tail -n 1; }
again() {
  kill -KILL "$pid_ccivr"
  wait "$pid_ccivr" 2>/dev/null || :
  start_daemon ccivr
}

@test "a caller leaves a message and hears it; it is listed, shown, played, answered and deleted" {
  start_daemon ccivr
  leave one
  [[ $NUMBER =~ ^[1-9][0-9]{8}$ ]]
  wait_for '[ "$(event_count call.ended)" = 1 ]' 40
  assert_equal "$(nodes)" "speak keep told"
  assert_equal "$(journal call.tagged '.set["message-number"] // empty')" "$NUMBER"
  # He heard what he had said, and his number before that.
  assert [ "$(tone_db "$HOTLINE_HOME/one.wav" 1 700)" -gt -30 ]
  run ccivr messages
  assert_line --index 0 --regexp '^NUMBER +LEFT +MAILBOX +CALLER +LENGTH +TOPIC +NUMBER LEFT +REPLY +STATE +BY$'
  assert_line --index 1 --regexp "^$NUMBER .* service +138\*\*\*\*8000 .* leak +138\*\*\*\*8000 +yes +new"
  run ccivr messages --porcelain --new
  local call file
  call=$(journal voicemail.left .call) file=$(journal voicemail.left .file)
  assert_line --index 1 --regexp "^$NUMBER	[-0-9T:.]+Z	service	13800138000	96116	-	leak	13800138000	yes	new	-	-	$call	$file$"
  run ccivr message show "$NUMBER"
  assert_line "mailbox   service (Customer service)"
  assert_line "caller    138****8000"
  run ccivr message show "$NUMBER" --numbers
  assert_line "number    13800138000"

  ccivr message play "$NUMBER" --stdout >"$HOTLINE_HOME/played.wav"
  assert [ "$(tone_db "$HOTLINE_HOME/played.wav" 1 700)" -gt -25 ]
  folded
  run ccivr messages --new
  assert_failure 1
  assert_output ""
  ccivr message answer "$NUMBER"
  folded
  assert_equal "$(ccivr messages --json | jq -r '"\(.state) \(.by)"')" "answered $(id -un)"
  # Heard once more is answered still, and no news.
  ccivr message play "$NUMBER" --stdout >/dev/null
  assert_equal "$(event_count message.heard)" 1
  cp "$HOTLINE_HOME/var/hotline.db" "$HOTLINE_HOME/before.db"
  ccivr message delete "$NUMBER"
  wait_for '[ ! -e "$HOTLINE_HOME/var/$(journal voicemail.left .file)" ]'
  folded
  run ccivr messages
  assert_failure 1
  run ccivr message show "$NUMBER"
  assert_failure 1
  assert_output "ccivr: no message '$NUMBER'"
  run ccivr message shwo "$NUMBER"
  assert_failure 64
  assert_output --partial "did you mean 'show'?"
}

@test "the store's messages come out the same when they are folded anew" {
  start_daemon ccivr
  leave one
  ccivr message answer "$NUMBER"
  leave two
  folded
  ccivr messages --porcelain >"$HOTLINE_HOME/before"
  assert_equal "$(wc -l <"$HOTLINE_HOME/before")" 3
  ccjournal rebuild
  ccivr messages --porcelain | cmp - "$HOTLINE_HOME/before"
}

@test "who asks with his number is told how it stands and hears it; another caller hears nothing of it" {
  start_daemon ccivr
  leave one
  caller asks 96118 --keys "w1s,$NUMBER" --for 60s --hear "$HOTLINE_HOME/asks.wav"
  wait_for '[ "$(event_count call.ended)" = 2 ]' 60
  assert_equal "$(journal ivr.node 'select(.flow == "ask").node' | paste -sd ' ')" "number find whose own"
  assert [ "$(tone_db "$HOTLINE_HOME/asks.wav" 1 700)" -gt -30 ]
  ccpstn call --to 96118 --from 13900139000 --keys "w1s,$NUMBER" --for 60s --hear "$HOTLINE_HOME/other.wav" >/dev/null
  assert_equal "$(journal ivr.node 'select(.flow == "ask").node' | tail -n 4 | paste -sd ' ')" "number find whose state"
  assert [ "$(tone_db "$HOTLINE_HOME/other.wav" 1 700)" -lt -45 ]
  # A wrong digit is no number.
  ccpstn call --to 96118 --from 13800138000 --keys "w1s,${NUMBER%?}$(((${NUMBER: -1} + 1) % 10))" --for 60s >/dev/null
  assert_equal "$(journal ivr.node 'select(.flow == "ask").node' | tail -n 1)" unknown
}

@test "a stranger's listing shows nothing of a mailbox with a group, and nothing can be done there" {
  start_daemon ccivr
  start_daemon ccrec
  leave one 96117
  wait_for '[ "$(event_count rec.kept)" -ge 1 ]' 30
  folded
  local call
  call=$(journal voicemail.left .call | tail -n 1)
  for verb in "find --call $call" "play --stdout $call"; do
    # shellcheck disable=SC2086
    run ccrec $verb
    assert_failure 1
  done
  for shape in "" --json --porcelain "--mailbox director" "--mailbox nobody"; do
    # shellcheck disable=SC2086
    run ccivr messages $shape
    assert_failure 1
    assert_output ""
  done
  for what in show play answer delete; do
    run ccivr message "$what" "$NUMBER"
    assert_failure 1
    assert_output "ccivr: no message '$NUMBER'"
  done
  # Who goes past the tool is not told more.
  for verb in message-heard message-answered message-delete; do
    run ccbus ask ccivr "$verb" "{\"number\":\"$NUMBER\"}"
    assert_failure
    assert_output --partial "there is no message '$NUMBER'"
    run ccbus ask ccivr "$verb" '{}'
    assert_failure
    assert_output --partial "'number' is missing"
  done
  assert_equal "$(journal message.heard; journal message.deleted)" ""
  # The same for one who is of the group.
  sed -i "s/^group = .*/group = \"$(own_group)\"/" "$HOTLINE_HOME/etc/hotline.toml"
  ccbus ask ccivr reload >/dev/null
  ccivr message answer "$NUMBER"
  folded
  assert_equal "$(ccivr messages --mailbox director --json | jq -r .state)" answered
  ccrec find --call "$call"
  leave two 96117
  local file=$HOTLINE_HOME/var/$(journal voicemail.left .file | tail -n 1)
  assert_equal "$(stat -c '%G %a' "$file") $(stat -c '%G %a' "${file%/*}")" "$(own_group) 640 $(own_group) 750"
}

@test "a telephone's lamp is lit by a message, and goes out when it was heard" {
  PHONE_ARGS=-s softphone 1001 one auto "$HOTLINE_HOME/said.wav"
  start_daemon ccivr
  leave one
  wait_for '[ "$(lamp)" = "1001 1/0" ]'
  wait_for 'grep -q "^Voice-Message: 1/0" <(tr -d "\r" <"$HOTLINE_HOME/phone-1001.log")'
  grep -q "^Messages-Waiting: yes" "$HOTLINE_HOME/phone-1001.log"
  # A start tells how it is, not that it is so again.
  again
  ccivr message play "$NUMBER" --stdout >/dev/null
  wait_for '[ "$(lamp)" = "1001 0/1" ]'
  wait_for 'grep -q "^Voice-Message: 0/1" <(tr -d "\r" <"$HOTLINE_HOME/phone-1001.log")'
  assert_equal "$(event_count phone.messages)" 2
  # What was said while nobody listened is told at the start.
  stop_daemon ccivr
  ask mwi '{"phone":"1001","new":9,"old":9}' >/dev/null
  start_daemon ccivr
  wait_for '[ "$(lamp)" = "1001 0/1" ]'
}

@test "kill -9 between the recording and its mailbox: what was recorded is left when ccivr is back, once" {
  start_daemon ccivr
  caller one 96116 --for 60s
  # In the pause of the node that leaves it: recorded, not left.
  wait_for '[ "$(journal ivr.node .node | tail -n 1)" = keep ]' 30
  kill -KILL "$pid_ccivr"
  wait "$pid_ccivr" 2>/dev/null || :
  assert_equal "$(event_count voicemail.left)" 0
  assert_equal "$(find "$HOTLINE_HOME/var/messages/new" -type f | wc -l)" 1
  start_daemon ccivr
  wait_for '[ "$(event_count voicemail.left)" = 1 ]' 30
  assert_file_exists "$HOTLINE_HOME/var/$(journal voicemail.left .file)"
  wait_for '[ -z "$(ls "$HOTLINE_HOME/var/messages/new")" ]'
}

@test "kill -9 while it is recorded, and the caller hangs up: the orphan is swept once it is a day old" {
  start_daemon ccivr
  caller one 96116 --for 60s
  local who=${DAEMONS[-1]}
  wait_for '[ "$(event_count record.started)" = 1 ]' 30
  wait_for '[ -n "$(ls "$HOTLINE_HOME/var/messages/new")" ]'
  kill -KILL "$pid_ccivr"
  wait "$pid_ccivr" 2>/dev/null || :
  kill -INT "$who"
  wait_for '[ "$(event_count call.ended)" = 1 ]' 20
  start_daemon ccivr
  assert_equal "$(ls "$HOTLINE_HOME/var/messages/new" | wc -l)" 1
  # As if we had been killed after it had its name in the mailbox, and before the event.
  mkdir -p "$HOTLINE_HOME/var/messages/service"
  ln "$HOTLINE_HOME/var/messages/new/"* "$HOTLINE_HOME/var/messages/service/"
  touch -d '25 hours ago' "$HOTLINE_HOME/var/messages/new/"*
  again
  assert_equal "$(find "$HOTLINE_HOME/var/messages" -type f)" ""
  assert_equal "$(event_count voicemail.left)" 0
}

@test "a message goes when its time is over, at a start and without the store, too" {
  start_daemon ccivr
  leave one
  wait_for '[ "$(event_count call.ended)" = 1 ]' 40
  stop_daemon ccjournal
  rm "$HOTLINE_HOME"/var/hotline.db*
  sed -i 's/^title = .*/&\nkeep = "1s"/' "$HOTLINE_HOME/etc/hotline.toml"
  again
  wait_for '[ "$(event_count message.deleted)" = 1 ]'
  assert_equal "$(journal message.deleted '"\(.number) \(.by)"')" "$NUMBER keep"
  wait_for '[ ! -e "$HOTLINE_HOME/var/$(journal voicemail.left .file)" ]'
  # The file that was there once more, as if we had been killed after the event, goes at the next start.
  touch "$HOTLINE_HOME/var/$(journal voicemail.left .file)"
  again
  assert_file_not_exists "$HOTLINE_HOME/var/$(journal voicemail.left .file)"
  assert_equal "$(event_count message.deleted)" 1
  start_daemon ccjournal
  folded
  run ccivr messages
  assert_failure 1
}

@test "a mailbox that is none is refused with its place" {
  printf '[[mailbox]]\nname = "new"\nphones = ["1009"]\n' >>"$HOTLINE_HOME/etc/hotline.toml"
  run ccivr run -t
  assert_failure 78
  assert_output --partial "'new' is no mailbox"
  assert_output --partial "there is no [[phone]] '1009'"
  run ccivr messages
  assert_failure 78
}
