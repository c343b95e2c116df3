# SIP telephones that tests can play on: baresip with a control port and a recorder, and sipp with scenarios put together from
# parts. Load after helper.bash and centre.bash; wants SIP_PORT.

# softphone ID SECRET auto|manual WAV [PARAMETER…]: telephone ID, registered; it plays WAV to who talks to it, keeps what it hears
# below $HOTLINE_HOME/phones/ID/heard/, and is controlled by dial_on and its like. PARAMETERs are baresip's, of its account
# (mediaenc=srtp-mand) or the URI's transport (transport=tls, with SERVER_PORT). PHONE_CONFIG: lines of its configuration;
# PHONE_ARGS: of its command line, as -s, which puts what it sends and receives into its log.
softphone() {
  local id=$1 secret=$2 mode=$3 wav=$4 place=$(($1 - 1001)) dir=$HOTLINE_HOME/phones/$1 modules transport="" more="" each
  shift 4
  for each in "$@"; do
    case $each in transport=*) transport=";$each" ;; *) more+=";$each" ;; esac
  done
  modules=$(dirname "$(find /usr/lib -path '*baresip/modules/g711.so' -print -quit)")
  CONTROL_PORT=${CONTROL_PORT:-$(free_port 32)}
  PHONES_RTP=${PHONES_RTP:-$(free_port 400)}
  mkdir -p "$dir/heard"
  : >"$dir/contacts"
  echo "<sip:$id@127.0.0.1:${SERVER_PORT:-$SIP_PORT}$transport>;auth_user=$id;auth_pass=$secret;answermode=$mode;audio_codecs=PCMA;regint=60;ptime=20;mwi=no$more" \
    >"$dir/accounts"
  cat >"$dir/config" <<BARESIP
sip_listen 127.0.0.1:$((CONTROL_PORT + 12 + 2 * place))
net_interface 127.0.0.1
call_max_calls 8
audio_player aufile,x
audio_source aufile,$wav
audio_alert aufile,/dev/null
audio_srate 8000
audio_channels 1
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_buffer 20-160
rtp_ports $((PHONES_RTP + place * 40))-$((PHONES_RTP + place * 40 + 39))
jitter_buffer_delay 1-5
module_path $modules
module g711.so
module aufile.so
module sndfile.so
module srtp.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:$((CONTROL_PORT + place))
snd_path $dir/heard
statmode_default off
${PHONE_CONFIG:-}
BARESIP
  # shellcheck disable=SC2086 # several arguments, or none
  baresip -f "$dir" ${PHONE_ARGS:-} >"$HOTLINE_HOME/phone-$id.log" 2>&1 </dev/null 3>&- &
  DAEMONS+=($!)
  wait_for "[ \"\$(ccbus ask ccswitchd phones | jq '.phones[] | select(.phone == \"$id\") | .registered')\" = true ]" 20
}

# on ID COMMAND [PARAMETER]: a command of its menu: dial, hangup, hold, resume, transfer, sndcode.
on() {
  local body fd
  body=$(printf '{"command":"%s","params":"%s","token":"t"}' "$2" "${3:-}")
  exec {fd}<>"/dev/tcp/127.0.0.1/$((CONTROL_PORT + $1 - 1001))" || return 1
  printf '%d:%s,' ${#body} "$body" >&"$fd"
  read -r -t 5 -d , -u "$fd" || : # it has been taken
  exec {fd}>&-
}

# dialog_of ID WITH: how telephone ID, run with -s, would name its talk with WITH in a Replaces (RFC 3891): Call-ID, our tag, its own.
dialog_of() {
  tr -d '\r' <"$HOTLINE_HOME/phone-$1.log" | sed 's/\x1b\[[0-9;]*m//g' | awk -v own="sip:$1@" -v with="sip:$2@" '
    function tag_of(text) { sub(/.*;tag=/, "", text); sub(/[;>].*/, "", text); return text }
    /^SIP\/2.0 200/ || /(^|\|)[A-Z]+ sip:/ { from = to = call = "" }
    /^From:/ { from = $0 }
    /^To:/ { to = $0 }
    /^Call-ID:/ { call = $2 }
    /^CSeq: [0-9]+ INVITE/ && call != "" {
      if (index(from, own) && index(to, with) && to ~ /;tag=/) found = call ";to-tag=" tag_of(to) ";from-tag=" tag_of(from)
    }
    END { print found }'
}

# heard_by ID: the file of what it heard in its last call.
heard_by() { find "$HOTLINE_HOME/phones/$1/heard" -name '*-dec.wav' -printf '%T@ %p\n' | sort -n | awk 'END {print $2}'; }

# loud FILE HERTZ: the level in dB of that tone in each whole second, one a line.
loud() {
  local second seconds
  seconds=$(sox --i -D "$1" | cut -d. -f1)
  for ((second = 0; second < seconds; second++)); do tone_db "$1" 1 "$2" "$second" 1; done
}

# scenario NAME: tests/sipp/NAME.part between its head, which registers the phone and says who it is, and its tail, as
# $HOTLINE_HOME/NAME.xml.
scenario() {
  { cat "$ROOT/tests/sipp/head.part" "$ROOT/tests/sipp/$1.part" && echo '</scenario>'; } >"$HOTLINE_HOME/$1.xml"
  echo "$HOTLINE_HOME/$1.xml"
}

# sip_says NAME ID SECRET NUMBER [SIPP ARG…]: plays the scenario once as telephone ID that calls NUMBER; succeeds when all went as
# it says.
sip_says() {
  local name=$1 id=$2 secret=$3 number=$4
  shift 4
  timeout -k 2 40 sipp "127.0.0.1:$SIP_PORT" -sf "$(scenario "$name")" -s "$number" -au "$id" -ap "$secret" -key user "$id" \
    -i 127.0.0.1 -p "$(free_port 2)" -m 1 -nostdin -timeout 30s -trace_err -error_file "$HOTLINE_HOME/$name.err" \
    "$@" >"$HOTLINE_HOME/$name.out" 2>&1 </dev/null 3>&- || {
    cat "$HOTLINE_HOME/$name.err" 2>/dev/null
    grep -A3 "Last Error" "$HOTLINE_HOME/$name.out" | head -n 5
    return 1
  }
}
