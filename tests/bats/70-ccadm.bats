#!/usr/bin/env bats
# Who may do what: users, roles and rights through the tools, and the care of the store.
load helper
load desk

setup() { setup_desk; }
teardown() { teardown_desk; }

@test "the operator makes the first user, and who-can answers both ways" {
  ccadm role clerk --add --note "takes calls"
  ccadm right clerk customers add,query
  ccadm user wang --add --full-name 王小明 --role clerk
  run ccadm user wang --porcelain
  assert_line --index 1 "wang	王小明	-	clerk	no	active	1"
  run ccadm who-can customers query --porcelain
  assert_line --index 1 "wang	customers	query	clerk"
  run ccadm who-can customers delete
  assert_failure 1
  run ccadm who-can --user wang --json
  assert_output '{"format":1,"user":"wang","block":"customers","right":"add","role":null}
{"format":1,"user":"wang","block":"customers","right":"query","role":null}'
  run ccadm who-can --user wang customers delete
  assert_failure 1
  run ccadm history wang --porcelain
  assert_output --partial "role	-	clerk"
}

@test "who runs a tool is the user whose Unix name is his; a stranger is refused, and an operator alone acts for others" {
  person wang customers query
  ccadm user wang --unix "$(id -un)"
  run ccadm user
  assert_failure 77
  assert_output "ccadm: 'wang' has nothing like that"
  run cccust find 王
  assert_failure 1
  printf '[desk]\noperators = ["nobody-here"]\n' >"$HOTLINE_HOME/etc/hotline.toml"
  run cccust --as wang find 王
  assert_failure 77
  assert_output --partial "may not act for another"
  ccadm_as_operator() { printf '[desk]\n' >"$HOTLINE_HOME/etc/hotline.toml"; ccadm --as wang who-can --user wang; }
  run ccadm_as_operator
  assert_success
  sqlite3 "$HOTLINE_HOME/var/hotline.db" "UPDATE users SET unix_name = NULL"
  printf '[desk]\noperators = ["nobody-here"]\n' >"$HOTLINE_HOME/etc/hotline.toml"
  run cccust find 王
  assert_failure 77
  assert_output --partial "is no user of Hotline; 'ccadm user NAME --unix $(id -un)' makes him one"
}

# The operation that needs RIGHT in BLOCK, as USER; what it works on is there already.
operate() {
  local user=$1
  case "$2 $3" in
    "customers add") cccust --as "$user" add --name 新 ;;
    "customers modify") cccust --as "$user" note K "said hello" ;;
    "customers delete") cccust --as "$user" close "$4" ;;
    "customers query") cccust --as "$user" show K ;;
    "customers print") cccust --as "$user" export ;;
    "customers audit") cccust --as "$user" audit A ;;
    "customers un-audit") cccust --as "$user" unaudit A ;;
    "users add") ccadm --as "$user" user "new-$4" --add ;;
    "users modify") ccadm --as "$user" user victim --full-name "$4" ;;
    "users delete") ccadm --as "$user" user victim --disable ;;
    "users query") ccadm --as "$user" user victim ;;
    "users audit") ccadm --as "$user" refusals ;;
    "roles add") ccadm --as "$user" role "new-$4" --add ;;
    "roles modify") ccadm --as "$user" right victim stock none ;;
    "roles delete") ccadm --as "$user" role "$4" --delete ;;
    "roles query") ccadm --as "$user" role ;;
    "store query") ccadm --as "$user" check ;;
    "store print") ccadm --as "$user" backup "$HOTLINE_HOME/$4.db" ;;
    *) echo "no operation needs $3 in $2" && return 99 ;;
  esac
}

@test "the matrix of rights: what is not allowed is refused with 77, says nothing of the row, and is written down" {
  local role block rights right may number=0 refused=1 before status out
  for role in clerk viewer closer auditor freer exporter adder manager personnel granter keeper nobody; do person "$role"; done
  while IFS=$'\t' read -r role block rights; do
    case $role in '#'*) ;; *) ccadm right "$role" "$block" "$rights" ;; esac
  done <"$ROOT/tests/golden/roles.tsv"
  person victim
  cccust add --code K --name 王小明 --number 13800138000 >/dev/null
  cccust add --code A --name 李 >/dev/null
  run -77 cccust --as nobody show K
  while IFS=$'\t' read -r role block right may; do
    case $role in '#'*) continue ;; esac
    number=$((number + 1))
    case "$block $right" in
      "customers delete") cccust add --code "r$number" --name x >/dev/null ;;
      "roles delete") ccadm role "r$number" --add ;;
    esac
    status=0
    out=$(operate "$role" "$block" "$right" "r$number" 2>"$HOTLINE_HOME/said") || status=$?
    case $may in
      yes) [ "$status" = 0 ] || { echo "$role $block $right: $status $(cat "$HOTLINE_HOME/said")"; return 1; } ;;
      *)
        refused=$((refused + 1))
        [ "$status" = 77 ] && [ -z "$out" ] || { echo "$role $block $right: $status $out"; return 1; }
        if [ "$may" = hidden ]; then
          grep -qx "cc[a-z]*: '$role' has nothing like that" "$HOTLINE_HOME/said"
        else
          grep -qx "cc[a-z]*: '$role' has no right '$right' for $block" "$HOTLINE_HOME/said"
        fi
        ;;
    esac
  done <"$ROOT/tests/golden/rights.tsv"
  echo "$number rows, $refused refused"
  [ "$number" -ge 200 ]
  assert_equal "$(refusals)" "$refused"
}

@test "who-can says of every cell of the matrix what the operation does" {
  local role block rights right may
  while IFS=$'\t' read -r role block rights; do
    case $role in '#'*) continue ;; esac
    ccadm role "$role" >/dev/null || person "$role"
    ccadm right "$role" "$block" "$rights"
  done <"$ROOT/tests/golden/roles.tsv"
  person nobody
  for role in $(grep -v '^#' "$ROOT/tests/golden/rights.tsv" | cut -f1 | sort -u); do
    ccadm who-can --user "$role" --porcelain | grep -v '^#' | cut -f1-3 || :
  done | sort >can
  grep -v '^#' "$ROOT/tests/golden/rights.tsv" | awk -F'\t' '$4 == "yes" { print $1 "\t" $2 "\t" $3 }' | sort >should
  # Of the pairs that the matrix asks about, neither more nor less.
  grep -v '^#' "$ROOT/tests/golden/rights.tsv" | cut -f2,3 | sort -u >pairs
  run diff <(awk -F'\t' 'NR == FNR { asked[$1, $2] = 1; next } ($2, $3) in asked' pairs can) should
  assert_success
}

@test "a password is set from standard input, kept as argon2id, tried, and locks after five wrong ones" {
  person wang customers query
  echo "correct horse" | ccadm passwd wang
  run sqlite3 "$HOTLINE_HOME/var/hotline.db" "SELECT substr(password, 1, 10) FROM users WHERE name = 'wang'"
  assert_output '$argon2id$'
  echo "correct horse" | ccadm passwd wang --check
  run ccadm passwd wang <<<"short"
  assert_failure 64
  for _ in 1 2 3 4 5; do
    run ccadm passwd wang --check <<<"wrong one"
    assert_failure 1
  done
  run ccadm passwd wang --check <<<"correct horse"
  assert_failure 75
  assert_output --partial "is locked until"
  run grep -rl "correct horse" "$HOTLINE_HOME/var"
  assert_output ""
  run ccadm --as wang passwd <<<"another horse"
  assert_success
  ccadm passwd wang --check <<<"another horse"
}

@test "faults are told with their remedy: names taken, roles in use, words that are none" {
  person wang customers query
  run ccadm user wang --add
  assert_failure 65
  run ccadm role wang --delete
  assert_failure 65
  assert_output "ccadm: somebody has role 'wang'; take it away first"
  run ccadm right wang custmers query
  assert_failure 64
  assert_output --partial "did you mean 'customers'?"
  run ccadm right wang customers querry
  assert_failure 64
  assert_output --partial "did you mean 'query'?"
  run ccadm user nobody
  assert_failure 1
  run ccadm user --add
  assert_failure 64
  run ccadm --version
  assert_output --regexp "^ccadm .*store [0-9]+\)$"
}

@test "a backup while others write is one moment of the store, and serves" {
  sh "$ROOT/share/sites/water/sample-customers" 300 | cccust import
  for writer in 1 2; do
    (for i in $(seq 15); do cccust add --name "w$writer-$i" --number "1390000$writer$((1000 + i))" >/dev/null || exit 1; done) 3>&- &
    writers+=("$!")
  done
  ccadm backup copy.db --porcelain >rows
  for writer in "${writers[@]}"; do wait "$writer"; done
  kept=$(awk '$1 == "customers" { print $2 }' rows)
  [ "$kept" -ge 300 ] && [ "$kept" -le 330 ]
  assert_equal "$(sqlite3 copy.db 'SELECT count(*) FROM customers')" "$kept"
  # Whole customers only: each has as many numbers as his history tells.
  assert_equal "$(sqlite3 copy.db 'SELECT count(*) FROM customer_numbers')" "$(sqlite3 copy.db "SELECT count(*) FROM changes WHERE entity = 'customers' AND field = 'number'")"
  run ccadm drill copy.db --porcelain
  assert_success
  assert_output --regexp "customers	$kept	330"
  run ccadm backup copy.db
  assert_failure 65
  assert_output "ccadm: 'copy.db' is there already; give a new name"
  run find "$HOTLINE_HOME" -name '*.part*' -o -name 'drill*'
  assert_output ""
}

@test "a damaged backup does not serve, and is said so" {
  ccadm backup copy.db >/dev/null
  sqlite3 copy.db "PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = 9999 WHERE name = 'users'"
  run ccadm drill copy.db
  assert_failure 65
  assert_output --partial "would not serve"
  head -c 5000 /dev/urandom >noise.db
  run ccadm drill noise.db
  assert_failure 65
  run ccadm drill nothing.db
  assert_failure 66
  run ccadm check
  assert_success
  assert_output ""
}

@test "the same on PostgreSQL: users, rights, refusals; and a backup is pg_dump's" {
  use_postgres
  person wang customers query
  run cccust --as wang add --name 新
  assert_failure 77
  assert_equal "$(refusals)" 1
  run ccadm who-can customers query --porcelain
  assert_line --index 1 "wang	customers	query	wang"
  run ccadm backup copy.db
  assert_failure 64
  assert_output --partial "pg_dump(1)"
  run ccadm check
  assert_success
  [ ! -e "$HOTLINE_HOME/var/hotline.db" ]
}

@test "a store that is said wrongly is a fault of the configuration, with its line" {
  printf '\nstore = "mysql://x"\n' >"$HOTLINE_HOME/etc/hotline.toml"
  run ccadm user
  assert_failure 78
  assert_output --partial "hotline.toml:2: 'store' is"
  printf 'store = "postgresql://clerk:secret@127.0.0.1:1/x"\n' >"$HOTLINE_HOME/etc/hotline.toml"
  run ccadm user
  assert_failure 69
  refute_output --partial secret
}
