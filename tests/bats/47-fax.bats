# Faxes: the switch's and those of the exchange over the virtual E1, and of one switch to another over SIP, in audio and by
# T.38; what waits, what crashes, what hangs, what is no fax.
load helper
load centre

setup() {
  setup_instance
  local base
  base=$(free_port 16)
  SIP_PORT=$base E1_PORT=$((base + 1)) PSTN_PORT=$((base + 2)) FAR_PORT=$((base + 3))
  RTP_PORT=$(free_port 400)
  FAR_HOME=$HOTLINE_HOME/far
  mkdir -p "$FAR_HOME"/{etc,run,var} "$HOTLINE_HOME/in"
  site "$HOTLINE_HOME" "$SIP_PORT" "$FAR_PORT" "$RTP_PORT" far
  cat >>"$HOTLINE_HOME/etc/hotline.toml" <<TOML

[[span]]
name = "e1"
local = "127.0.0.1:$E1_PORT"
remote = "127.0.0.1:$PSTN_PORT"
jitter = "60ms"
TOML
  site "$FAR_HOME" "$FAR_PORT" "$SIP_PORT" $((RTP_PORT + 200)) near
  cat >"$HOTLINE_HOME/etc/pstn.toml" <<TOML
[[span]]
name = "e1"
local = "127.0.0.1:$PSTN_PORT"
remote = "127.0.0.1:$E1_PORT"
jitter = "60ms"
side = "network"
TOML
}

teardown() { teardown_instance; }

# site HOME PORT PEER_PORT RTP TRUNK: an instance with a trunk to the other one.
site() {
  cat >"$1/etc/hotline.toml" <<TOML
[switch]
music = ""
number = "96116"

[sip]
listen = "127.0.0.1:$2"
rtp_ports = "$4-$(($4 + 99))"

[fax]
channels = 2
station = "+86 10 96116"
t38_ports = "$(($4 + 100))-$(($4 + 149))"

[[trunk]]
name = "$5"
address = ["127.0.0.1:$3"]
qualify = "0s"

[[route]]
called = "default"
controller = "desk"
TOML
}

ask() { ccbus ask ccswitchd "$@"; }
at_far() { HOTLINE_HOME=$FAR_HOME "$@"; }
field() { ask calls | jq -r --arg leg "$2" --arg key "$1" '.calls[].legs[] | select(.leg == $leg) | .[$key]'; }
fax_of() { ask calls | jq -r --arg leg "$2" --arg key "$1" '.calls[].legs[] | select(.leg == $leg) | .fax[$key]'; }
# events HOME NAME [JQ]
events() { cat "$1"/var/journal/ccswitchd/*.jsonl | jq -r --arg e "$2" "select(.event == \$e) | ${3:-tojson}"; }

# desk: somebody who is the controller of all calls, here or at far.
desk() {
  while :; do
    ask hello '{"controller":"desk"}' >/dev/null 2>&1 || :
    read -r -t 0.5 <> <(:) || :
  done 3>&- &
  DAEMONS+=($!)
  wait_for '[ "$(ask snapshot | jq ".controllers[] | select(.controller == \"desk\") | .alive")" = true ]'
}

switch_up() {
  start_daemon ccswitchd
  desk
}

e1_up() {
  switch_up
  start_daemon ccpstn
  wait_for 'ccswitch spans --porcelain | grep -q "	up"' 20
}

far_up() {
  local home=$HOTLINE_HOME
  export HOTLINE_HOME=$FAR_HOME
  switch_up
  export HOTLINE_HOME=$home
}

# in_background NAME COMMAND…: its output in $HOTLINE_HOME/NAME.out, its status in NAME.status once it is over.
in_background() {
  local name=$1
  shift
  { "$@" >"$HOTLINE_HOME/$name.out" 2>&1 </dev/null 3>&-; echo $? >"$HOTLINE_HOME/$name.status"; } 3>&- &
  DAEMONS+=($!)
}
over() { wait_for "[ -s '$HOTLINE_HOME/$1.status' ]" "${2:-240}"; }
status_is() { assert_equal "$1: $(cat "$HOTLINE_HOME/$1.status") $(tail -n 1 "$HOTLINE_HOME/$1.out")" "$1: $2 $(tail -n 1 "$HOTLINE_HOME/$1.out")"; }

# rings_in: a call that has come in and is answered: $LEG. Its caller, a fax machine or not, was started before.
rings_in() {
  wait_for 'LEG=$(ask calls | jq -er "[.calls[].legs[] | select(.state == \"offered\")][0].leg")' 20
  LEG=$(ask calls | jq -er '[.calls[].legs[] | select(.state == "offered")][0].leg')
  ask answer "{\"leg\":\"$LEG\"}" >/dev/null
  wait_for '[ "$(field state '"$LEG"')" = up ]' 20
}

# dials TO: a call of our own that is up: $LEG.
dials() {
  LEG=$(ask dial "{\"to\":\"$1\",\"controller\":\"desk\"}" | jq -er .leg)
  wait_for '[ "$(field state '"$LEG"')" = up ]' 30
}

pages() { "$BUILD/test/fax_pages" make "$HOTLINE_HOME/$1.tif" "${@:2}"; }
same() { "$BUILD/test/fax_pages" same "$1" "$2"; }

@test "ten pages each way over the E1 arrive dot by dot; T.30's word, the pages and the far station are in the journal" {
  pages ten 10
  e1_up
  in_background machine ccpstn call --from 13900139001 --to 96116 --fax-send "$HOTLINE_HOME/ten.tif" --fax-station "13900139001" --json
  rings_in
  local leg=$LEG
  in_background receive ccswitch fax receive "${leg%-*}" --wait
  in_background taker ccpstn take --number 13900139002 --fax-receive "$HOTLINE_HOME/in"
  wait_for 'grep -q waiting "$HOTLINE_HOME/taker.out"'
  dials pstn:13900139002
  in_background send ccswitch fax send "$LEG" "$HOTLINE_HOME/ten.tif" --wait
  over receive
  over send
  over machine
  over taker
  status_is receive 0
  status_is send 0
  local fax
  fax=$(events "$HOTLINE_HOME" fax.done 'select(.direction == "receive") | .fax')
  assert_equal "$(events "$HOTLINE_HOME" fax.done 'select(.direction == "receive") | [.result,.code,.text,.pages,.rate,.ecm,.station,.file,.t38,.x_dpi,.y_dpi] | tojson')" \
    "[\"ok\",0,\"OK\",10,14400,true,\"13900139001\",\"$fax.tif\",false,204,196]"
  assert_equal "$(events "$HOTLINE_HOME" fax.done 'select(.direction == "send") | [.result,.code,.pages,.file] | tojson')" "[\"ok\",0,10,\"$HOTLINE_HOME/ten.tif\"]"
  same "$HOTLINE_HOME/ten.tif" "$HOTLINE_HOME/var/fax/$fax.tif"
  same "$HOTLINE_HOME/ten.tif" "$HOTLINE_HOME"/in/line-*.tif
  assert_equal "$(events "$HOTLINE_HOME" fax.page "select(.fax == \"$fax\") | .pages" | tr '\n' ' ')" "1 2 3 4 5 6 7 8 9 10 "
  assert_equal "$(jq -c '[.fax_result, .fax_pages, .fax_text]' "$HOTLINE_HOME/machine.out")" '["ok",10,"OK"]'
  run grep -c "the fax is over: 10 pages, OK" "$HOTLINE_HOME/taker.out"
  assert_output 1
  assert_equal "$(find "$HOTLINE_HOME/var/fax" "$HOTLINE_HOME/in" -name '.*.part')" ""
  # The call's last word comes after the fax's.
  wait_for '[ "$(events "$HOTLINE_HOME" call.ended .call | wc -l)" = 2 ]' 20
  run jq -r 'select(.event == "fax.done" or .event == "call.ended") | .call + " " + .event' <(cat "$HOTLINE_HOME"/var/journal/ccswitchd/*.jsonl)
  assert_equal "$(grep -c 'fax.done' <<<"$output")" 2
  for call in $(cut -d' ' -f1 <<<"$output" | sort -u); do
    assert_equal "$(grep "^$call " <<<"$output" | tail -n 1)" "$call call.ended"
  done
}

@test "ten pages each way over SIP by T.38 arrive dot by dot, and the calls are audio again afterwards" {
  pages ten 10
  switch_up
  far_up
  in_background out ask dial '{"to":"trunk:far/96117","controller":"desk"}'
  at_far rings_in
  local far_out=$LEG near_out near_in far_in
  over out 20
  near_out=$(jq -er .leg "$HOTLINE_HOME/out.out")
  wait_for '[ "$(field state '"$near_out"')" = up ]' 20
  at_far in_background in ask dial '{"to":"trunk:near/96118","controller":"desk"}'
  rings_in
  near_in=$LEG
  HOTLINE_HOME=$FAR_HOME over in 20
  far_in=$(jq -er .leg "$FAR_HOME/in.out")
  at_far wait_for '[ "$(field state '"$far_in"')" = up ]' 20
  at_far in_background receive ccswitch fax receive "$far_out" --wait
  in_background send ccswitch fax send "$near_out" "$HOTLINE_HOME/ten.tif" --wait
  in_background receive ccswitch fax receive "$near_in" --wait
  at_far in_background send ccswitch fax send "$far_in" "$HOTLINE_HOME/ten.tif" --wait
  over send
  over receive
  at_far over send
  at_far over receive
  status_is send 0
  status_is receive 0
  local home
  for home in "$HOTLINE_HOME" "$FAR_HOME"; do
    assert_equal "$(events "$home" fax.done '[.direction,.result,.code,.pages,.t38] | tojson' | sort | tr '\n' ' ')" \
      '["receive","ok",0,10,true] ["send","ok",0,10,true] '
    same "$HOTLINE_HOME/ten.tif" "$home/var/fax/$(events "$home" fax.done 'select(.direction == "receive") | .file')"
  done
  # Both stay up, and hear each other.
  audio_again "$near_out"
}

# audio_again LEG: its packets grow again.
audio_again() {
  local before
  before=$(ask calls | jq --arg leg "$1" '.calls[].legs[] | select(.leg == $leg) | .quality.received')
  wait_for '[ "$(ask calls | jq --arg leg '"$1"' ".calls[].legs[] | select(.leg == \$leg) | .quality.received")" -gt '"$((before + 20))"' ]' 20
}

@test "a far end that refuses T.38 gets its fax in audio" {
  pages one 1
  sed -i 's/^channels = 2/&\nt38 = "off"/' "$FAR_HOME/etc/hotline.toml"
  switch_up
  far_up
  in_background out ask dial '{"to":"trunk:far/96117","controller":"desk"}'
  at_far rings_in
  local far=$LEG near
  over out 20
  near=$(jq -er .leg "$HOTLINE_HOME/out.out")
  wait_for '[ "$(field state '"$near"')" = up ]' 20
  at_far in_background send ccswitch fax send "$far" "$HOTLINE_HOME/one.tif" --wait
  in_background receive ccswitch fax receive "$near" --wait
  over receive
  at_far over send
  status_is receive 0
  assert_equal "$(events "$HOTLINE_HOME" fax.done '[.result,.code,.pages,.t38] | tojson')" '["ok",0,1,false]'
  same "$HOTLINE_HOME/one.tif" "$HOTLINE_HOME/var/fax/$(events "$HOTLINE_HOME" fax.done .file)"
}

@test "the third of two faxes waits; one whose process is killed or hangs has crashed, its call goes on, and the next begins" {
  pages one 1
  e1_up
  in_background taker ccpstn take --number 139 --fax-receive "$HOTLINE_HOME/in" --calls 3
  wait_for 'grep -q waiting "$HOTLINE_HOME/taker.out"'
  local legs=() n
  for n in 1 2 3; do
    dials pstn:1390013900$n
    legs+=("$LEG")
  done
  run ccswitch fax send "${legs[0]}" "$HOTLINE_HOME/one.tif"
  assert_success
  run ask fax-send "{\"leg\":\"${legs[1]}\",\"file\":\"$HOTLINE_HOME/one.tif\"}"
  assert_equal "$(jq -c '[.pages,.waits]' <<<"$output")" '[1,0]'
  in_background third ccswitch fax send "${legs[2]}" "$HOTLINE_HOME/one.tif" --wait
  wait_for '[ "$(fax_of state '"${legs[2]}"')" = waiting ]'
  assert_equal "$(events "$HOTLINE_HOME" fax.waiting '[.leg,.place] | tojson')" "[\"${legs[2]}\",1]"
  # Whoever has a fax has nothing else.
  run ask play "{\"leg\":\"${legs[0]}\",\"items\":[{\"tone\":\"beep\",\"ms\":100}]}"
  assert_failure
  assert_output --partial "has a fax"
  run ccswitch fax send "${legs[0]}" "$HOTLINE_HOME/one.tif"
  assert_failure
  assert_output --partial "has a fax already"
  kill -KILL "$(fax_of pid "${legs[0]}")"
  wait_for '[ "$(events "$HOTLINE_HOME" fax.done .fax | wc -l)" = 1 ]'
  assert_equal "$(events "$HOTLINE_HOME" fax.done '[.leg,.result,.code,.text] | tojson')" \
    "[\"${legs[0]}\",\"crashed\",null,\"the process of the fax was killed by signal 9\"]"
  assert_equal "$(field state "${legs[0]}")" up
  ask play "{\"leg\":\"${legs[0]}\",\"items\":[{\"tone\":\"beep\",\"ms\":100}]}" >/dev/null
  wait_for '[ "$(fax_of state '"${legs[2]}"')" = running ]'
  kill -STOP "$(fax_of pid "${legs[1]}")"
  wait_for '[ "$(events "$HOTLINE_HOME" fax.done .fax | wc -l)" -ge 2 ]' 40
  assert_equal "$(events "$HOTLINE_HOME" fax.done "select(.leg == \"${legs[1]}\") | .result")" crashed
  over third
  status_is third 0
  assert_equal "$(events "$HOTLINE_HOME" fax.started "select(.leg == \"${legs[2]}\") | .waited_ms > 0")" true
}

@test "one fax more than may wait is busy, and one that waits too long has failed" {
  pages one 1
  sed -i 's/^channels = 2/channels = 1\nwaiting_max = 1\nwait_max = "2s"/' "$HOTLINE_HOME/etc/hotline.toml"
  e1_up
  in_background caller1 ccpstn call --from 13900139001 --to 96116 --for 100s
  rings_in
  local first=$LEG second
  in_background caller2 ccpstn call --from 13900139002 --to 96116 --for 100s
  rings_in
  second=$LEG
  in_background caller3 ccpstn call --from 13900139003 --to 96116 --for 100s
  rings_in
  ccswitch fax receive "$first"
  ccswitch fax receive "$second"
  run ccswitch fax receive "$LEG"
  assert_failure 75
  assert_output --partial "1 faxes wait already"
  wait_for '[ "$(events "$HOTLINE_HOME" fax.done .fax | wc -l)" = 1 ]' 20
  assert_equal "$(events "$HOTLINE_HOME" fax.done '[.leg,.result,.reason,.text] | tojson')" \
    "[\"$second\",\"failed\",\"waited\",\"no fax channel became free in time\"]"
  # A stop is obeyed at once.
  ccswitch fax stop "$first"
  wait_for '[ "$(events "$HOTLINE_HOME" fax.done .fax | wc -l)" = 2 ]' 20
  assert_equal "$(events "$HOTLINE_HOME" fax.done 'select(.leg == "'"$first"'") | [.result,.reason] | tojson')" '["stopped","stopped"]'
  assert_equal "$(ls -A "$HOTLINE_HOME/var/fax")" ""
}

@test "what is no fax is refused at once, with the remedy, and the leg is as it was" {
  e1_up
  in_background caller ccpstn call --from 13900139001 --to 96116 --for 100s
  rings_in
  echo "%PDF-1.4" >"$HOTLINE_HOME/bill.pdf"
  run ccswitch fax send "$LEG" "$HOTLINE_HOME/bill.pdf"
  assert_failure 64
  assert_output --partial "'$HOTLINE_HOME/bill.pdf' is no TIFF file; make one with: gs"
  run ccswitch fax send "$LEG" "$HOTLINE_HOME/nothing.tif"
  assert_failure 1
  assert_output --partial "there is no file"
  run ccswitch fax send "$LEG" "$HOTLINE_HOME/bill.pdf" --station x
  assert_failure 64
  assert_output --partial "no fax station's number"
  assert_equal "$(field fax "$LEG")" null
  assert_equal "$(events "$HOTLINE_HOME" fax.done | wc -l)" 0
  run ccswitch fax stop "$LEG"
  assert_failure
  run ccswitch fax fly "$LEG"
  assert_failure 64
  ask play "{\"leg\":\"$LEG\",\"items\":[{\"tone\":\"beep\",\"ms\":100}]}" >/dev/null
}

@test "a far end that falls silent in the middle of a page ends the fax by a timer while the call is still up" {
  pages long 1 12000
  sed -i 's/^channels = 2/&\npage_max = "6s"/' "$HOTLINE_HOME/etc/hotline.toml"
  e1_up
  in_background machine ccpstn call --from 13900139001 --to 96116 --fax-send "$HOTLINE_HOME/long.tif" --fax-station 139
  rings_in
  ccswitch fax detect "$LEG"
  wait_for '[ "$(events "$HOTLINE_HOME" fax.tone .tone)" = cng ]' 20
  ccswitch fax receive "$LEG"
  wait_for '[ -n "$(events "$HOTLINE_HOME" fax.agreed)" ]' 60
  kill -STOP "$(pgrep -P "$pid_ccpstn" ccfax)"
  wait_for '[ -n "$(events "$HOTLINE_HOME" fax.done)" ]' 60
  run events "$HOTLINE_HOME" fax.done '[.result,.code != 0,.pages,has("file")] | tojson'
  assert_output '["failed",true,0,false]'
  assert_equal "$(ls -A "$HOTLINE_HOME/var/fax")" ""
}

@test "a caller who hangs up in the middle has failed his fax, and the journal says so before the call ends" {
  pages ten 10
  e1_up
  in_background machine ccpstn call --from 13900139001 --to 96116 --fax-send "$HOTLINE_HOME/ten.tif"
  rings_in
  ccswitch fax receive "$LEG"
  wait_for '[ -n "$(events "$HOTLINE_HOME" fax.agreed)" ]' 60
  ask hangup "{\"leg\":\"$LEG\"}"
  wait_for '[ -n "$(events "$HOTLINE_HOME" call.ended)" ]' 20
  assert_equal "$(events "$HOTLINE_HOME" fax.done '[.result,.reason,.text] | tojson')" '["failed","released","The call dropped prematurely"]'
}

@test "a table [fax] that is wrong is refused with file and line, and without one there is no fax" {
  sed -i 's/^station = .*/station = "call me"/; s/^channels = 2/channels = 0/' "$HOTLINE_HOME/etc/hotline.toml"
  printf '\n[[phone]]\nid = "1"\nsecret = "x"\n' >>"$HOTLINE_HOME/etc/hotline.toml"
  run ccswitchd -t
  assert_failure 78
  assert_output --partial "hotline.toml:10: 'channels' in [fax]"
  assert_output --partial "hotline.toml:11: 'station' in [fax]"
  sed -i '/^\[fax\]/,/^t38_ports/d' "$HOTLINE_HOME/etc/hotline.toml"
  run ccswitchd --ports --porcelain
  assert_success
  refute_output --partial t38
  e1_up
  in_background caller ccpstn call --from 13900139001 --to 96116 --for 100s
  rings_in
  run ccswitch fax receive "$LEG"
  assert_failure 69
  assert_output --partial "no table [fax]"
}

@test "two ccfax joined by a shell carry a fax, as fast as the machine" {
  pages two 2
  cd "$HOTLINE_HOME"
  mkfifo back
  ccfax send two.tif --station 1 --header "Water works" <back 2>send.log | ccfax receive copy.tif --no-ecm >back 2>receive.log
  assert_equal "$(tail -n 1 receive.log | jq -c '[.result,.code,.pages,.ecm,.station]')" '["ok",0,2,false,"1"]'
  assert_equal "$(tail -n 1 send.log | jq -c '[.result,.code,.pages]')" '["ok",0,2]'
  run ccfax check copy.tif
  assert_output "copy.tif: 2 pages, 1728 dots wide, 204x196 dpi"
  # With a header the pages are longer; without one they are the same.
  run same two.tif copy.tif
  assert_failure
  run ccfax receive copy.tif </dev/null
  assert_failure 77
  assert_output --partial "there is a file 'copy.tif' already"
  run ccfax check two.tif nothing.tif
  assert_failure 66
}
