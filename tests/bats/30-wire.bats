#!/usr/bin/env bats
# cc-wire as the page has it, spoken to living daemons: whatever is sent, they answer and live.
load helper

setup() {
  setup_instance
  local base
  base=$(free_port 8)
  cat >"$HOTLINE_HOME/etc/hotline.toml" <<TOML
[switch]
music = ""

[[span]]
name = "e1"
local = "127.0.0.1:$base"
remote = "127.0.0.1:$((base + 1))"

[sip]
listen = "127.0.0.1:$((base + 2))"
rtp_ports = "$((base + 4))-$((base + 7))"

[[phone]]
id = "1001"
secret = "one"

[[route]]
called = "default"
controller = "ccqueue"

[[queue]]
name = "repair"

[[agent]]
id = "1001"
name = "Li Na"
phone = "1001"
queues = ["repair"]
TOML
}
teardown() { teardown_instance; }

# commands SECTION: the commands of a section of ccwire(7), a line each: "verb" or, when fields are needed, "verb needs".
commands() {
  awk -v section=".Sh COMMANDS OF $1" '
    /^\.Sh / { inside = $0 == section }
    inside && /^\.It Cm / {
      sub(/^\.It Cm /, "")
      gsub(/ Oo .* Oc/, "")
      gsub(/ , Cm /, " , ")
      needs = $0 ~ / Li / && $0 !~ /^[^L]* Op / ? " needs" : ""
      sub(/ (Li|Op) .*/, "")
      n = split($0, verbs, / , /)
      for (i = 1; i <= n; i++) print verbs[i] needs
    }' "$ROOT/man/man7/ccwire.7"
}

# Bodies that no command can want: fields of wrong types, of things that are not there, too large, nested.
bodies() {
  cat <<'JSON'
{}
{"leg":5,"call":[],"to":{},"items":"x","legs":{"a":1},"bridge":null,"controller":7,"set":[],"unset":{},"agent":{},"queue":[],"digits":9,"what":3,"timeout_ms":"x","play":"x","role":1,"on":"yes","tags":[],"record":0,"announce":7,"cause":"x","reason":4}
{"leg":"","call":"","to":"","items":[],"legs":[],"bridge":"","controller":"","set":{},"unset":[],"agent":"","queue":"","digits":"","what":"","on":true,"reason":""}
{"leg":"0b1c2d3e4f5g6-1","call":"0b1c2d3e4f5g6","to":"phone:nobody","items":[{"prompt":"welcome"}],"legs":["0b1c2d3e4f5g6-1","0b1c2d3e4f5g6-2"],"bridge":"0b1c2d3e4f5g6-b1","agent":"9999","queue":"none","digits":"1","what":"music","on":true,"reason":"x","set":{"a":"b"}}
{"leg":"../../etc/passwd","call":"%s%n","to":"pstn:","items":[{"prompt":"../../../etc/passwd"},{"tone":"x"},{"silence_ms":-1}],"legs":["a","a"],"bridge":"\u0000","agent":"\ud800","queue":"a\tb","digits":"ABCDEFG","what":"x","cause":-9223372036854775808,"timeout_ms":1e308,"set":{"A B":"c"},"on":null}
{"leg":[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]],"cause":18446744073709551615,"timeout_ms":-1,"legs":[1,2],"items":[1,[],{}],"announce":[{}],"set":{"a":1},"call":"0b1c2d3e4f5g6-1-1-1"}
JSON
  printf '{"leg":"%s","call":"x","agent":"x","queue":"x","to":"%s"}\n' "$(printf 'x%.0s' {1..5000})" "$(printf '9%.0s' {1..5000})"
}

# pester DAEMON SECTION: sends every command of the section every body. None may succeed that needs what is not there,
# none may end in a fault of the daemon's, and it is the same process afterwards.
pester() {
  local daemon=$1 before verb needs body status sent=0
  before=$(ccbus ask "$daemon" ping | jq .pid)
  while read -r verb needs; do
    while read -r body; do
      # Nothing is wrong with these: it lets go of the sockets we ask over (46-restart.bats).
      [ "$verb" = yield ] && continue
      status=0
      text=$(ccbus ask "$daemon" "$verb" - <<<"$body" 2>&1 >/dev/null) || status=$?
      case $status in
        0) [ -z "$needs" ] || { [ "$body" != '{}' ] || { echo "$verb {} was obeyed"; return 1; }; } ;;
        1 | 64 | 65 | 69 | 75 | 77) ;;
        *) echo "$daemon $verb $body: $status $text"; return 1 ;;
      esac
      [ "$status" != 69 ] || [[ $text != *"no answer"* ]] || { echo "$daemon $verb $body: $text"; return 1; }
      sent=$((sent + 1))
    done < <(bodies)
  done < <(commands "$2")
  echo "sent $sent"
  [ "$sent" -ge 7 ]
  assert_equal "$(ccbus ask "$daemon" ping | jq .pid)" "$before"
}

@test "ccswitchd answers every malformed command of the page and lives" {
  start_daemon ccswitchd
  pester ccswitchd "EVERY DAEMON"
  pester ccswitchd CCSWITCHD
  run ccbus ask ccswitchd yield '{"soon":"now"}'
  assert_failure 64
  assert_output --partial "field 'soon'"
  run ccbus ask ccswitchd no-such-verb
  assert_failure 64
}

@test "ccqueue answers every malformed command of the page and lives" {
  start_daemon ccswitchd
  start_daemon ccqueue
  pester ccqueue "EVERY DAEMON"
  pester ccqueue CCQUEUE
}

@test "ccrec answers every malformed command of the page and lives" {
  start_daemon ccrec
  pester ccrec "EVERY DAEMON"
  pester ccrec CCREC
  run ccbus ask ccrec no-such-verb
  assert_failure 64
  assert_output "ccbus: ccrec knows no 'no-such-verb'"
}

@test "ccjournal answers every malformed command of the page and lives" {
  start_daemon ccjournal
  pester ccjournal "EVERY DAEMON"
  pester ccjournal CCJOURNAL
}

@test "the sockets are for the instance's group, mode 0660" {
  start_daemon ccrec
  assert_equal "$(stat -c %a "$HOTLINE_HOME/run/ccrec.cmd" "$HOTLINE_HOME/run/ccrec.evt" | paste -sd' ')" "660 660"
}

@test "a daemon that is stopped is told as absent, and answers when it goes on" {
  start_daemon ccrec
  kill -STOP "$pid_ccrec"
  run ccbus ask --timeout 500ms ccrec ping
  assert_failure 69
  assert_output "ccbus: no answer from ccrec; is ccrec running?"
  kill -CONT "$pid_ccrec"
  wait_for 'ccbus ask ccrec ping'
}

@test "after kill -9 a daemon takes its sockets back and its numbers go on" {
  start_daemon ccswitchd
  before=$(ccbus ask ccswitchd ping | jq .n)
  stop_daemon ccswitchd KILL
  start_daemon ccswitchd
  assert [ "$(ccbus ask ccswitchd ping | jq .n)" -gt "$before" ]
  run ccjournal verify ccswitchd
  assert_success
}
