# Sites water and consumer-hotline: made, checked, walked through by their scripts, their look-ups asked for real, and a few
# callers on a real E1.
load helper
load centre

setup() { setup_instance; }
teardown() { teardown_instance; }

site() { # NAME: the instance becomes one of that site
  rm -rf "${HOTLINE_HOME:?}"/{etc,run,var}
  hotline init --site "$1" "$HOTLINE_HOME" >/dev/null
}

# flows_are_whole: all is good, each flow of the configuration has a script that goes every way, and no file lies about unused.
flows_are_whole() {
  local file name
  run -0 hotline check
  cd "$HOTLINE_HOME/etc"
  run -0 ccivr check flows/*.toml
  for name in $(sed -n 's|^file = "flows/\(.*\)\.toml"|\1|p' hotline.toml); do
    run -0 ccivr expect --complete "flows/$name.toml" "flows/$name.expect"
    assert_line --regexp '^nodes ([0-9]+) of \1$'
    assert_line --regexp '^paths ([0-9]+) of \1$'
  done
  for file in flows/*.toml; do
    name=$(basename "$file" .toml)
    grep -q "flows/$name.toml" hotline.toml || grep -q "^flow = \"$name\"" flows/*.toml
  done
}

# pin LOOK-UP NUMBER CALLER PIN: asks for it; the PIN stands in no list of processes.
pin() { cclookup "$1" "number=$2" pin=- caller="$3" <<<"$4"; }

@test "site water is whole: it passes its checks, and its scripts go every way" {
  site water
  flows_are_whole
}

@test "site consumer-hotline is whole, and a menu before a person is refused by day" {
  site consumer-hotline
  flows_are_whole
  sed -i 's/^otherwise = "desk"/otherwise = "night"/' flows/main.toml
  run -78 ccivr check flows/main.toml
  assert_output --partial "profile 'direct': a caller comes to this menu before a person was looked for"
}

@test "a way that no caller of the script goes is told" {
  site water
  cd "$HOTLINE_HOME/etc"
  sed -i '/^# Planned works/,/^hear water-off-planned/d' flows/main.expect
  run -1 ccivr expect --complete flows/main.toml flows/main.expect
  assert_line --partial "not come to: known-outage/planned"
}

@test "water: the outage at the caller's address, bills, prices, offices and messages are found in the sample data, or not" {
  site water
  run -0 cclookup check --try
  run -0 cclookup outage caller=01062345671
  assert_line outage-cause=burst
  assert_line --regexp '^outage-ends=20[0-9-]+T[0-9:]+Z$'
  run -1 cclookup outage caller=01062345678 # it was, in January
  run -1 cclookup outage caller=13800138000
  run -1 cclookup outage caller= # withheld
  run -0 cclookup outage-at account=88001234
  run -1 cclookup outage-at account=88005678
  run -0 cclookup bill account=88001234
  assert_line bill-amount=105.20
  assert_line bill-owed=105.20
  assert_line bill-old=no
  assert_line bill-month=2026-10
  run -0 cclookup bill account=88005678
  assert_line bill-balance=36.50
  assert_line bill-owed=
  assert_line bill-old=yes
  run -1 cclookup bill account=88000000
  run -0 cclookup tariff
  assert_line price-one=5.00
  run -0 cclookup office code=201
  assert_line office-phone=010-62345201
  run -1 cclookup office code=999
  run -0 cclookup message number=60001
  assert_line message-state=answered
  run -1 cclookup message number=60003
  run -0 cclookup message-number topic=bill reply=yes callback=13800138000
  assert_output message-number=60003
  run -0 cclookup message number=60003
  assert_line message-state=new
  rm "$HOTLINE_HOME/var/site.db"
  run -75 cclookup outage caller=01062345671
}

@test "water: the third wrong PIN locks an account and a case, each by itself" {
  site water
  run -0 pin account 88001234 1 246810
  run -0 pin ticket 20261126000123 1 112233
  assert_line ticket-state=working
  assert_line ticket-due=2026-12-03
  run -1 pin account 88001234 1 000000
  assert_line tries-left=2
  run -1 pin account 88001234 2 000001
  run -1 pin account 88001234 3 000002
  assert_line locked=yes
  run -1 pin account 88001234 4 246810
  assert_line locked=yes
  run -0 pin account 88005678 4 135790
  run -1 pin account 88000000 5 246810 # nobody's
  for caller in 11 12 13; do run -1 pin ticket 20261126000124 $caller 000000; done
  assert_line locked=yes
  run -0 pin ticket 20261120000077 14 112233
  assert_line ticket-closed=2026-11-24
}

@test "consumer-hotline: a case is registered with a PIN that is stored as a hash, and asked for by both" {
  site consumer-hotline
  run -0 cclookup check --try
  run -0 cclookup case-number class=complaint pin=- reply=yes callback=13800138000 <<<445566
  local number=${output#case-number=}
  [[ $number =~ ^20[0-9]{6}000004$ ]]
  run -0 pin ticket "$number" 1 445566
  assert_line ticket-state=received
  run -1 pin ticket "$number" 1 445567
  assert_line tries-left=2
  run -0 sqlite3 "$HOTLINE_HOME/var/site.db" "SELECT substr(pin_argon2id, 1, 10), reply, callback FROM cases WHERE number = '$number'"
  assert_output '$argon2id$|yes|13800138000'
  # Without a PIN it has a number, and no PIN opens it, the empty one least.
  run -0 cclookup case-number class=report pin= reply=no callback=
  number=${output#case-number=}
  run -1 pin ticket "$number" 2 ''
  run -1 pin ticket "$number" 2 000000
  # What is of another form never comes to the database.
  for wrong in "class=x reply=no callback=" "class=report reply=x callback=" "class=report reply=no callback=1'"; do
    # shellcheck disable=SC2086
    run -75 cclookup case-number pin= $wrong
  done
  run -0 sqlite3 "$HOTLINE_HOME/var/site.db" "SELECT count(*) FROM cases"
  assert_output 5
}

@test "consumer-hotline: cases, messages, offices and notices are found in the sample data, or not" {
  site consumer-hotline
  run -0 pin ticket 20261120000001 1 112233
  assert_line ticket-closed=2026-11-24
  for caller in 2 3 4; do run -1 pin ticket 20261125000002 $caller 000000; done
  assert_line locked=yes
  run -1 pin ticket 99999999999999 5 112233
  run -0 cclookup message number=60001
  assert_line message-answered=2026-11-20
  run -1 cclookup message number=1
  run -0 cclookup message-number topic=director reply=no callback=
  assert_output message-number=60003
  run -0 cclookup office code=202
  assert_line office-phone=010-62345202
  run -1 cclookup office code=900
  run -0 cclookup notice
  assert_line notice-day=2026-11-20
  sqlite3 "$HOTLINE_HOME/var/site.db" "DELETE FROM notices"
  run -1 cclookup notice
}

@test "registering at the same time gives each case a number of its own" {
  site consumer-hotline
  for n in 1 2 3 4; do cclookup case-number class=report pin= reply=no callback= >"$HOTLINE_HOME/case.$n" 3>&- & done
  wait
  run -0 sh -c "cat '$HOTLINE_HOME'/case.* | sort -u | wc -l"
  assert_output 4
}

nodes() { journal ivr.node .node | paste -sd ' '; }
node_is() { [ "$(journal ivr.node .node | tail -n 1)" = "$1" ]; }
centre() { # SITE: the switch, the exchange and the flows of a site; no telephone
  SITE=$1
  teardown_instance
  centre_setup 1
  [ -z "${2:-}" ] || sed -i "s/^hours = .*/hours = [\"daily $2\"]/; s/^days = .*//" "$HOTLINE_HOME/etc/hotline.toml"
  start_daemon ccswitchd
  start_daemon ccpstn
  wait_for 'ccswitch spans --porcelain | grep -q "	up"' 15
  start_daemon ccivr
}
# hours_around FROM TO: a time of the day from FROM to TO hours from now.
hours_around() { printf '%s:00-%s:59' "$(date -d "$1 hours" +%H)" "$(date -d "$2 hours" +%H)"; }

@test "a caller in the burst main's district hears of it before the menu, then asks for a bill by account and PIN" {
  centre water
  ring_in a --from 01062345671 --say "$HOTLINE_HOME/caller.wav" --for 120s \
    --keys w1s,2,w20s,1,w2s,88001234,w2s,246810
  wait_for 'node_is again' 90
  run nodes
  assert_output --regexp '^welcome notice known-outage known-outage/look known-outage/cause known-outage/burst known-outage/told main billing '
  assert_output --regexp 'balance/who/look balance/who/known balance/look balance/age balance/bill balance/owed balance/debt balance/done again$'
  assert_equal "$(ccbus ask ccswitchd calls | jq -c '.calls[0].tags | [.["outage-cause"], .["bill-owed"], .account]')" \
    '["burst","105.20","88001234"]'
  run -1 grep -r 246810 "$HOTLINE_HOME"/var/journal/cc{ivr,switchd} "$HOTLINE_HOME"/cc{ivr,switchd}.log
}

@test "who is not in an outage comes to the menu without a word more" {
  centre water
  ring_in a --from 13800138000 --say "$HOTLINE_HOME/caller.wav" --keys w1s,1 --for 60s
  wait_for '[ "$(event_count ivr.exit)" = 1 ]' 40
  assert_equal "$(nodes)" "welcome notice known-outage known-outage/look known-outage/clear main repair-wait repair"
  assert_equal "$(journal call.handover '.to + " " + .tags.queue')" "ccqueue repair"
}

@test "12315 by day: a person is looked for without a key" {
  CALLED=12315
  centre consumer-hotline "$(hours_around -2 2)"
  ring_in a --from 13800138000 --say "$HOTLINE_HOME/caller.wav" --for 60s
  wait_for '[ "$(event_count ivr.exit)" = 1 ]' 40
  assert_equal "$(nodes)" "welcome notice hours desk"
  assert_equal "$(journal call.handover .tags.queue)" consult
}

@test "12315 at night: a complaint is spoken, kept, numbered and locked by a PIN that nobody sees" {
  CALLED=12315
  centre consumer-hotline "$(hours_around 10 12)"
  ring_in a --from 13800138000 --say "$HOTLINE_HOME/caller.wav" --for 180s \
    --keys w1s,2,w20s,1,w1s,1,w30s,#,w2s,1,w2s,2,w2s,445566
  wait_for 'journal ivr.node .node | grep -qx case/numbered' 120
  run nodes
  assert_output --regexp '^welcome notice hours night menu case case/class case/complaint case/speak case/speak/speak case/speak/review '
  assert_output --regexp 'case/keep-complaint case/pin case/register case/numbered$'
  run -0 sh -c "ls '$HOTLINE_HOME/var/messages/complaint' | wc -l"
  assert_output 1
  assert_equal "$(journal voicemail.left '[.mailbox, .form.class, .form.reply] | @tsv')" "complaint	complaint	no"
  number=$(ccbus ask ccswitchd calls | jq -r '.calls[0].tags["case-number"]')
  # That the right PIN opens it is seen above, without a line between; here that it came as a hash and stands nowhere else.
  run -0 sqlite3 "$HOTLINE_HOME/var/site.db" "SELECT substr(pin_argon2id, 1, 10), state FROM cases WHERE number = '$number'"
  assert_output '$argon2id$|received'
  run -1 grep -r 445566 "$HOTLINE_HOME"/var/journal/cc{ivr,switchd} "$HOTLINE_HOME"/cc{ivr,switchd}.log
}
