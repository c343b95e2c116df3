#!/usr/bin/env bats
# Customers through the tool: found by any number and any two characters, changed by many, read from files and written to them.
load helper
load desk

setup() { setup_desk; }
teardown() { teardown_desk; }

codes() { cccust find "$@" --porcelain | grep -v '^#' | cut -f1 | tr '\n' ' '; }

@test "a caller's customers come by his number in any form, all of them" {
  cccust add --name 王小明 --number "138 0013 8000" --address 建设路12号 --area 0101 --tag vip
  cccust add --name 李芳 --number 13800138000 --number home:3331234
  for number in 13800138000 013800138000 +8613800138000 "0086 138-0013-8000"; do
    run codes --number "$number"
    assert_output "00000002 00000001 "
  done
  run codes --number 0756-3331234
  assert_output "00000002 "
  run cccust find --number 13900139000
  assert_failure 1
  assert_output ""
}

@test "people see masked numbers, machines whole ones" {
  cccust add --name 王小明 --number 13800138000 --id-number 440400199001011234 >/dev/null
  run cccust find 王小
  assert_output --partial "138****8000"
  refute_output --partial "440400"
  run cccust show 00000001 --json
  assert_output --regexp '^\{"format":1,"code":"00000001","name":"王小明","kind":"person","numbers":"13800138000","area":null,"address":null,"tags":null,"note":null,"id_number":"440400199001011234","more_addresses":null,"state":"open","version":1,"changed":"[^"]+Z","changed_by":"operator:[^"]+"\}$'
}

@test "any two characters find, inside a name, an address, a note; by area, tag and paper too" {
  cccust add --name 王小明 --address 香洲区建设路停水巷3号 --area 0101 --note "水表在门外" --tag vip --id-number X1 >/dev/null
  cccust add --name 建设饭店 --kind company --address 人民路8号 --area 0201 >/dev/null
  assert_equal "$(codes 建设)" "00000002 00000001 "
  assert_equal "$(codes --name 建设)" "00000002 "
  assert_equal "$(codes --address 停水)" "00000001 "
  assert_equal "$(codes --note 水表)" "00000001 "
  assert_equal "$(codes --area 01)" "00000001 "
  assert_equal "$(codes --tag vip)" "00000001 "
  assert_equal "$(codes --id-number X1)" "00000001 "
  assert_equal "$(codes 建设 8号)" "00000002 "
  assert_equal "$(cccust find 建设 --count)" 2
  run cccust find '"*'
  assert_failure 64
}

@test "an update with an old version is refused with 75 and says who was first" {
  person wang customers modify,query
  cccust add --name 王 >/dev/null
  cccust --as wang set 00000001 --name 王一 --version 1 >/dev/null
  run cccust set 00000001 --name 王二 --version 1
  assert_failure 75
  assert_output --partial "was changed by wang at "
  assert_output --partial "version 2, yours is 1; read it again"
  run cccust show 00000001 --porcelain
  assert_line --index 1 --regexp "^00000001	王一"
}

two_writers() {
  cccust add --name 王 >/dev/null
  for writer in a b; do
    (
      for i in $(seq 10); do
        until cccust number 00000001 --add "1390000$([ $writer = a ] && echo 1 || echo 2)$((100 + i))" >/dev/null 2>"$writer.err"; do
          grep -q "read it again" "$writer.err" || exit 1
        done
      done
    ) 3>&- &
    writers+=("$!")
  done
  for writer in "${writers[@]}"; do wait "$writer"; done
  cccust show 00000001 --json >whole
  assert_equal "$(jq -r .numbers whole | tr ';' '\n' | wc -l)" 20
  assert_equal "$(jq .version whole)" 21
  assert_equal "$(cccust history 00000001 --json | jq -s 'map(select(.field == "number")) | length')" 20
}

@test "two writers on one customer: every change of both is kept, and told in his history" { two_writers; }

@test "two writers on one customer, on PostgreSQL" {
  use_postgres
  two_writers
}

@test "a customer with forty numbers is found by each, and printed in one line" {
  args=()
  for i in $(seq 40); do args+=(--number "mobile:139000001$((i + 10))"); done
  cccust add --name 物业公司 --kind company "${args[@]}" >/dev/null
  for i in 1 17 40; do assert_equal "$(codes --number "139000001$((i + 10))")" "00000001 "; done
  run cccust find 物业
  assert_output --partial "+37"
  cccust number 00000001 --remove 13900000111 --remove 13900000112 >/dev/null
  run cccust find --number 13900000111
  assert_failure 1
  run cccust number 00000001 --remove 13900000111
  assert_failure 1
  assert_equal "$(cccust show 00000001 --json | jq -r .numbers | tr ';' '\n' | wc -l)" 38
}

@test "a file with GBK text is read as it was meant, a dry run writes nothing" {
  printf '客户号,姓名,电话,地址,标签\r\nG1,王小明,13800138000;home:3331234,"建设路12号,后门",vip;独居\r\nG2,李芳,,人民路8号,\r\n' | iconv -t GBK >customers.csv
  run cccust import customers.csv --dry-run
  assert_success
  assert_output "cccust: 'customers.csv' (GB18030): 2 added, 0 changed, 0 the same, 0 bad; nothing was written (dry run)"
  run cccust find --name 王小
  assert_failure 1
  run cccust import customers.csv
  assert_output "cccust: 'customers.csv' (GB18030): 2 added, 0 changed, 0 the same, 0 bad"
  run cccust show G1 --json
  assert_output --partial '"numbers":"home:07563331234;13800138000","area":null,"address":"建设路12号,后门","tags":"vip;独居"'
  run cccust import <customers.csv
  assert_output "cccust: standard input (GB18030): 0 added, 0 changed, 2 the same, 0 bad"
}

@test "every bad line is told with its number, and nothing is written unless the good ones are asked for" {
  printf 'name,code,numbers,kind\n王,A,13800138000,\n,B,,\n李,C,none,\n赵,A,,\n孙,D,,robot\n周,E\n吴,F,,\n' >customers.csv
  run --separate-stderr cccust import customers.csv --porcelain
  assert_failure 65
  assert_output "# line	fault
3	a customer has a name
4	'none' is no telephone number
5	code 'A' stands in the file twice
6	'robot' is no kind of customer: person, company, prospect
7	2 fields where the first line names 4"
  assert_equal "$stderr" "cccust: 'customers.csv' (UTF-8): 2 added, 0 changed, 0 the same, 5 bad; nothing was written, --skip-bad writes the others"
  run cccust find --count
  assert_output 0
  run cccust import customers.csv --skip-bad
  assert_failure 65
  assert_equal "$(codes)" "F A "
  printf '\xcd\xf5\xff\n' >neither.csv
  run cccust import neither.csv
  assert_failure 65
  assert_output "cccust: 'neither.csv': line 1 is neither UTF-8 nor GBK"
  run cccust import nothing.csv
  assert_failure 66
}

@test "what is exported is imported again the same, as CSV, and as vCards what they hold" {
  "$ROOT/share/sites/water/sample-customers" 200 | cccust import
  cccust add --code X --name '逗号,引号"' --note $'两\n行' --address a --area 1 --more-address '2|b,c' --number office:3331234 >/dev/null
  cccust export >all.csv
  cccust export --vcard >all.vcf
  mkdir second && mv var/hotline.db* second/
  cccust import all.csv
  cccust export >again.csv
  cmp all.csv again.csv
  run cccust import all.vcf
  assert_output --regexp "0 added, [0-9]+ changed, [0-9]+ the same, 0 bad$"
  mv var/hotline.db* second/
  run cccust import all.vcf
  assert_output "cccust: 'all.vcf' (UTF-8): 201 added, 0 changed, 0 the same, 0 bad"
}

@test "closed is found only when asked for and changes no more; audited is frozen; merged has all" {
  cccust add --name 王 --number 13800138000 >/dev/null
  cccust add --name 王 --number 3331234 --note 二 >/dev/null
  cccust audit 00000001
  run cccust set 00000001 --name x
  assert_failure 77
  assert_output --partial "'cccust unaudit' frees him"
  cccust unaudit 00000001
  cccust merge 00000002 00000001 >/dev/null
  assert_equal "$(codes --number 3331234)" "00000001 "
  run cccust show 00000002 --json
  assert_output --partial '"state":"merged"'
  cccust close 00000001
  run cccust find --number 3331234
  assert_failure 1
  assert_equal "$(codes --number 3331234 --closed)" "00000002 00000001 "
  run cccust note 00000001 x
  assert_failure 77
}

@test "numbers of customers stay out of what is refused and of the store's errors" {
  person wang customers query
  run cccust --as wang add --name 王 --number 13800138000
  assert_failure 77
  refute_output --partial 13800138000
  run ccadm refusals --porcelain
  refute_output --partial 13800138000
}

@test "kill -9 in the middle of an import leaves whole customers, and the next import makes the rest" {
  "$ROOT/share/sites/water/sample-customers" 3000 >many.csv
  cccust import many.csv 3>&- 2>/dev/null &
  importer=$!
  wait_for '[ "$(cccust find --count)" -ge 200 ]' 60
  kill -KILL "$importer"
  wait "$importer" || :
  written=$(cccust find --count)
  [ "$written" -ge 200 ] && [ "$written" -lt 3000 ]
  assert_equal "$(sqlite3 var/hotline.db 'SELECT count(*) FROM customers WHERE code NOT IN (SELECT new FROM changes WHERE field = '"'code'"')')" 0
  run cccust import many.csv
  assert_output --partial "$((3000 - written)) added, 0 changed, $written the same, 0 bad"
}
