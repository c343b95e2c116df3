# The instance: making one, refusing bad ones.
load helper

setup() { setup_instance; DIR=$HOTLINE_HOME/site; unset HOTLINE_HOME_KEPT; }
teardown() { teardown_instance; }

@test "init copies a site and gives every phone a password of its own" {
  run hotline init --site water "$DIR"
  assert_success
  assert_file_exists "$DIR/etc/hotline.toml"
  run grep -c '@SECRET@' "$DIR/etc/phones.toml"
  assert_output 0
  secrets=$(grep '^secret' "$DIR/etc/phones.toml" | sort -u | wc -l)
  assert_equal "$secrets" "$(grep -c '^secret' "$DIR/etc/phones.toml")"
  assert_equal "$(stat -c %a "$DIR/etc/phones.toml")" 640
}

@test "init loads a site's sample data for its look-ups, whole or not at all" {
  hotline init --site water "$DIR"
  assert_file_not_exists "$DIR/sample.sql"
  assert_equal "$(stat -c %a "$DIR/var/site.db")" 640
  run -0 sqlite3 "$DIR/var/site.db" "SELECT count(*) FROM accounts"
  assert_output 2
  mkdir -p "$HOTLINE_HOME/share/sites/odd/etc"
  touch "$HOTLINE_HOME/share/sites/odd/etc/hotline.toml"
  printf 'CREATE TABLE a (b);\nINSERT INTO a VALUES (1, 2);\n' >"$HOTLINE_HOME/share/sites/odd/sample.sql"
  HOTLINE_SHARE=$HOTLINE_HOME/share run -65 hotline init --site odd "$DIR.odd"
  assert_output --partial "'$DIR.odd/sample.sql' cannot be loaded (above)"
  assert_output --partial "2 values were supplied"
  assert_file_not_exists "$DIR.odd/var/site.db"
}

@test "init never writes over something else" {
  mkdir -p "$DIR" && echo mine >"$DIR/note"
  run hotline init --site water "$DIR"
  assert_failure 73
  assert_output --partial "is not empty"
  assert_equal "$(cat "$DIR/note")" mine
}

@test "a site that does not exist is refused, and those that do are named" {
  run hotline init --site atlantis "$DIR"
  assert_failure 66
  assert_output --partial "no site 'atlantis'"
  assert_output --partial "water"
  run hotline init --site ../../etc "$DIR"
  assert_failure 64
}

@test "usage errors end with 64 and name the word" {
  run hotline
  assert_failure 64
  run hotline ups
  assert_failure 64
  assert_output --partial "unknown verb 'ups'"
  run hotline init --sight water "$DIR"
  assert_failure 64
  assert_output --partial "unknown option '--sight'"
}

@test "a directory that is no instance is refused with the remedy" {
  run hotline up "$HOTLINE_HOME/nowhere"
  assert_failure 66
  assert_output --partial "make an instance with: hotline init"
  run hotline check "$HOTLINE_HOME/etc"
  assert_failure 66
  assert_output --partial "has no etc/hotline.toml"
}

@test "check passes the site as it is made" {
  hotline init --site water "$DIR"
  run hotline check "$DIR"
  assert_success
}

@test "check names an unknown key with file, line and the nearest known one, and up starts nothing" {
  hotline init --site water "$DIR"
  printf '\n[journal]\n' >>"$DIR/etc/hotline.toml"
  sed -i 's/^wrap_up = "10s"/wrap_ip = "10s"/' "$DIR/etc/queues.toml"
  run hotline check "$DIR"
  assert_failure 78
  assert_output --partial "queues.toml:5: unknown key 'wrap_ip' in [[queue]]; did you mean 'wrap_up'?"
  run hotline up "$DIR"
  assert_failure 78
  assert_output --partial "nothing was started"
  run hotline status "$DIR"
  assert_failure 1
}

@test "every program has --help on stdout with 0, --version, a page, and 64 for an unknown option" {
  for path in "$BUILD"/bin/cc*; do
    program=$(basename "$path")
    run --separate-stderr "$program" --help
    assert_success
    assert [ -n "$output" ]
    run "$program" --version
    assert_success
    assert_output --regexp "^$program [0-9]+\.[0-9]+\.[0-9]+ \(cc-wire 1, store [0-9]+\)$"
    run --separate-stderr "$program" --no-such-option
    assert_failure 64
    assert [ -z "$output" ]
    assert [ -n "$(find "$ROOT/man" -name "$program.[18]")" ]
  done
}
