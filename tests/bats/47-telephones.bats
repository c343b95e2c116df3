# Telephones that others wrote (baresip), as their owners use them: attended transfers by the telephone's own REFER, encrypted
# signalling and audio.
load helper
load centre
load switch
load softphone

setup() {
  switch_setup "tls_listen = \"127.0.0.1:__TLS__\"" "tls_certificate = \"tls.pem\"" <<TOML
[switch]
prompts = ["prompts"]

[[route]]
called = "96110"
to = "phone:1001"

[[route]]
called = "96111"
to = "phone:1002"

[[route]]
called = "96113"
to = "phone:1003"
TOML
  sed -i "s/__TLS__/$TLS_PORT/" "$HOTLINE_HOME/etc/hotline.toml"
  phone_table 1001 one 'srtp = "optional"'
  phone_table 1002 two 'srtp = "required"'
  phone_table 1003 three
  authority main
  certificate main >"$HOTLINE_HOME/etc/tls.pem"
  tone caller.wav 440
  voice 1001.wav 1000
  voice 1002.wav 1500
  voice 1003.wav 2000
}

teardown() { teardown_instance; }

# authority NAME: who signs certificates, NAME.ca.pem; certificate NAME: one for 127.0.0.1 that it signed, with its key, on stdout.
authority() {
  openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 30 -subj "/CN=$1 authority" -keyout "$HOTLINE_HOME/$1.ca.key" \
    -out "$HOTLINE_HOME/$1.ca.pem" 2>/dev/null
}
certificate() {
  openssl req -newkey rsa:2048 -nodes -sha256 -subj "/CN=127.0.0.1" -keyout "$HOTLINE_HOME/leaf.key" -out "$HOTLINE_HOME/leaf.csr" 2>/dev/null
  openssl x509 -req -sha256 -days 30 -CAcreateserial -in "$HOTLINE_HOME/leaf.csr" -CA "$HOTLINE_HOME/$1.ca.pem" -CAkey "$HOTLINE_HOME/$1.ca.key" \
    -extfile <(echo "subjectAltName=IP:127.0.0.1") 2>/dev/null
  cat "$HOTLINE_HOME/leaf.key"
}

# talk SECONDS: somebody from outside talks with telephone 1001 for so long; the call is in $CALL, what he hears in heard.wav.
talk() {
  ccpstn call --from 13800138000 --to 96110 --say "$HOTLINE_HOME/caller.wav" --hear "$HOTLINE_HOME/heard.wav" --for "$1" \
    >"$HOTLINE_HOME/caller.out" 2>&1 </dev/null 3>&- &
  DAEMONS+=($!)
  wait_for '[ "$(event_count bridge.up)" = 1 ]' 20
  CALL=$(ask calls | jq -r '.calls[0].call')
}

# hears FILE HERTZ MIN: in at least MIN whole seconds of FILE that tone is there.
hears() { [ "$(loud "$1" "$2" | awk '$1 > -30' | wc -l)" -ge "$3" ]; }

@test "a telephone transfers its caller itself, after it has asked: REFER with Replaces, and it is told how it went" {
  lines_up
  PHONE_ARGS=-s softphone 1001 one auto "$HOTLINE_HOME/1001.wav"
  softphone 1003 three auto "$HOTLINE_HOME/1003.wav"
  talk 40s
  on 1001 hold
  wait_for '[ "$(event_count leg.held)" = 1 ]'
  on 1001 dial 1003
  wait_for '[ "$(event_count bridge.up)" = 2 ]' 15
  second=$(ask calls | jq -r '.calls[1].call')
  wait_for '[ -n "$(dialog_of 1001 1003)" ]'
  replaces=$(dialog_of 1001 1003 | sed 's/;/%3B/g; s/=/%3D/g; s/@/%40/g')
  on 1001 line 1
  on 1001 transfer "<sip:1003@127.0.0.1:$SIP_PORT?Replaces=$replaces>"
  wait_for '[ "$(event_count call.transferred)" = 1 ]' 15
  assert_equal "$(journal call.transferred '[.call, .leg, .to, .mode, .with, .merged] | @tsv')" \
    "$CALL	$CALL-2	phone:1003	attended	$second-1	$second"
  wait_for '[ "$(event_count call.ended)" = 1 ]'
  assert_equal "$(journal call.ended .call)" "$second"
  assert_equal "$(ask calls | jq -r '.calls[0].bridges[0].legs | join(" ")')" "$CALL-1 $CALL-3"
  # The telephone was told to its end, in its own words, and has no call any more.
  wait_for 'tr -d "\r" <"$HOTLINE_HOME/phone-1001.log" | grep -q "^SIP/2.0 200 OK$"'
  wait_for '[ "$(ask phones | jq ".phones[] | select(.phone == \"1001\") | .calls // 0")" = 0 ]'
  wait_for '[ -z "$(leg_is state "$CALL-2")" ]'
  # Those who are left hear each other, and nobody hears music.
  wait_for '[ "$(event_count call.ended)" = 2 ]' 40
  wait_for 'hears "$HOTLINE_HOME/heard.wav" 2000 3'
  wait_for 'hears "$(heard_by 1003)" 440 3'
}

@test "a telephone that hands its caller to a talk that there is not is told 404, and nothing was transferred" {
  lines_up
  PHONE_ARGS=-s softphone 1001 one auto "$HOTLINE_HOME/1001.wav"
  talk 30s
  on 1001 transfer "<sip:1003@127.0.0.1:$SIP_PORT?Replaces=nobody%3Bto-tag%3Da%3Bfrom-tag%3Db>"
  wait_for 'grep -q "transfer failed: 404" "$HOTLINE_HOME/phone-1001.log"' 15
  assert_equal "$(event_count call.transferred)" 0
}

# secure ID SECRET: a telephone over TLS that will not talk in the clear.
secure() {
  SERVER_PORT=$TLS_PORT PHONE_ARGS=-s softphone "$1" "$2" auto "$HOTLINE_HOME/$1.wav" transport=tls mediaenc=srtp-mand
}

# capture: what goes through the host's own network to and from the switch's TLS and RTP from now on, in wire.pcap.
capture() {
  tshark -q -i lo -f "tcp port $TLS_PORT or udp portrange $RTP_PORT-$((RTP_PORT + 99))" -w "$HOTLINE_HOME/wire.pcap" \
    >"$HOTLINE_HOME/capture.log" 2>&1 3>&- &
  CAPTURE=$!
  DAEMONS+=("$CAPTURE")
  wait_for '[ -s "$HOTLINE_HOME/wire.pcap" ]' 20
}
capture_ends() { kill -INT "$CAPTURE" && { wait "$CAPTURE" || :; }; }

# on_wire PORT FILTER FIELD: of the RTP at that port of the switch, as the capture has it, the field, a packet a line.
on_wire() { tshark -r "$HOTLINE_HOME/wire.pcap" -d "udp.port==$1,rtp" -Y "rtp && udp.port==$1 && $2" -T fields -e "$3" 2>/dev/null; }
# overheard PORT: by how much the caller's tone stands out for who plays as A-law what the telephone at that port is sent, in dB.
overheard() {
  on_wire "$1" "udp.srcport==$1 && rtp.p_type==8" rtp.payload | perl -ne 's/[:\s]//g; print pack("H*", substr($_, 0, 320))' |
    sox -t al -r 8000 -c 1 - "$HOTLINE_HOME/overheard.wav"
  echo $(($(tone_db "$HOTLINE_HOME/overheard.wav" 1 440) - $(tone_db "$HOTLINE_HOME/overheard.wav" 1 1240)))
}
# port_of PHONE: the switch's RTP port in the talk with it: where the telephone heard it from.
port_of() { sed -n 's/.*receiving from 127.0.0.1:\([0-9]*\).*/\1/p' "$HOTLINE_HOME/phone-$1.log" | tail -n 1; }

call_in() { # NUMBER NAME: somebody outside calls for 12 s; what he hears is in NAME.wav
  ccpstn call --from 13800138000 --to "$1" --say "$HOTLINE_HOME/caller.wav" --hear "$HOTLINE_HOME/$2.wav" --for 12s \
    >"$HOTLINE_HOME/$2.out" 2>&1 </dev/null 3>&- &
  DAEMONS+=($!)
}

@test "a telephone over TLS with SRTP is heard and hears, keys too; on the wire are neither its words nor its audio" {
  lines_up
  secure 1002 two
  softphone 1003 three auto "$HOTLINE_HOME/1003.wav" # in the clear, beside it
  capture
  call_in 96111 secret
  call_in 96113 clear
  wait_for '[ "$(event_count bridge.up)" = 2 ]' 20
  leg=$(ask calls | jq -r '.calls[].legs[] | select(.endpoint == "phone:1002") | .leg')
  on 1002 sndcode 5
  wait_for '[ "$(event_count digit)" = 1 ]'
  assert_equal "$(journal digit '[.leg, .digit, .by] | @tsv')" "$leg	5	rfc4733"
  ask digits "{\"leg\":\"$leg\",\"digits\":\"7\"}"
  wait_for 'grep -q "DTMF.*7\|telephone-event.*7\|received.*7" "$HOTLINE_HOME/phone-1002.log"'
  wait_for '[ "$(event_count call.ended)" = 2 ]' 40
  capture_ends
  wait_for 'hears "$HOTLINE_HOME/secret.wav" 1500 3'
  wait_for 'hears "$(heard_by 1002)" 440 3'
  wait_for 'hears "$HOTLINE_HOME/clear.wav" 2000 3'
  # RTP it is, by its heads, with the ten octets of HMAC-SHA1-80 behind the audio; who plays it hears noise.
  secret=$(port_of 1002) clear=$(port_of 1003)
  assert_equal "$(on_wire "$secret" 'rtp.p_type==8' udp.length | sort -u)" $((8 + 12 + 160 + 10))
  assert_equal "$(on_wire "$clear" 'rtp.p_type==8' udp.length | sort -u)" $((8 + 12 + 160))
  assert [ "$(overheard "$clear")" -gt 20 ]
  assert [ "$(overheard "$secret")" -lt 6 ]
  # Of the signalling, and with it of the keys, nothing can be read.
  assert [ "$(tshark -r "$HOTLINE_HOME/wire.pcap" -Y "tcp.port==$TLS_PORT && tls.app_data" 2>/dev/null | wc -l)" -gt 4 ]
  refute grep -aq 'INVITE\|crypto:' "$HOTLINE_HOME/wire.pcap"
  assert grep -aq 'crypto:1 AES_CM_128_HMAC_SHA1_80 inline:' "$HOTLINE_HOME/phone-1002.log"
}

@test "a telephone with SRTP calls one without, and both hear; one that must encrypt is not called in the clear" {
  start_daemon ccswitchd
  secure 1001 one
  softphone 1003 three auto "$HOTLINE_HOME/1003.wav"
  on 1001 dial 1003
  wait_for '[ "$(event_count bridge.up)" = 1 ]' 20
  wait_for 'grep -q "SRTP is Enabled" "$HOTLINE_HOME/phone-1001.log"'
  wait_for '[ "$(ask calls | jq "[.calls[].legs[] | select((.quality.received // 0) > 250)] | length")" = 2 ]' 30
  on 1001 hangup
  wait_for '[ "$(event_count call.ended)" = 1 ]'
  wait_for 'hears "$(heard_by 1001)" 2000 2'
  wait_for 'hears "$(heard_by 1003)" 1000 2'
  # Telephone 1002 has srtp = "required", and keys do not travel over UDP.
  softphone 1002 two auto "$HOTLINE_HOME/1002.wav" mediaenc=srtp-mand
  run ccswitch dial phone:1002
  assert_failure 69
  assert_output --partial "SRTP"
}
