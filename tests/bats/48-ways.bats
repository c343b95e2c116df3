# Ways out: SIP trunks and groups of spans in [[outbound]], their order, who is shown as calling, who passed a call on; sipp plays
# the providers, the exchange is at the other end of the E1s.
load helper
load centre
load switch

setup() {
  NO_SPAN=1 switch_setup <<TOML
[switch]
prompts = ["prompts"]
number = "02096116"

[[route]]
called = "96110"
to = "phone:1001"

[[route]]
called = "8"
to = "pstn"
TOML
  phone_table 1001 one
  phone_table 1002 two
  more <<TOML
[[trunk]]
name = "provider"
address = ["127.0.0.1:$PROVIDER_PORT"]
qualify = "0s"

[[trunk]]
name = "gateway"
address = ["127.0.0.1:$GATEWAY_PORT"]
qualify = "0s"
TOML
}

teardown() { teardown_instance; }

more() { cat >>"$HOTLINE_HOME/etc/hotline.toml"; }
exchange() { cat >>"$HOTLINE_HOME/etc/pstn.toml"; }
# heard_invite NAME: the first INVITE that sipp run NAME was sent.
heard_invite() { tr -d '\r' <"$HOTLINE_HOME/$1/messages" | sed -n '/^INVITE sip:/,/^$/p' | sed '/^$/q'; }

# diverted TO LINES PORT: a gateway's call to that number, with these header lines.
diverted() {
  sed "s|^      P-Asserted-Identity: .*|&\n      $2|; s|pause milliseconds=\"1500\"|pause milliseconds=\"4000\"|" "$ROOT/tests/sipp/gateway.xml" \
    >"$HOTLINE_HOME/diverted.xml"
  sipp_run "from-$1" "$HOTLINE_HOME/diverted.xml" "$GATEWAY_PORT" -s "$1" -m 1
}

@test "a number goes out over a trunk: digits off and on, the row's number as caller unless the call names one, who answers is told" {
  more <<TOML
[[outbound]]
called = "9"
via = ["trunk:provider"]
strip = 1
prepend = "0086"
caller = "02012340000"
TOML
  start_daemon ccswitchd
  sipp_run provider taker.xml "$PROVIDER_PORT" -key who 13900139000 -m 2
  run ccswitch dial pstn:913800138000
  assert_success
  wait_for '[ "$(event_count leg.answered)" = 1 ]' 20
  assert_equal "$(ask calls | jq -r ".calls[0].legs[0].endpoint")" "trunk:provider/008613800138000"
  assert_equal "$(journal leg.answered .connected)" 13900139000
  run heard_invite provider
  assert_line --regexp "^INVITE sip:008613800138000@127.0.0.1:$PROVIDER_PORT SIP/2.0"
  assert_line --regexp '^From: .*<sip:02012340000@'
  assert_line "Max-Forwards: 69"
  refute_line --regexp '^Diversion:'
  run ccswitch dial pstn:913800138000 --from 96118
  assert_success
  wait_for '[ "$(event_count leg.answered)" = 2 ]' 20
  assert grep -q '<sip:96118@' "$HOTLINE_HOME/provider/messages"
  run -69 ccswitch dial pstn:13800138000 # no row leads there
  assert_output --partial "no [[outbound]] leads to that number"
}

# refuser STATUS: the scenario that refuses with it; sipp wants the figure itself, no keyword.
refuser() {
  sed "s/\[status\]/$1/" "$ROOT/tests/sipp/refuser.xml" >"$HOTLINE_HOME/refuser-$1.xml"
  echo "$HOTLINE_HOME/refuser-$1.xml"
}

@test "a way that fails is left for the next one, a trunk for another trunk and for a span; who is busy is busy by any way" {
  span_ends e1 "$E1_PORT" "$PSTN_PORT"
  more <<TOML
[[outbound]]
called = "9"
via = ["trunk:provider", "trunk:gateway", "span:e1"]
TOML
  exchange <<TOML
[[subscriber]]
number = "9"
after = "0ms"
for = "60s"
TOML
  lines_up e1
  sipp_run provider "$(refuser 503)" "$PROVIDER_PORT"
  sipp_run gateway "$(refuser 500)" "$GATEWAY_PORT"
  run ccswitch dial pstn:913800138000 --timeout 60
  assert_success
  wait_for '[ "$(event_count leg.answered)" = 1 ]' 30
  assert_equal "$(journal leg.rerouted '[.was, (.to | sub("/[0-9]+$"; "")), .cause] | @tsv')" \
    "trunk:provider/913800138000	trunk:gateway	41
trunk:gateway/913800138000	span:e1	41"
  assert_equal "$(ask calls | jq -r '.calls[0].legs | length')" 1
  ccswitch hangup "$(ask calls | jq -r '.calls[0].call')"
  wait_for '[ "$(event_count call.ended)" = 1 ]'
  # The same gateway, busy now: that speaks of the one who is called.
  sed -i 's/via = .*/via = ["trunk:busy", "span:e1"]/' "$HOTLINE_HOME/etc/hotline.toml"
  more <<TOML
[[trunk]]
name = "busy"
address = ["127.0.0.1:$WATCH_PORT"]
qualify = "0s"
TOML
  reload
  wait_for 'journal trunk.up .trunk | grep -qx busy'
  sipp_run busy "$(refuser 486)" "$WATCH_PORT"
  run ccswitch dial pstn:913800138000
  assert_success
  wait_for '[ "$(event_count call.ended)" = 2 ]' 20
  assert_equal "$(journal call.ended .cause | tail -n 1) $(event_count leg.rerouted)" "17 2"
}

@test "a group of spans is used by turns, and what is left of it when one is down; each span chooses its channels as it is told" {
  span_ends e1 "$E1_PORT" "$PSTN_PORT" 'group = "telco"
select = "lowest"
restart = false' 'group = "telco"
restart = false'
  span_ends e2 "$((WATCH_PORT + 2))" "$((WATCH_PORT + 3))" 'group = "telco"
select = "round-robin"
restart = false' 'restart = false'
  span_ends e3 "$((WATCH_PORT + 4))" "$((WATCH_PORT + 5))" 'restart = false' 'restart = false'
  more <<TOML
[[outbound]]
called = "1"
via = ["span:telco"]
TOML
  exchange <<TOML
[[subscriber]]
number = "1"
after = "0ms"
for = "60s"
TOML
  lines_up e1 e2 e3
  for _ in 1 2 3 4; do
    ccswitch dial pstn:13800138000 >/dev/null
    wait_for '[ "$(ask calls | jq "[.calls[].legs[] | select(.state != \"up\")] | length")" = 0 ]' 20
  done
  ends() { ask calls | jq -r '.calls[].legs[].endpoint' | sed 's/.*span:/span:/' | sort | tr '\n' ' '; }
  assert_regex "$(ends)" '^span:e1/1 span:e1/2 span:e2/[0-9]+ span:e2/[0-9]+ $'
  used=$(ends)
  for call in $(ask calls | jq -r '.calls[].call'); do ccswitch hangup "$call"; done
  wait_for '[ "$(event_count call.ended)" = 4 ]'
  # From below again on the one, one that was not used yet on the other.
  for _ in 1 2; do
    ccswitch dial pstn:13800138000 >/dev/null
    wait_for '[ "$(ask calls | jq "[.calls[].legs[] | select(.state != \"up\")] | length")" = 0 ]' 20
  done
  assert_regex "$(ends)" '^span:e1/1 span:e2/[0-9]+ $'
  refute [ "${used#*"$(ends | cut -d' ' -f2) "}" != "$used" ]
  # Without e1 the group is e2; e3 is in no group and stays idle, however many call.
  sed -i '/^name = "e1"/,/^\[\[span/{/^\[\[span/!d}' "$HOTLINE_HOME/etc/hotline.toml"
  sed -i '0,/^\[\[span\]\]/{/^\[\[span\]\]/d}' "$HOTLINE_HOME/etc/hotline.toml"
  reload
  for _ in 1 2; do
    ccswitch dial pstn:13800138000 >/dev/null
    wait_for '[ "$(ask calls | jq "[.calls[].legs[] | select(.state != \"up\")] | length")" = 0 ]' 20
  done
  assert_regex "$(ends)" '^span:e1/1 (span:e2/[0-9]+ ){3}$'
}

@test "who passed a call on is told from network to network, counted, and a call that goes in a circle is refused" {
  span_ends e1 "$E1_PORT" "$PSTN_PORT" 'pcap = "var/e1.pcap"'
  sed -i 's/^id = "1001"/&\nforward_always = "pstn:913900139000"/' "$HOTLINE_HOME/etc/hotline.toml"
  more <<TOML
[[outbound]]
called = "9"
via = ["trunk:provider"]

[[outbound]]
called = "8"
via = ["span:e1"]
TOML
  lines_up e1
  # From a trunk to a telephone that is forwarded to another trunk: the telephone is the last who did it, and all are counted.
  sipp_run provider taker.xml "$PROVIDER_PORT" -key who 13700137000 -m 2
  diverted 96110 'Diversion: <sip:02088@gw>;reason=user-busy;counter=2'
  wait_for '[ "$(event_count call.ended)" = 1 ]' 40
  assert_equal "$(journal call.offered '[.caller, .caller_name, .redirecting.number, .redirecting.reason, .redirecting.count] | @tsv')" \
    "02012345678		02088	busy	2"
  assert_equal "$(heard_invite provider | grep '^Diversion')" "Diversion: <sip:1001@127.0.0.1>;reason=unconditional;counter=3"
  # The gateway is told who answered.
  assert grep -q '^P-Asserted-Identity: <sip:13700137000@' <(tr -d '\r' <"$HOTLINE_HOME/from-96110/messages")
  # From a span to a trunk, as the exchange said it.
  ccpstn call --from 13800138000 --to 96110 --redirecting 96112:no-answer --for 2s >/dev/null 2>&1 3>&-
  wait_for '[ "$(event_count call.ended)" = 2 ]' 20
  assert_equal "$(journal call.offered .redirecting.number | tail -n 1)" 96112
  assert grep -q 'reason=unconditional;counter=2' "$HOTLINE_HOME/provider/messages"
  # From a trunk to a span.
  diverted 8123 'History-Info: <sip:02077@gw>;index=1,<sip:8123@us;cause=408>;index=1.1;mp=1'
  wait_for '[ "$(event_count call.ended)" = 3 ]' 40
  run tshark -r "$HOTLINE_HOME/var/e1.pcap" -o "q932.facility_encoding:Dissect facility as ETSI" -Y 'q931.message_type==0x05' -V
  assert_output --partial 02077
  # Five times is enough.
  diverted 96110 'Diversion: <sip:1@gw>;counter=5'
  wait_for 'grep -q "SIP/2.0 483" "$HOTLINE_HOME/from-96110/messages"' 20
  wait_for '[ "$(event_count call.ended)" = 4 ]'
  assert_equal "$(journal call.ended .cause | tail -n 1)" 25
}
