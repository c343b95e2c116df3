# ccivr: flows checked, drawn, tried and tested without a telephone; then a caller on a real line.
load helper

setup() {
  setup_instance
  FLOW=$HOTLINE_HOME/etc/flows/main.toml
  mkdir -p "${FLOW%/*}"
  cat >"$HOTLINE_HOME/etc/hotline.toml" <<'TOML'
[site]
language = "zh-CN"
[[route]]
called = "96116"
controller = "ccivr"
flow = "main"
[[flow]]
name = "main"
file = "flows/main.toml"
[[queue]]
name = "repair"
TOML
  cat >"$FLOW" <<'TOML'
[node.welcome]
kind = "play"
prompts = ["welcome"]
next = "main"

[node.main]
kind = "menu"
prompts = ["main-menu"]
keys = { 1 = "repair" }
retries = 0
on_no_input = "bye"

[node.repair]
kind = "queue"
queue = "repair"
on = { timed-out = "main", otherwise = "bye" }

[node.bye]
kind = "hangup"
prompts = ["goodbye"]
TOML
}
teardown() { teardown_instance; }

@test "check says that a good flow is good" {
  run --separate-stderr ccivr check
  assert_success
  assert_output --regexp "^$FLOW: good: 4 nodes, version [0-9a-f]{16}\$"
  run ccivr check "$FLOW"
  assert_success
}

@test "check and -t name file and line of everything that is wrong, and end with 78" {
  sed -i 's/next = "main"/next = "mian"/; s/"main-menu"/"main-meun"/' "$FLOW"
  for verb in "check" "run -t"; do
    # shellcheck disable=SC2086
    run ccivr $verb
    assert_failure 78
    assert_line "ccivr: $FLOW:1: node 'welcome': there is no node 'mian'; did you mean 'main'?"
    assert_output --partial "$FLOW:6: node 'main': there is no prompt 'main-meun' in zh-CN; did you mean 'main-menu'?"
  done
}

@test "a missing file, an unknown key, an unknown queue and a route without its flow are told with their place" {
  sed -i 's/queue = "repair"/queue = "repairs"/' "$FLOW"
  run ccivr check
  assert_failure 78
  assert_output "ccivr: $FLOW:13: node 'repair': there is no queue 'repairs'; did you mean 'repair'?"
  echo 'nxet = "x"' >>"$FLOW"
  run ccivr check "$FLOW"
  assert_failure 78
  assert_output --partial "$FLOW:21: unknown key 'nxet'"
  sed -i 's/flow = "main"/flow = "mian"/; s/main.toml/none.toml/' "$HOTLINE_HOME/etc/hotline.toml"
  run ccivr check
  assert_failure 78
  assert_output --partial "$HOTLINE_HOME/etc/hotline.toml:6: 'flow' in [[route]]: there is no [[flow]] 'mian'; did you mean 'main'?"
  assert_output --partial "$HOTLINE_HOME/etc/hotline.toml:9: flow 'main': "
  run ccivr check /nowhere/flow.toml
  assert_failure 66
}

@test "check needs no instance" {
  mv "$FLOW" "$HOTLINE_HOME/alone.toml"
  rm "$HOTLINE_HOME/etc/hotline.toml"
  run ccivr check "$HOTLINE_HOME/alone.toml"
  assert_success
}

@test "a prompt of the instance's own is known to check" {
  sed -i 's/"main-menu"/"our-menu"/' "$FLOW"
  run ccivr check
  assert_failure 78
  mkdir -p "$HOTLINE_HOME/etc/prompts/zh-CN"
  cp "$BUILD/share/hotline/prompts/zh-CN/main-menu.wav" "$HOTLINE_HOME/etc/prompts/zh-CN/our-menu.wav"
  printf '[switch]\nprompts = ["prompts"]\n' >>"$HOTLINE_HOME/etc/hotline.toml"
  run ccivr check
  assert_success
}

@test "prompts are looked for in every language that callers come with or a node changes to" {
  sed -i 's/^flow = "main"/&\nlang = "fr"/' "$HOTLINE_HOME/etc/hotline.toml"
  sed -i 's/^queue = "repair"/&\ntags = { lang = "de" }/' "$FLOW"
  run ccivr check
  assert_failure 78
  assert_output --partial "$FLOW:1: node 'welcome': there is no prompt 'welcome' in fr"
  assert_output --partial "$FLOW:1: node 'welcome': there is no prompt 'welcome' in de"
}

@test "graph prints what Graphviz reads: one statement a node, one an edge" {
  run ccivr graph "$FLOW"
  assert_success
  assert_line --index 0 'digraph "main" {'
  assert_line '  "main" -> "repair" [label="1"];'
  assert_line '  "repair" -> "bye" [label="otherwise"];'
  [ "$(grep -c -- '->' <<<"$output")" = 7 ]
  # Every line is the head, the end, a node, an edge, or the defaults.
  run grep -vE '^(digraph "[^"]+" \{|\}|  node \[[^]]*\];|  "[^"]+" \[shape=[a-z]+(, label="[^"]*")?\];|  "[^"]+" -> "[^"]+"( \[label="[^"]+"\])?;)$' <<<"$output"
  assert_failure 1
}

@test "try prints the texts that a caller would hear and follows the keys" {
  run ccivr try "$FLOW" <<<$'1\ntimed-out\n\n'
  assert_success
  assert_output - <<'TEXT'
[welcome]
  您好,欢迎致电自来水公司服务热线。
[main]
  报修请按一,水费请按二,停水信息请按三,人工服务请按零,重听请按星号键。
[repair]
  (waits in queue 'repair')
[main]
  报修请按一,水费请按二,停水信息请按三,人工服务请按零,重听请按星号键。
[bye]
  感谢您的来电,再见。
  (hung up, cause 16)
TEXT
  run ccivr try --lang en "$FLOW" </dev/null
  assert_line "  Hello, and welcome to the water company's hotline."
}

@test "expect passes, fails with the script's line, and tells which ways no caller went" {
  run ccivr expect "$FLOW" <<<$'hear welcome main-menu\nkey 1\nexpect queue repair\nresult failed\nexpect hangup 16'
  assert_success
  assert_line "expectations 3, failed 0"
  assert_line "paths 3 of 6"
  assert_line "not gone: main by no-input to bye"
  printf 'key 1\nexpect node bye\nexpect hangup\ncall\nhear goodbye\n' >"$HOTLINE_HOME/script"
  run ccivr expect "$FLOW" "$HOTLINE_HOME/script"
  assert_failure 1
  assert_line "ccivr: $HOTLINE_HOME/script:2: not at node 'bye', but in queue 'repair'"
  assert_line "ccivr: $HOTLINE_HOME/script:5: 'goodbye' was not heard; heard: welcome main-menu"
  run ccivr expect "$FLOW" <<<"press 1"
  assert_failure 65
}

@test "a reload takes a new flow, refuses a bad one whole and keeps the old" {
  start_daemon ccivr
  before=$(ccivr check | sed 's/.*version //')
  echo '# a comment is another version' >>"$FLOW"
  after=$(ccivr check | sed 's/.*version //')
  [ "$before" != "$after" ]
  run ccbus ask ccivr reload
  assert_success
  assert_output --partial "main:$after"
  sed -i 's/next = "main"/next = "mian"/' "$FLOW"
  run ccbus ask ccivr reload
  assert_failure
  assert_output --partial "$FLOW:1: node 'welcome': there is no node 'mian'"
  kill -HUP "$pid_ccivr"
  wait_for "grep -q 'reload kept=old' $HOTLINE_HOME/ccivr.log"
  run ccbus ask ccivr ping
  assert_success
  stop_daemon ccivr
  [ "$STATUS" = 0 ]
}
