# Where calls go: routes by number, caller, time and night, the route program, outbound ways, blacklist, forwards, codes; with
# the real switch, the exchange at the other end of the E1, and real telephones.
load helper
load centre
load switch

setup() {
  CONFIG_FILE=lines.toml switch_setup </dev/null
  phone_table 1001 one
  phone_table 1002 two 'class = "local"'
  phone_table 1003 three
  mkdir -p "$HOTLINE_HOME/etc/calendar"
  tone caller.wav 440
  printf '2026-02-14\tworking\t春节\n2026-02-15..2026-02-23\tholiday\t春节\n' >"$HOTLINE_HOME/etc/calendar/days.tsv"
  printf '13811110000\tvip\n' >"$HOTLINE_HOME/etc/callers.tsv"
  routes </dev/null
  cat >>"$HOTLINE_HOME/etc/pstn.toml" <<TOML

[[subscriber]]
number = "777"
does = "refuse"
cause = 42

[[subscriber]]
number = "1"
after = "1s"
for = "3s"
TOML
}

teardown() { teardown_instance; }

routes() { # further lines of [switch] on stdin
  { cat <<TOML
include = ["lines.toml", "routes.toml", "more.toml"]
[calendar.office]
hours = ["Mon-Fri 09:00-17:30"]
days = ["calendar/days.tsv"]
[switch]
music = ""
number = "02096116"
callers = "callers.tsv"
TOML
    cat; } >"$HOTLINE_HOME/etc/hotline.toml"
  [ -f "$HOTLINE_HOME/etc/more.toml" ] || : >"$HOTLINE_HOME/etc/more.toml"
  cat >"$HOTLINE_HOME/etc/routes.toml" <<TOML
[[route]]
called = "96116"
calendar = "office"
controller = "open"

[[route]]
called = "96116"
controller = "closed"

[[route]]
called = "96117"
night = true
cause = 20

[[route]]
called = "96117"
cause = 17

[[route]]
called = "96118"
caller_tags = ["vip"]
cause = 3

[[route]]
called = "96118"
cause = 27

[[route]]
called = "9700"
to = "phone:1001"
TOML
}

more() { cat >>"$HOTLINE_HOME/etc/more.toml"; }

rings() { # NUMBER CALLER: somebody outside calls; returns when the call has ended
  local before
  before=$(event_count call.ended) || :
  ccpstn call --from "$2" --to "$1" --for 10s >"$HOTLINE_HOME/rings" 2>&1 </dev/null 3>&- &
  DAEMONS+=($!)
  wait_for '[ "$(event_count call.ended)" -gt '"$before"' ]' 15
}

ended() { journal call.ended '[.by, .cause] | @tsv' | tail -n 1; }

verdicts() { ccswitch route "$@" --porcelain | grep -v '^#' | cut -f 2,3; }

@test "a route can be asked for without a switch: 08:59:59 is closed, 09:00:00 is open, each with its reasons" {
  run ccswitch route --config - --called 96116 --at "2026-11-23 08:59:59" --porcelain
  assert_success
  assert_output --partial "route 1 ($HOTLINE_HOME/etc/routes.toml:1): 96116* calendar=office open	no	calendar office is not open: 2026-11-23 08:59:59 Mon, closed"
  assert_output --partial "route 2 ($HOTLINE_HOME/etc/routes.toml:6): 96116*	chosen	closed"
  run verdicts --config - --called 96116 --at "2026-11-23 09:00:00"
  assert_line --index 1 "chosen	open"
  # A Saturday that is worked, and a holiday on a Monday.
  run verdicts --config - --called 96116 --at "2026-02-14 10:00"
  assert_line --index 1 "chosen	open"
  run verdicts --config - --called 96116 --at "2026-02-16 10:00"
  assert_line --index 1 "no	calendar office is not open: 2026-02-16 10:00:00 Mon, holiday 春节, closed"
  # The answer is no when the call would be refused.
  run ccswitch route --config - --called 555
  assert_failure 1
  run ccswitch route --config - --called 96116 --at yesterday
  assert_failure 64
  assert_output --partial "is neither \"2026-11-23 08:59:59\" nor RFC 3339"
}

@test "a caller's tag, night mode and its command decide, live and in the explanation, and night outlives a restart" {
  more <<<'[night]
calendar = "office"'
  lines_up
  rings 96118 13811110000
  assert_equal "$(ended)" "switch	3"
  rings 96118 13822220000
  assert_equal "$(ended)" "switch	27"
  ccswitch night off
  rings 96117 13822220000
  assert_equal "$(ended)" "switch	17"
  run ccswitch night on --porcelain
  assert_line --index 1 "yes	on	-"
  rings 96117 13822220000
  assert_equal "$(ended)" "switch	20"
  assert_equal "$(journal night.changed '[.on, .mode, .by] | @tsv' | tail -n 1)" "true	on	command"
  run ccswitch route --called 96117 --porcelain
  assert_failure 1
  assert_output --partial "chosen	refused, cause 20"
  wait_for '[ "$(cat "$HOTLINE_HOME/var/night")" = on ]'
  stop_daemon ccswitchd KILL
  start_daemon ccswitchd
  assert_equal "$(ask night | jq -r '[.on, .mode] | @tsv')" "true	on"
  assert_equal "$(ask night '{"mode":"auto"}' | jq -r '.mode')" auto
  [ "$(ask night | jq -r .next)" != null ]
  run ccswitch night sometimes
  assert_failure 64
}

@test "who is in the blacklist is released before the answer, until his day, over restarts and edits by hand" {
  lines_up
  ccswitch blacklist add 13866660000 --cause 21 --reason "threatened staff" --for 30d
  ccswitch blacklist add '0756*'
  rings 9700 13866660000
  assert_equal "$(ended)" "blacklist	21"
  assert_equal "$(journal call.offered '[.caller, .controller] | @tsv')" "13866660000	"
  assert_equal "$(event_count leg.answered)" 0
  rings 9700 075612345
  assert_equal "$(ended)" "blacklist	21"
  rings 9700 13866660001
  assert_equal "$(ended)" "controller	20"  # the telephone is not there
  run ccswitch blacklist --porcelain
  assert_line --regexp '^0756\*	-	-	-$'
  assert_line --regexp '^13866660000	20[0-9-]+T[0-9:.]+Z	21	threatened staff$'
  wait_for 'grep -q 13866660000 "$HOTLINE_HOME/var/blacklist.tsv"'
  stop_daemon ccswitchd KILL
  # An entry whose time is over, by hand.
  printf '13866660001\t2020-01-01T00:00:00.000000Z\t-\t-\n13866660002\t-\t17\t-\n' >>"$HOTLINE_HOME/var/blacklist.tsv"
  start_daemon ccswitchd
  wait_for 'ccswitch spans --porcelain | grep -q "	up"' 15
  rings 9700 13866660001
  assert_equal "$(ended)" "controller	20"
  rings 9700 13866660002
  assert_equal "$(ended)" "blacklist	17"
  ccswitch blacklist remove 13866660000
  rings 9700 13866660000
  assert_equal "$(ended)" "controller	20"
  assert_equal "$(journal blacklist.changed .action | sort | uniq -c | awk '{print $2 $1}' | tr '\n' ' ')" "added2 expired1 removed1 "
  run ccswitch blacklist remove 13866660000
  assert_failure 1
  run ccswitch blacklist add '0*'
  assert_failure 64
  assert_output --partial "three digits at least"
}

@test "a hidden number is let in, unless the blacklist's rule says no" {
  lines_up
  rings 96117 ""
  assert_equal "$(ended)" "switch	17"
  more <<<'[blacklist]
withheld = true
cause = 31'
  reload
  rings 96117 ""
  assert_equal "$(ended)" "blacklist	31"
}

@test "HUP says what changed, and refuses a bad list whole" {
  lines_up
  more <<<'[[route]]
called = "555"
cause = 22
[[outbound]]
called = "default"
via = ["span:e1"]'
  printf '13877770000\t-\t17\t-\n' >"$HOTLINE_HOME/var/blacklist.tsv"
  printf '2026-02-14\tworking\n' >"$HOTLINE_HOME/etc/calendar/days.tsv"
  reload
  run grep reload "$HOTLINE_HOME/ccswitchd.log"
  assert_output --partial "routes +1 -0; outbound +1 -0; calendar office changed; 1 in the blacklist"
  rings 555 13877770001
  assert_equal "$(ended)" "switch	22"
  echo "nonsense" >>"$HOTLINE_HOME/var/blacklist.tsv"
  more <<<'[[route]]
called = "556"
cause = 22'
  reload
  run tail -n 3 "$HOTLINE_HOME/ccswitchd.log"
  assert_output --partial "blacklist.tsv:2: 'nonsense' is neither a number"
  rings 556 13877770001
  assert_equal "$(ended)" "switch	1"
  rings 555 13877770000
  assert_equal "$(ended)" "blacklist	17"
}

@test "the route program of contrib is asked; without it the tables decide" {
  echo 13811110000 >"$HOTLINE_HOME/vip"
  sed "s|ccqueue|vips|" "$ROOT/contrib/route-program" >"$HOTLINE_HOME/program"
  routes <<<"route_program = \"exec sh $HOTLINE_HOME/program $HOTLINE_HOME/vip\""
  lines_up
  wait_for 'grep -q route-program.ready "$HOTLINE_HOME/ccswitchd.log"'
  # A machine under load may miss the 200 ms once; not each time.
  for try in 1 2 3 4 5 6 7 8; do
    ccpstn call --from 13811110000 --to 96118 --for 1s >/dev/null 2>&1 3>&- &
    wait_for '[ "$(event_count call.offered)" -ge '"$try"' ]' 10
    wait $! || :
    journal call.offered .controller | grep -qx vips && break
  done
  assert_equal "$(journal call.offered '[.controller, .tags.queue] | @tsv' | tail -n 1)" "vips	vip"
  run verdicts --called 96118
  assert_line --partial "it is asked first, for each call anew"
  # Another command by HUP; this one dies at once.
  routes <<<'route_program = "exit 3"'
  reload
  wait_for '[ "$(event_count alarm.set)" = 1 ]'
  wait_for '[ "$(ask calls | jq ".calls | length")" = 0 ]'
  rings 96118 13811110000
  assert_equal "$(ended)" "switch	3"
}

@test "a number goes out as its row says: digits, caller, and the next way when the first fails" {
  more <<TOML
[[span]]
name = "none"
local = "127.0.0.1:$DEAD_PORT"
remote = "127.0.0.1:$((DEAD_PORT + 1))"
[[outbound]]
called = "9"
strip = 1
prepend = "17909"
via = ["span:none", "span:e1"]
caller = "02088886116"
[[outbound]]
called = "8"
strip = 1
via = ["span:e1", "span:e1"]
TOML
  lines_up
  ask dial '{"to":"pstn:9075612345","controller":"switch"}'
  wait_for '[ "$(event_count pstn.offered)" = 1 ]'
  assert_equal "$(journal pstn.offered .to)" 17909075612345
  wait_for 'grep -q "offered.* from=020\*\*\*\*6116 to=179" "$HOTLINE_HOME/ccpstn.log"'
  ask dial '{"to":"pstn:8777","controller":"switch"}'
  wait_for '[ "$(event_count leg.rerouted)" = 1 ]'
  wait_for '[ "$(event_count pstn.offered)" = 3 ]'
  wait_for '[ "$(journal leg.released .cause | grep -cx 42)" = 1 ]'
  run ccswitch dial pstn:12345
  assert_failure 69
  assert_output --partial "no [[outbound]] leads to that number"
}

@test "a telephone calls outside what its class allows, and emergency numbers always" {
  lines_up
  phone 1002 two manual -e "/dial 075612345"
  wait_for '[ "$(event_count call.ended)" = 1 ]' 20
  assert_equal "$(ended)" "switch	21"
  kill -KILL "$PHONE"
  phone 1002 two manual -e "/dial 120"
  wait_for '[ "$(event_count pstn.offered)" = 1 ]' 20
  assert_equal "$(journal pstn.offered .to)" 120
  run ccswitch forward 1002 --always 075612345
  assert_failure 77
  assert_output --partial "class does not allow"
}

@test "a call goes on from telephone to telephone, and out, and a ring of forwards ends with its cause" {
  lines_up
  ccswitch forward 1001 --always 1002
  ccswitch forward 1002 --no-answer 13800138000 --after 5s
  # 1002 is not there: it goes on outside.
  rings 9700 13822220000
  assert_equal "$(journal leg.forwarded '[.phone, .to, .reason, .hop] | @tsv')" "1001	phone:1002	always	1
1002	pstn:13800138000	unreachable	2"
  wait_for '[ "$(event_count bridge.up)" = 1 ]'
  # It is there, and lets it ring.
  phone 1002 two manual
  rings 9700 13822220000
  assert_equal "$(journal leg.forwarded '[.phone, .reason] | @tsv' | tail -n 1)" "1002	no-answer"
  assert_equal "$(event_count bridge.up)" 2
  assert_equal "$(journal leg.dialed .to | tail -n 1)" phone:1001
  # An agent's offer is his own.
  run ask dial '{"to":"phone:1001","controller":"switch","role":"agent"}'
  assert_failure
  assert_output --partial "is not registered"
  ccswitch forward 1002 --always 1001
  rings 9700 13822220000
  assert_equal "$(ended)" "controller	25"
  stop_daemon ccswitchd
  start_daemon ccswitchd
  assert_equal "$(ask forward '{"phone":"1001"}' | jq -r .always)" phone:1002
  assert_equal "$(ccswitch forward 1001 --always off --porcelain | tail -n 1 | cut -f 2)" "-"
}

@test "do not disturb is busy, goes to its target, and the agent is not ready; both ends agree" {
  more <<<'[[queue]]
name = "repair"
[[agent]]
id = "1001"
queues = ["repair"]'
  lines_up
  start_daemon ccqueue
  phone 1001 one auto
  state() { ccqueue agents --porcelain | awk -F '\t' '$1 == "1001" {print}' | grep -c "	$1	"; }
  wait_for '[ "$(state ready)" = 1 ]' 15
  ccswitch forward 1001 --dnd on
  wait_for '[ "$(state paused)" = 1 ]'
  assert_equal "$(journal agent.state '[.state, .reason] | @tsv' | tail -n 1)" "paused	dnd"
  rings 9700 13822220000
  assert_equal "$(ended)" "controller	17"
  run ccqueue ready 1001
  assert_failure
  assert_output --partial "is not to be disturbed"
  ccswitch forward 1001 --busy 1003
  phone 1003 three auto
  rings 9700 13822220000
  assert_equal "$(journal leg.forwarded '[.to, .reason] | @tsv')" "phone:1003	dnd"
  # A pause of the agent does not silence the telephone.
  ccswitch forward 1001 --dnd off
  wait_for '[ "$(state ready)" = 1 ]'
  ccqueue pause 1001 --reason lunch
  rings 9700 13822220000
  assert_equal "$(journal leg.answered .leg | wc -l)" 4
  assert_equal "$(ask forward '{"phone":"1001"}' | jq -r .dnd)" false
}

@test "a telephone changes its forwards and the night by codes, if the site has given any" {
  lines_up
  phone 1001 one manual -e "/dial *78"
  wait_for '[ "$(event_count call.ended)" = 1 ]' 15
  assert_equal "$(event_count phone.forward)" 0
  kill -KILL "$PHONE"
  routes <<<'[switch.codes]
forward_always = "*72"
dnd_on = "*78"
night_on = "*28*1"'
  reload
  phone 1001 one manual -e "/dial *78"
  wait_for '[ "$(journal phone.forward "[.phone, .dnd, .by] | @tsv")" = "1001	true	phone:1001" ]' 15
  wait_for '[ "$(event_count play.done)" = 1 ]' 15
  assert_equal "$(journal call.offered '.tags["code-result"]' | tail -n 1)" "done"
  kill -KILL "$PHONE"
  phone 1001 one manual -e "/dial *721002"
  wait_for '[ "$(journal phone.forward .always | tail -n 1)" = phone:1002 ]' 15
  kill -KILL "$PHONE"
  phone 1002 two manual -e "/dial *72075612345"
  wait_for '[ "$(journal call.offered ".tags[\"code-result\"]" | tail -n 1)" = refused ]' 15
  kill -KILL "$PHONE"
  phone 1003 three manual -e "/dial *28*1"
  wait_for '[ "$(journal night.changed "[.on, .by] | @tsv")" = "true	phone:1003" ]' 15
}

@test "every port that is open is listed, without the switch too, and no other is open" {
  lines_up
  phone 1001 one auto
  ask dial '{"to":"phone:1001","controller":"switch"}'
  wait_for '[ "$(event_count leg.answered)" = 1 ]' 15
  run ccswitch ports --porcelain
  listed=$output
  assert_equal "$(ccswitchd --ports --porcelain)" "$listed"
  open=$(ss -lnuatpH | awk -v pid="pid=$pid_ccswitchd," 'index($0, pid) {print $1, $5}')
  [ -n "$open" ]
  while read -r proto where; do
    port=${where##*:}
    awk -F '\t' -v proto="$proto" -v address="${where%:*}" -v port="$port" \
      '$1 == proto && $2 == address && port >= $3 && port <= $4 {found = 1} END {exit !found}' <<<"$listed" ||
      fail "open, but not listed: $proto $where"
  done <<<"$open"
  [ "$(wc -l <<<"$open")" -ge 4 ]  # the span, SIP twice, audio
}

@test "calls whose controller stays away may go to a telephone" {
  routes <<<'fallback = "phone:1001"
fallback_after = "1s"
controller_timeout = "1s"'
  lines_up
  phone 1001 one auto
  ccpstn call --from 13822220000 --to 96116 --for 10s >/dev/null 2>&1 </dev/null 3>&- &
  DAEMONS+=($!)
  wait_for '[ "$(event_count bridge.up)" = 1 ]' 20
  assert_equal "$(journal call.fallback .to)" switch
  routes <<<'fallback = "phone:1009"'
  run ccswitchd -t
  assert_failure 78
  assert_output --partial "there is no phone '1009'"
}

@test "the size of lines and agents is counted in erlang" {
  more <<<'[[agent]]
id = "1001"
[[agent]]
id = "1002"'
  run ccreport size --porcelain
  assert_line "lines	channels	30	channels"
  assert_line --partial "lines	offered at 10 per mille refused	20.34	erlang"
  run ccreport size --calls 200 --aht 3m --porcelain
  assert_line --partial "load	offered	10	erlang"
  run ccreport size --aht soon
  assert_failure 64
}
