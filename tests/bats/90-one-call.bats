# One call, end to end, over a real PRI to a real SIP telephone.
load helper
load centre

setup() { centre_setup 1; }
teardown() { teardown_instance; }

@test "caller and agent hear each other, and the recording has the caller left and the agent right" {
  centre_start
  ring_in one --from 13800138000 --say "$HOTLINE_HOME/caller.wav" --keys w3s,1 --hear "$HOTLINE_HOME/heard.wav" --for 24s
  wait_for '[ "$(event_count announce.done)" = 1 ]' 25
  wait_for '[ "$(event_count rec.kept)" = 1 ]' 40

  file=$HOTLINE_HOME/var/recordings/$(journal rec.kept .file)
  length=$(sox --i -D "$file")
  # What follows the announcement: the last five seconds but one.
  from=$(awk -v l="$length" 'BEGIN {print l - 6}')
  caller_left=$(tone_db "$file" 1 440 "$from" 5) agent_left=$(tone_db "$file" 1 1000 "$from" 5)
  agent_right=$(tone_db "$file" 2 1000 "$from" 5) caller_right=$(tone_db "$file" 2 440 "$from" 5)
  echo "left: caller $caller_left agent $agent_left; right: agent $agent_right caller $caller_right"
  assert [ "$caller_left" -gt -25 ]
  assert [ "$agent_right" -gt -25 ]
  assert [ $((caller_left - agent_left)) -ge 40 ]
  assert [ $((agent_right - caller_right)) -ge 40 ]

  length=$(sox --i -D "$HOTLINE_HOME/heard.wav")
  from=$(awk -v l="$length" 'BEGIN {print l - 6}')
  heard=$(tone_db "$HOTLINE_HOME/heard.wav" 1 1000 "$from" 5) own=$(tone_db "$HOTLINE_HOME/heard.wav" 1 440 "$from" 5)
  echo "heard: agent $heard own $own"
  assert [ "$heard" -gt -25 ]
  assert [ $((heard - own)) -ge 40 ]

  # B13: the notice is over before the bridge is up; E12: the end of the announcement is an event.
  notice=$(journal notice.played .time) bridge=$(journal bridge.up .time) announced=$(journal queue.announced .time)
  assert [ -n "$notice" ] && assert [ -n "$announced" ]
  assert [ "$notice" \< "$bridge" ]
  assert [ "$bridge" \< "$announced" ]
  # Kept once, and the spool is empty.
  run find "$HOTLINE_HOME/var/spool" -type f
  assert_output ""
}

@test "tshark finds every SETUP with its RELEASE COMPLETE, the right numbers, and no malformed frame" {
  centre_start
  ring_in one --from 13800138000 --say "$HOTLINE_HOME/caller.wav" --keys w3s,1 --for 9s
  ring_in two --from 01062345604 --say "$HOTLINE_HOME/caller.wav" --for 4s
  wait_for '[ "$(event_count call.ended)" = 2 ]' 40
  stop_daemon ccswitchd
  pcap=$HOTLINE_HOME/var/d-channel.pcap
  run tshark -r "$pcap" -o 'q932.facility_encoding:Dissect facility as ETSI' -Y '_ws.malformed || _ws.expert.severity==error'
  refute_output --regexp '[0-9]+ +[0-9.]+'
  setups=$(tshark -r "$pcap" -Y 'q931.message_type==0x05' -T fields -E separator='|' -E occurrence=f \
    -e q931.calling_party_number.digits -e q931.called_party_number.digits 2>/dev/null | sort)
  assert_equal "$setups" "$(printf '01062345604|96116\n13800138000|96116')"
  refs=$(tshark -r "$pcap" -Y 'q931.message_type==0x05' -T fields -E occurrence=f -e q931.call_ref 2>/dev/null | sort)
  ends=$(tshark -r "$pcap" -Y 'q931.message_type==0x5a' -T fields -E occurrence=f -e q931.call_ref 2>/dev/null | sort)
  assert_equal "$ends" "$refs"
}

@test "the day's report counts the call once, and equals the one rebuilt from the journals" {
  centre_start
  ring_in one --from 13800138000 --say "$HOTLINE_HOME/caller.wav" --keys w3s,1 --for 16s
  wait_for '[ "$(event_count rec.kept)" = 1 ]' 40
  wait_for 'ccrec find | grep -q 1001' 10
  at_rest 1
  before=$(ccreport day)
  stop_daemon ccjournal
  ccjournal rebuild
  after=$(ccreport day)
  assert_equal "$after" "$before"
  run ccjournal verify
  assert_success
  run ccrec find --agent 1001
  assert_success
  assert_output --partial "138****8000"
  refute_output --partial "13800138000"
  run ccrec find --agent 1002
  assert_failure 1
}
