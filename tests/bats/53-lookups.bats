# cclookup: look-ups asked, listed and checked as a clerk does; PINs; a database behind ODBC.
load helper

setup() {
  setup_instance
  mkdir -p "$HOTLINE_HOME/etc/programs"
  sqlite3 "$HOTLINE_HOME/var/billing.db" <<'SQL'
CREATE TABLE bills (number TEXT, balance TEXT, as_of TEXT);
INSERT INTO bills VALUES ('88001234', '12.50', '2026-11-25');
CREATE TABLE accounts (number TEXT, pin TEXT);
SQL
  echo 'include = ["lookups.toml"]' >"$HOTLINE_HOME/etc/hotline.toml"
  cat >"$HOTLINE_HOME/etc/lookups.toml" <<'TOML'
[lookup.balance]
kind = "sql"
store = "sqlite:var/billing.db"
query = "SELECT balance, as_of FROM bills WHERE number = :number"
parameters = ["number"]
results = ["balance", "as-of"]
timeout = "5s"
TOML
}

teardown() { teardown_instance; }

@test "a look-up prints what it found, as lines and as JSON" {
  run -0 --separate-stderr cclookup balance number=88001234
  assert_output "$(printf 'as-of=2026-11-25\nbalance=12.50')"
  assert_equal "$stderr" ""
  run -0 cclookup --json balance number=88001234
  assert_output '{"format":1,"name":"balance","outcome":"found","fields":{"as-of":"2026-11-25","balance":"12.50"}}'
  run -0 cclookup ask balance number=- <<<88001234
  assert_line "balance=12.50"
}

@test "what is not there is 1, what cannot be answered now 75, what is wrong 64 and 78" {
  run -1 cclookup balance "number=' OR '1'='1"
  assert_output ""
  run -64 cclookup balence number=1
  assert_output "cclookup: there is no look-up 'balence'; did you mean 'balance'?"
  run -64 cclookup balance numbre=1
  assert_output "cclookup: look-up 'balance' has no parameter 'numbre'; did you mean 'number'?"
  run -64 cclookup balance
  assert_output "cclookup: look-up 'balance' needs the parameter 'number'"
  run -64 cclookup balance $'number=1\n2'
  assert_output "cclookup: 'balance' failed: bad-parameter: 'number' has a control character"
  rm "$HOTLINE_HOME/var/billing.db"
  run -75 cclookup balance number=88001234
  assert_output --partial "cclookup: 'balance' failed: unavailable: cannot open "
  refute_output --partial 88001234
  run -75 --separate-stderr cclookup --json balance number=88001234
  assert_output --partial '"outcome":"failed","fields":{},"reason":"unavailable","text":"cannot open '
  echo 'tiemout = "1s"' >>"$HOTLINE_HOME/etc/lookups.toml"
  run -78 cclookup balance number=88001234
  assert_output --partial "lookups.toml:8: unknown key 'tiemout' in [balance]; did you mean 'timeout'?"
}

@test "look-ups are listed and checked, and with --try their sources are seen" {
  run -0 cclookup list --porcelain
  assert_output "$(printf '# name\tkind\tparameters\tresults\ttimeout_ms\tplace\nbalance\tsql\tnumber\tbalance as-of\t5000\t%s/etc/lookups.toml:1' "$HOTLINE_HOME")"
  run -0 cclookup check
  assert_output "cclookup: 1 look-ups are good"
  run -0 cclookup check --try
  assert_line --regexp 'balance +sql +reached +opened, the statement is good'
  printf '[lookup.nobody]\nkind = "tcp"\naddress = "127.0.0.1:1"\nsend = "x\\n"\n' >>"$HOTLINE_HOME/etc/lookups.toml"
  run -69 cclookup check --try
  assert_line --regexp 'nobody +tcp +refused +cannot reach the host: Connection refused'
}

@test "three wrong PINs lock a number; who is locked can be seen and unlocked" {
  cat >>"$HOTLINE_HOME/etc/lookups.toml" <<'TOML'
[lookup.account]
kind = "pin"
store = "sqlite:var/billing.db"
query = "SELECT pin AS pin_argon2id FROM accounts WHERE number = :number"
parameters = ["number", "pin"]
timeout = "30s"
TOML
  hash=$(cclookup hash <<<1234)
  [[ $hash == '$argon2id$'* ]]
  sqlite3 "$HOTLINE_HOME/var/billing.db" "INSERT INTO accounts VALUES ('88001234', '$hash')"
  run -0 cclookup account number=88001234 pin=- <<<1234
  assert_line "locked=no"
  run -1 cclookup locked
  run -1 cclookup account number=88001234 pin=1
  assert_line "tries-left=2"
  run -1 cclookup account number=88001234 pin=2
  run -1 cclookup account number=88001234 pin=3
  assert_line "locked=yes"
  assert_line "locked-seconds=900"
  run -1 cclookup account number=88001234 pin=1234
  assert_line "locked=yes"
  run -0 cclookup locked
  refute_output --partial 88001234
  run -0 cclookup locked --porcelain
  assert_output --partial "$(printf 'pin\tnumber\t88001234\t3\t')"
  run -0 cclookup unlock 88001234
  run -1 cclookup unlock 88001234
  run -0 cclookup account number=88001234 pin=1234
}

@test "a program that was started does not outlive cclookup" {
  printf '#!/bin/sh\necho $$ >../var/pid\nexec sleep 60\n' >"$HOTLINE_HOME/etc/programs/hang"
  chmod 755 "$HOTLINE_HOME/etc/programs/hang"
  printf '[lookup.hang]\nkind = "program"\ncommand = ["programs/hang"]\ntimeout = "30s"\n' >"$HOTLINE_HOME/etc/lookups.toml"
  cclookup hang 3>&- &
  asking=$!
  wait_for "[ -s '$HOTLINE_HOME/var/pid' ]"
  kill -TERM "$asking"
  status=0
  wait "$asking" || status=$?
  assert_equal "$status" 143
  wait_for "! kill -0 $(cat "$HOTLINE_HOME/var/pid")"
}

@test "contrib/lookup-odbc asks a database through unixODBC" {
  driver=$(find /usr/lib -name 'libsqlite3odbc.so' | head -n 1)
  export ODBCINI=$HOTLINE_HOME/etc/odbc.ini
  printf '[billing]\nDriver=%s\nDatabase=%s\n' "$driver" "$HOTLINE_HOME/var/billing.db" >"$ODBCINI"
  cp "$ROOT/contrib/lookup-odbc" "$HOTLINE_HOME/etc/programs/"
  cat >"$HOTLINE_HOME/etc/lookups.toml" <<'TOML'
[lookup.balance]
kind = "program"
command = ["programs/lookup-odbc", "billing", "SELECT balance, as_of FROM bills WHERE number = '@number@'"]
parameters = ["number"]
results = ["balance", "as-of"]
timeout = "20s"
TOML
  run -0 cclookup balance number=88001234
  assert_output "$(printf 'as-of=2026-11-25\nbalance=12.50')"
  run -1 cclookup balance number=7
  run -75 cclookup balance "number=' OR '1'='1"
  assert_line "lookup-odbc: 'number' has a character that may not stand in a statement"
  ODBCINI=/dev/null run -75 cclookup balance number=88001234
}
