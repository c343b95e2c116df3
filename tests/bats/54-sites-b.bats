# The sites gas, cable and bottled-water as they are shipped: their flows by their scripts, every look-up asked for real,
# and callers on a real E1.
load helper
load centre

teardown() { teardown_instance; }

# site NAME: an instance of it in HOTLINE_HOME.
site() {
  setup_instance
  rm -rf "${HOTLINE_HOME:?}"/{etc,run,var}
  hotline init --site "$1" "$HOTLINE_HOME" >/dev/null
}
# flows_are_good: the configuration passes; each flow that is begun by itself has a script, which goes all its ways; and
# every sub-flow is part of one of those.
flows_are_good() {
  local flow name used
  run hotline check "$HOTLINE_HOME"
  assert_success
  run --separate-stderr ccivr check
  assert_success
  assert_equal "$(grep -c ': good: ' <<<"$output")" "$(grep -c '^\[\[flow\]\]' "$HOTLINE_HOME/etc/hotline.toml")"
  used=$(cat "$HOTLINE_HOME"/etc/flows/*.toml | sed -n 's/^flow = "\(.*\)"$/\1/p')
  for flow in "$HOTLINE_HOME"/etc/flows/*.toml; do
    name=$(basename "$flow" .toml)
    if [ -f "${flow%.toml}.expect" ]; then
      run ccivr expect --complete "$flow" "${flow%.toml}.expect"
      assert_success
      assert_line --regexp '^paths ([0-9]+) of \1$'
      assert_line --regexp '^expectations [1-9][0-9]*, failed 0$'
    else
      grep -qx "$name" <<<"$used" || fail "$name has no script and nothing uses it"
    fi
  done
}
# Numbers on the command line are of the samples; a PIN comes on standard input.
found() { run -0 --separate-stderr cclookup "$@"; }
none() { run -1 --separate-stderr cclookup "$@"; }
rows() { sqlite3 "$HOTLINE_HOME/var/site.db" "$1"; }

# locks LOOKUP NUMBER PIN: three wrong PINs lock it; then the right one is of no use, and its results are not told.
locks() {
  local left
  for left in 2 1 0; do
    none "$1" number="$2" pin=- caller= <<<0000
    assert_line "tries-left=$left"
  done
  none "$1" number="$2" pin=- caller= <<<"$3"
  assert_line "locked=yes"
  assert_line --regexp '^locked-seconds=(900|8[0-9][0-9])$'
  assert_equal "$(wc -l <<<"$output")" 3
}
# What all three sites ask.
common_lookups_are_found() { # PHONE
  found outage caller="$1"
  assert_line --regexp '^until=20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:00$'
  none outage caller=13300133000
  none outage caller=
  none customer caller=
  found directory code=02
  assert_line --regexp '^department-phone=8[0-9]{7}$'
  none directory code=99
  found message-number topic=bill number=13800138000 reply=yes
  assert_output "message-number=400003"
  found message number=400003
  assert_line "message-state=new"
  found message number=400001
  assert_line "message-state=answered"
  none message number=400009
  none message "number=0 OR 1"
  found result number=20260001 pin=- caller= <<<8642
  assert_line "state=done"
  none result number=20269999 pin=- caller= <<<8642
  none result number=20260002 pin=- caller= <<<2468
  locks result 20260001 8642
}

# exchange SITE: the switch, the line and ccivr for real callers; the office is open, whatever the hour.
exchange() {
  SITE=$1 centre_setup 1
  sed -i 's/^hours = .*/hours = ["00:00-24:00"]/; s/^holiday = .*/holiday = ["00:00-24:00"]/' "$HOTLINE_HOME/etc/hotline.toml"
  start_daemon ccswitchd
  start_daemon ccpstn
  start_daemon ccivr
  wait_for 'ccswitch spans --porcelain | grep -q "	up"' 15
}
# rings FROM OPTION…: a caller whose keys come while he is welcomed, as of one who knows the way.
rings() { ring_in "$1" --say "$HOTLINE_HOME/caller.wav" --for 120s --from "$@"; }
# nodes FROM: where that caller has been.
nodes() {
  local call
  call=$(journal call.offered "select(.caller == \"$1\") | .call")
  journal ivr.node "select(.call == \"$call\") | .node" | paste -sd ' '
}
is_at() { [[ " $(nodes "$1")" == *" $2" ]]; } # FROM NODE

@test "gas: configuration and flows are good, and its scripts go every way" {
  site gas
  flows_are_good
}

@test "cable: configuration and flows are good, and its scripts go every way" {
  site cable
  flows_are_good
}

@test "bottled-water: configuration and flows are good, and its scripts go every way" {
  site bottled-water
  flows_are_good
}

@test "the three sites are listed, and each telephone has a password of its own" {
  run hotline sites
  assert_line gas
  assert_line cable
  assert_line bottled-water
  site cable
  assert_equal "$(grep -h '^secret' "$HOTLINE_HOME"/etc/phones.toml | sort -u | wc -l)" 12
  run grep -r @SECRET@ "$HOTLINE_HOME/etc"
  assert_failure 1
}

@test "gas: every look-up finds what there is, and nothing where nothing is" {
  site gas
  run -0 cclookup check --try
  common_lookups_are_found 13800138000
  found customer caller=13800138000
  assert_output "account=66001234"
  found account number=66001234 pin=- caller=13300133000 <<<2468
  assert_line "amount-due=86.40"
  none account number=66001234 pin=- caller=13300133000 <<<1357
  refute_output --partial 86.40
  locks account 66005678 1357
  found price product=piped
  assert_output "price=2.85"
  none price product=coal
  found bottle-customer caller=13700137000 number=
  assert_output "customer=5001"
  found bottle-customer caller= number=5002
  assert_output "customer=5002"
  none bottle-customer caller= number=
}

@test "gas: an order is one row, also when the key is pressed twice; a reading that is too low is none" {
  site gas
  found order customer=5001 quantity=1
  assert_line "order=260001"
  assert_line --regexp '^delivery-day=20[0-9]{2}-[0-9]{2}-[0-9]{2}$'
  found order customer=5001 quantity=2
  assert_line "order=260001"
  found order customer=5002 quantity=1
  assert_line "order=260002"
  none order customer=9999 quantity=1
  assert_equal "$(rows 'SELECT number, customer, quantity FROM orders ORDER BY number')" $'260001|5001|2\n260002|5002|1'
  found meter-reading account=66001234 reading=1560
  none meter-reading account=66001234 reading=1519
  none meter-reading account=66009999 reading=1560
  assert_equal "$(rows 'SELECT account, max(reading) FROM readings')" "66001234|1560"
}

@test "cable: every look-up finds what there is, and nothing where nothing is" {
  site cable
  run -0 cclookup check --try
  common_lookups_are_found 13800138000
  none outage caller=13900139000 # it has ended
  found customer caller=13900139000
  assert_output "account=70005678"
  found account number=70001234 pin=- caller=13300133000 <<<2468
  assert_line "amount-due=76.00"
  locks account 70001234 2468
  found price product=broadband-300
  assert_output "price=80.00"
  none price product=broadband-
}

@test "cable: 150,000 subscribers are no reason to be late" {
  site cable
  rows "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150000)
        INSERT INTO customers SELECT 71000000 + i, 15000000000 + i, 'area ' || (i % 400), '' FROM n;
        INSERT INTO outages SELECT 'area ' || i, '', 'cause', '', '2026-01-01 00:00:00', '2026-01-01 12:00', NULL
        FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) SELECT i FROM n)"
  found outage caller=15000000007
  assert_line "area=area 7"
  none outage caller=15000000399
  # By its plan, not by the clock of a busy machine: no table is read from end to end.
  query=$(awk '/^\[lookup.outage\]/ {here = 1} here && /^SELECT/ {on = 1} on {sub(/"""$/, ""); print} on && /LIMIT 1/ {exit}' "$HOTLINE_HOME/etc/lookups.toml")
  run -0 sqlite3 -cmd ".parameter init" "$HOTLINE_HOME/var/site.db" "EXPLAIN QUERY PLAN $query"
  assert_output --partial "customers_phone"
  assert_output --partial "outages_area"
  refute_output --partial "SCAN"
}

@test "bottled-water: every look-up finds what there is, and nothing where nothing is" {
  site bottled-water
  run -0 cclookup check --try
  common_lookups_are_found 13700137000
  found customer caller=13700137000
  assert_output "account=800123"
  found account number=800123 pin=- caller=13300133000 <<<2468
  assert_line "deposit=90.00"
  locks account 800123 2468
  found last-order caller=13700137000 number=
  assert_line "quantity=2"
  assert_line "product-en=spring water"
  found last-order caller= number=800789
  assert_line "quantity=1"
  none last-order caller=13300133000 number=
  none last-order caller= number=
  found delivery caller=13600136000 number=
  assert_line "delivery-state=under-way"
  found delivery caller= number=310001
  assert_line "delivery-state=delivered"
  none delivery caller= number=
}

@test "bottled-water: the same again is one row; barrels are collected once a day, where there are any" {
  site bottled-water
  found order customer=800123 quantity=2
  assert_line "order=310003"
  found order customer=800123 quantity=3
  assert_line "order=310003"
  none order customer=800456 quantity=1 # never ordered: there is nothing to order again
  assert_equal "$(rows "SELECT customer, product, quantity, state FROM orders WHERE number > 310002")" "800123|spring|3|waiting"
  found collect-barrels customer=800123
  found collect-barrels customer=800123
  none collect-barrels customer=800456
  assert_equal "$(rows 'SELECT customer FROM collections')" 800123
}

@test "gas, on the line: one key leads to the emergency desk before everybody else; an order needs nobody" {
  exchange gas
  rings 13900139000 --keys w500ms,1
  rings 13700137000 --keys w500ms,5,2,1
  wait_for '[ "$(event_count ivr.exit)" = 1 ]' 100
  assert_equal "$(nodes 13900139000)" "welcome first emergency"
  assert_equal "$(journal call.handover '[.to, .tags.queue, .tags.priority] | join(" ")')" "ccqueue emergency 9"
  assert_equal "$(ccbus ask ccswitchd calls | jq -r '.calls[].tags.subject | select(.)')" emergency
  wait_for 'is_at 13700137000 after' 100
  assert_equal "$(nodes 13700137000)" "welcome first notice outage outage/ask outage/clear main bottled bottled/price bottled/price-is bottled/who bottled/how-many bottled/one bottled/order bottled/taken bottled/ordered after"
  assert_equal "$(rows 'SELECT customer, quantity FROM orders')" "5001|1"
  assert_equal "$(journal notice.played .call | wc -l)" 1
}

@test "cable, on the line: a neighbourhood that is cut off is told so before the menu, others hear nothing of it" {
  exchange cable
  rings 13800138000 --keys 'w500ms,1,*'
  rings 13900139000 --keys w500ms,2,2
  wait_for 'is_at 13900139000 after' 100
  assert_equal "$(nodes 13900139000)" "welcome notice outage outage/ask outage/clear main bills fee fee-is after"
  wait_for 'is_at 13800138000 "fault/menu main"' 100
  assert_equal "$(nodes 13800138000)" "welcome notice outage outage/ask outage/cause outage/end outage/known main fault fault/known fault/still fault/menu main"
  assert_equal "$(ccbus ask ccswitchd calls | jq -r '.calls[].tags.outage | select(.)')" known
}

@test "bottled-water, on the line: two keys order again, a complaint waits for its skill, a fax machine gets the price list" {
  exchange bottled-water
  mkdir "$HOTLINE_HOME/in"
  rings 13700137000 --keys w500ms,1,1
  rings 13900139000 --keys w500ms,5
  ccpstn call --to 965569 --from 13300133000 --fax-receive "$HOTLINE_HOME/in" --json >"$HOTLINE_HOME/machine.out" 2>&1 </dev/null 3>&-
  assert_equal "$(jq -c '[.fax_result, .fax_pages]' "$HOTLINE_HOME/machine.out")" '["ok",1]'
  "$BUILD/test/fax_pages" same "$HOTLINE_HOME/var/fax/price-list.tif" "$HOTLINE_HOME"/in/*.tif
  wait_for 'is_at 13300133000 "send sent"' 30
  wait_for 'is_at 13700137000 after' 100
  assert_equal "$(rows "SELECT customer, product, quantity FROM orders WHERE number = 310003")" "800123|spring|2"
  wait_for 'journal call.handover .call | grep -q .' 100
  assert_equal "$(journal call.handover '[.tags.queue, .tags.needs] | join(" ")')" "service complaint:2"
  assert_equal "$(journal digit .digit | sort | paste -sd ' ')" "1 1 5"
}
