# SIP trunks, telephones over TLS, lamps, and the edge towards strangers: ccswitchd with sipp as a provider and a gateway,
# baresip as telephones, and sipvicious.
load helper
load centre
load switch

setup() {
  NO_SPAN=1 switch_setup 'qualify = "1s"' 'qualify_timeout = "900ms"' <<TOML
[switch]
prompts = ["prompts"]
drain = "1s"

[[route]]
called = "96110"
to = "phone:1001"
TOML
  phone_table 1001 one
  phone_table 1002 two
  cat >>"$CONFIG" <<TOML

[[trunk]]
name = "provider"
address = ["127.0.0.1:$DEAD_PORT", "127.0.0.1:$PROVIDER_PORT"]
register = true
user = "02066"
secret = "s3cret"
domain = "sip.example.net"
qualify = "0s"
calls_max = 2

[[trunk]]
name = "gateway"
address = ["127.0.0.1:$GATEWAY_PORT"]
qualify = "0s"
TOML
}

teardown() { teardown_instance; }



@test "a trunk registers with its secret, passing over a gate that is dead, and a call goes out over it and is cleared from here" {
  sipp_run provider provider.xml "$PROVIDER_PORT"
  start_daemon ccswitchd
  wait_for '[ "$(trunk_is provider state)" = up ]' 40
  assert_equal "$(journal trunk.up .trunk | sort | tr '\n' ' ')" "gateway provider "
  assert [ "$(trunk_is provider expires)" != null ]
  run ccswitch trunks --porcelain
  assert_success
  assert_line --regexp "^provider	up	127.0.0.1:[0-9]+	0	2	20"
  run ccswitch dial trunk:provider/13800138000 --from 96116 --timeout 30
  assert_success
  wait_for '[ "$(event_count leg.answered)" = 1 ]' 30
  assert_equal "$(ask calls | jq -r '.calls[0].legs[0].endpoint')" "trunk:provider/13800138000"
  assert_equal "$(trunk_is provider calls)" 1
  ccswitch hangup "$(ask calls | jq -r '.calls[0].call')"
  wait_for '[ "$(event_count call.ended)" = 1 ]'
  assert_equal "$(trunk_is provider calls)" 0
  # The secret crossed the wire as a proof only, and stands in no log.
  refute grep -q s3cret "$HOTLINE_HOME/provider/messages" "$HOTLINE_HOME/ccswitchd.log"
  refute grep -q 13800138000 "$HOTLINE_HOME/ccswitchd.log"
}

@test "a provider that does not take the secret leaves the trunk down, with its reason, and nothing can be dialled over it" {
  sed -i 's/^secret = "s3cret"/secret = "guess"/; s/"127.0.0.1:'"$DEAD_PORT"'", //' "$HOTLINE_HOME/etc/hotline.toml"
  sipp_run provider provider.xml "$PROVIDER_PORT"
  start_daemon ccswitchd
  wait_for '[ "$(event_count trunk.down)" = 1 ]' 20
  assert_equal "$(journal trunk.down '[.trunk, .reason] | @tsv')" "provider	the registrar answers 403"
  run ccswitch dial trunk:provider/13800138000
  assert_failure 69
  assert_output --partial "trunk 'provider' is down: the registrar answers 403"
  run ccswitch dial trunk:nobody/13800138000
  assert_failure 1
  run ccswitch dial trunk:provider/x
  assert_failure 64
}

@test "a gateway's call comes in by its address, reaches a telephone, and is told as the network names the caller" {
  start_daemon ccswitchd
  phone 1001 one auto
  sipp_run gateway gateway.xml "$GATEWAY_PORT" -s 96110 -m 1
  wait_for '[ "$(event_count call.ended)" = 1 ]' 30
  assert_equal "$(journal call.offered '[.caller, .called, .line] | @tsv')" "02012345678	96110	trunk:gateway"
  assert_equal "$(event_count bridge.up)" 1
  assert_equal "$(journal call.ended '[.by, .cause] | @tsv')" "caller	16"
  # The same words from another port are a stranger's.
  sipp_run stranger gateway.xml "$WATCH_PORT" -s 96110 -m 1
  wait_for 'grep -q "SIP/2.0 401" "$HOTLINE_HOME/stranger/messages"' 20
  assert_equal "$(event_count call.offered)" 1
}

# A call of the gateway to a telephone; on its line all that stands in $HOTLINE_HOME/gateway/line.alaw is heard, over and over.
analogue() {
  sed -i '/^name = "gateway"/a hangup_on_busy_tone = true\nhangup_on_silence = "10s"' "$HOTLINE_HOME/etc/hotline.toml"
  start_daemon ccswitchd
  phone 1001 one auto
  sipp_run gateway analogue.xml "$GATEWAY_PORT" -s 96110 -m 1
}

# alaw FILE ARG…: what sox makes of the arguments, as octets.
alaw() { sox -n -r 8000 -c 1 -e a-law -t al "$HOTLINE_HOME/$1" "${@:2}"; }

@test "an analogue line that plays busy tone has been hung up: its call is released, as by its caller" {
  # 450 Hz, 350 ms on and off.
  mkdir "$HOTLINE_HOME/gateway"
  alaw gateway/line.alaw synth 0.35 sine 450 gain -13 pad 0 0.35 repeat 7
  analogue
  wait_for '[ "$(event_count call.ended)" = 1 ]' 40
  assert_equal "$(journal leg.cleared '[.leg, .by] | @tsv')" "$(journal call.offered .call)-1	busy_tone"
  assert_equal "$(journal leg.released 'select(.leg | endswith("-1")) | [.by, .cause] | @tsv')" "remote	16"
  assert_equal "$(journal call.ended '[.by, .cause] | @tsv')" "caller	16"
}

@test "an analogue line on which music, speech or ringing is heard is left alone" {
  mkdir "$HOTLINE_HOME/gateway"
  alaw ring.al synth 1 sine 450 gain -13 pad 0 2
  "$ROOT/share/prompts/make-music" "$HOTLINE_HOME/tune.wav" >/dev/null
  sox "$HOTLINE_HOME/tune.wav" -r 8000 -c 1 -e a-law -t al "$HOTLINE_HOME/tune.al" trim 0 5
  espeak-ng -v en --stdout "One moment please, the line is busy, somebody will speak to you soon" |
    sox -t wav - -r 8000 -c 1 -e a-law -t al "$HOTLINE_HOME/speech.al"
  cat "$HOTLINE_HOME"/{ring,speech,tune}.al >"$HOTLINE_HOME/gateway/line.alaw"
  analogue
  wait_for '[ "$(event_count call.ended)" = 1 ]' 60
  assert_equal "$(event_count leg.cleared)" 0
  assert_equal "$(journal call.ended '[.by, .cause] | @tsv')" "caller	16"
  assert [ "$(journal call.ended .ms)" -ge 15000 ]
}

@test "a telephone registers over TLS, is called and calls; nothing older than TLS 1.2 is spoken" {
  "$ROOT/contrib/self-signed-certificate" 127.0.0.1 "$HOTLINE_HOME/etc/tls.pem"
  sed -i "s/^qualify = \"1s\"/tls_listen = \"127.0.0.1:$TLS_PORT\"\ntls_certificate = \"tls.pem\"/" "$HOTLINE_HOME/etc/hotline.toml"
  start_daemon ccswitchd
  assert_equal "$(ask ports | jq -r '.ports[] | select(.purpose == "sip-tls") | .port')" "$TLS_PORT"
  SERVER="127.0.0.1:$TLS_PORT;transport=tls" phone 1001 one auto
  FIRST=$PHONE
  assert_regex "$(phone_is 1001 contact)" 'transport=tls'
  run ccswitch dial phone:1001
  assert_success
  wait_for '[ "$(event_count leg.answered)" = 1 ]' 20
  ccswitch hangup "$(ask calls | jq -r '.calls[0].call')"
  wait_for '[ "$(event_count call.ended)" = 1 ]'
  phone 1002 two auto
  kill -KILL "$FIRST"
  wait "$FIRST" || :
  SERVER="127.0.0.1:$TLS_PORT;transport=tls" phone 1001 one manual -e "/dial 1002"
  wait_for '[ "$(event_count bridge.up)" = 1 ]' 30
  run openssl s_client -connect "127.0.0.1:$TLS_PORT" -tls1_1 -cipher 'ALL:@SECLEVEL=0' </dev/null
  refute_output --partial "Verify return code: 18"
  assert_output --partial "Cipher is (NONE)"
  run openssl s_client -connect "127.0.0.1:$TLS_PORT" -tls1_2 </dev/null
  refute_output --partial "Cipher is (NONE)"
  assert_equal "$(stat -c %a "$HOTLINE_HOME/var/ccswitchd.tls")" 700
  # One that is none is refused as a whole.
  echo nonsense >"$HOTLINE_HOME/etc/bad.pem"
  sed -i 's/tls.pem/bad.pem/' "$HOTLINE_HOME/etc/hotline.toml"
  stop_daemon ccswitchd KILL
  run ccswitchd
  assert_failure 78
  assert_output --partial "bad.pem' has no certificate in PEM"
}

# fingerprint: of the certificate that who connects is shown; fingerprint_of FILE.
fingerprint() { openssl s_client -connect "127.0.0.1:$TLS_PORT" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256; }
fingerprint_of() { openssl x509 -in "$1" -noout -fingerprint -sha256; }

@test "a certificate that was replaced is shown from HUP on, open connections go on, and one that is no good changes nothing" {
  "$ROOT/contrib/self-signed-certificate" 127.0.0.1 "$HOTLINE_HOME/etc/tls.pem"
  sed -i "s/^qualify = \"1s\"/tls_listen = \"127.0.0.1:$TLS_PORT\"\ntls_certificate = \"tls.pem\"/" "$HOTLINE_HOME/etc/hotline.toml"
  start_daemon ccswitchd
  SERVER="127.0.0.1:$TLS_PORT;transport=tls" phone 1001 one auto
  before=$(fingerprint_of "$HOTLINE_HOME/etc/tls.pem")
  assert_equal "$(fingerprint)" "$before"
  call=$(ccswitch dial phone:1001 --porcelain | grep -v '^#' | cut -f1)
  wait_for '[ "$(event_count leg.answered)" = 1 ]' 20
  run ask reload
  refute_output --partial certificate # it is the same
  # One whose key is another's.
  "$ROOT/contrib/self-signed-certificate" 127.0.0.1 "$HOTLINE_HOME/etc/other.pem"
  cp "$HOTLINE_HOME/etc/tls.pem" "$HOTLINE_HOME/etc/good.pem"
  { openssl x509 -in "$HOTLINE_HOME/etc/other.pem"; openssl pkey -in "$HOTLINE_HOME/etc/good.pem"; } >"$HOTLINE_HOME/etc/tls.pem"
  run ask reload
  assert_output --partial "is not the key of"
  assert_equal "$(fingerprint)" "$before"
  cp "$HOTLINE_HOME/etc/other.pem" "$HOTLINE_HOME/etc/tls.pem"
  run ask reload
  assert_output --partial "another certificate of [sip]"
  assert_equal "$(fingerprint)" "$(fingerprint_of "$HOTLINE_HOME/etc/other.pem")"
  refute [ "$(fingerprint)" = "$before" ]
  # The telephone's connection is the one from before: its call is cleared over it, and it is called again.
  ccswitch hangup "$call"
  wait_for '[ "$(event_count call.ended)" = 1 ]' 20
  run ccswitch dial phone:1001
  assert_success
  wait_for '[ "$(event_count leg.answered)" = 2 ]' 20
  assert_equal "$(event_count phone.registered)" 1
}

@test "a telephone outlives a kill of the switch, and one that dies without a word is silent" {
  start_daemon ccswitchd
  phone 1001 one auto
  wait_for '[ -s "$HOTLINE_HOME/var/ccswitchd.contacts" ]' 15
  stop_daemon ccswitchd KILL
  start_daemon ccswitchd
  assert_equal "$(phone_is 1001 registered)" true
  run ccswitch dial phone:1001
  assert_success
  wait_for '[ "$(event_count leg.answered)" = 1 ]' 20
  assert_equal "$(phone_is 1001 reachable)" true
  kill -KILL "$PHONE"
  wait_for '[ "$(event_count phone.silent)" = 1 ]' 20
  assert_equal "$(phone_is 1001 registered) $(phone_is 1001 reachable)" "true false"
  phone 1001 one auto
  wait_for '[ "$(phone_is 1001 reachable)" = true ]' 20
}

@test "a lamp shows another telephone's calls, messages are told, and both are known after a restart" {
  start_daemon ccswitchd
  phone 1001 one auto
  sipp_run lamp watch.xml "$WATCH_PORT" -s 1001 -key event dialog -au 1002 -ap two -m 1
  wait_for 'grep -q "state=.full" "$HOTLINE_HOME/lamp/messages"' 20
  assert grep -q '<state>terminated</state>' "$HOTLINE_HOME/lamp/messages"
  call=$(ccswitch dial phone:1001 --porcelain | grep -v '^#' | cut -f1)
  wait_for 'grep -q "<state>confirmed</state>" "$HOTLINE_HOME/lamp/messages"' 20
  ccswitch hangup "$call"
  wait_for '[ "$(grep -c "<state>terminated</state>" "$HOTLINE_HOME/lamp/messages")" -ge 2 ]' 20

  run ask mwi '{"phone":"1002","new":3,"old":1}'
  assert_success
  sipp_run mailbox watch.xml $((WATCH_PORT + 1)) -s 1002 -key event message-summary -au 1002 -ap two -m 1
  wait_for 'grep -q "Voice-Message: 3/1" "$HOTLINE_HOME/mailbox/messages"' 20
  ask mwi '{"phone":"1002","new":0,"old":4}'
  wait_for 'grep -q "Voice-Message: 0/4" "$HOTLINE_HOME/mailbox/messages"' 20
  run ask mwi '{"phone":"7777","new":1}'
  assert_failure 1
  run ask mwi '{"phone":"1002","new":-1}'
  assert_failure 64
  assert_equal "$(journal phone.messages '[.phone, .new, .old] | @tsv')" "1002	3	1
1002	0	4"
  stop_daemon ccswitchd KILL
  start_daemon ccswitchd
  assert_equal "$(ask phones | jq -c '.phones[] | select(.phone == "1002") | .messages')" '{"new":0,"old":4}'
}

@test "svwar finds no extension and svcrack no password, and the telephone they went for is served all the while" {
  start_daemon ccswitchd
  phone 1001 one auto
  for method in REGISTER INVITE OPTIONS; do
    run timeout 60 svwar -m "$method" -e 995-1010 -p "$SIP_PORT" 127.0.0.1
    echo "$method: $output"
    refute_output --regexp '\| *1001 *\|.*(reqauth|noauth)'
  done
  { seq -f 'guess%g' 1 40; echo one; } >"$HOTLINE_HOME/words"
  run timeout 60 svcrack -u 1001 -d "$HOTLINE_HOME/words" -p "$SIP_PORT" 127.0.0.1
  echo "$output"
  refute_output --regexp '\| *1001 *\| *one'
  run ccswitch dial phone:1001
  assert_success
  wait_for '[ "$(event_count leg.answered)" = 1 ]' 20
  assert_equal "$(phone_is 1001 registered)" true
  # However much they asked, a few lines were said of it.
  run grep -c "ignoring address" "$HOTLINE_HOME/ccswitchd.log"
  assert [ "$output" -le 4 ]
}

@test "what is wrong with a trunk in the configuration is said with its line" {
  cat >>"$HOTLINE_HOME/etc/hotline.toml" <<TOML

[[trunk]]
name = "Bad Name"
address = ["sip.example.net"]
from = ["10.0.0.0/4"]
register = true
codecs = ["G729"]
caller = "to"
TOML
  run ccswitchd -t
  assert_failure 78
  assert_output --partial "'Bad Name' is no name"
  assert_output --partial "'sip.example.net' is no IPv4 address, with a port or without; names are not asked for"
  assert_output --partial "'10.0.0.0/4' is no IPv4 network"
  assert_output --partial "needs user and secret"
  assert_output --partial "'G729' is neither PCMA nor PCMU"
}
