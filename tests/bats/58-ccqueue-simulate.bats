#!/usr/bin/env bats
# ccqueue simulate: days that have not been, without a daemon.
load helper

setup() {
  setup_instance
  cd "$HOTLINE_HOME" || return 1
}
teardown() { teardown_instance; }

# centre SEATS [QUEUE_KEY…]: an hour of Erlang's calls: 200 an hour of 180 s, patience 120 s.
centre() {
  local seats=$1
  shift
  cat <<TOML
start = "2026-11-23"
[hands]
answer = "0s"
answer_variation = 0
[acd]
short_abandon = "0s"
[[queue]]
name = "repair"
wrap_up = "0s"
$(printf '%s\n' "$@")
[[traffic]]
queue = "repair"
rates = ["daily 00:00-24:00 = 200"]
talk = "3m"
talk_shape = "exponential"
patience = "2m"
[[shift]]
seats = $seats
queues = ["repair"]
TOML
}

# column NAME FILE: the values of that column of a TSV, without the header.
column_of() { awk -F'\t' -v c="$1" 'NR == 1 {for (i = 1; i <= NF; i++) {sub(/^# */, "", $i); if ($i == c) n = i}; next} {print $n}' "$2"; }

@test "one seed is one day, byte for byte, and another seed another" {
  centre 12 >traffic.toml
  ccqueue simulate traffic.toml --seed 7 --porcelain >a
  ccqueue simulate traffic.toml --seed 7 --porcelain >b
  ccqueue simulate traffic.toml --seed 8 --porcelain >c
  cmp a b
  run cmp -s a c
  assert_failure
  assert_equal "$(column_of seed a | sort -u)" 7
  # Without a seed one is taken, and the day can be had again by it.
  ccqueue simulate traffic.toml --porcelain >d
  ccqueue simulate traffic.toml --porcelain --seed "$(column_of seed d | head -1)" >e
  cmp d e
}

@test "twenty days of M/M/12+M give up as Erlang A says, within the half-width that is printed" {
  centre 12 >traffic.toml
  ccqueue simulate traffic.toml --seed 1 --runs 20 --interval 1d --json | tail -1 >whole
  # P(ab) = 6.1597 % (requirements of the report's formulae); 96,000 calls.
  run jq -e '(.abandon_rate - 6.1597 | fabs) < ([.abandon_rate_hw * 1.6, 0.05] | max) and .abandon_rate_hw < 0.5' whole
  assert_success
  run jq -e '.occupancy > 76 and .occupancy < 80 and .positions == 12 and .runs == 20' whole
  assert_success
}

@test "every entry ends in one way, intervals add up to the whole, and the exits of a full queue are overflowed" {
  centre 9 'max_waiting = 3' >traffic.toml
  ccqueue simulate traffic.toml --seed 3 --json >rows
  run jq -es '.[-1] as $w | .[:-1] | (map(.entered) | add) == $w.entered and (map(.exit_answered) | add) == $w.exit_answered
    and $w.exit_overflowed > 0 and $w.exit_abandoned > 0
    and $w.entered == ([$w | to_entries[] | select(.key | startswith("exit_")) | .value] | add) + $w.waiting' rows
  assert_success
  assert_equal "$(jq -s length rows)" 49
}

@test "shifts begin and end, breaks are no positions, and a plan takes the place of the file's" {
  centre 12 >traffic.toml
  cat >plan.toml <<TOML
[[shift]]
seats = 10
queues = ["repair"]
hours = ["Mon-Fri 08:00-18:00"]
breaks = ["12:00-13:00"]
[[shift]]
seats = 2
queues = ["repair"]
TOML
  TZ=UTC ccqueue simulate traffic.toml --agents plan.toml --seed 1 --interval 60m --json >rows
  positions() { jq -r --arg h "$1" 'select(.from | contains($h)) | .positions' rows | head -1; }
  # The site's zone is that of China: 08:00 there is midnight in UTC.
  assert_equal "$(positions 2026-11-22T23:00)" 2
  assert_equal "$(positions 2026-11-23T01:00)" 12
  run jq -en --argjson p "$(positions 2026-11-23T04:00)" '$p >= 2 and $p < 5'
  assert_success
}

@test "the site's own queues and agents are played when the file has none, and a skill moves by a plan" {
  cat >"$HOTLINE_HOME/etc/hotline.toml" <<TOML
[[queue]]
name = "foreign"
needs = ["english:2"]
[[agent]]
id = "1001"
queues = ["foreign"]
skills = ["english:2"]
[[agent]]
id = "1002"
queues = ["foreign"]
TOML
  cat >traffic.toml <<TOML
[[traffic]]
queue = "foreign"
rates = ["09:00-10:00 = 60"]
TOML
  cat >plan.toml <<TOML
[[agent]]
id = "1002"
queues = ["foreign"]
skills = ["english:3"]
TOML
  whole() { ccqueue simulate traffic.toml --seed 5 --json "$@" | tail -1 | jq "$FIELD"; }
  FIELD=.entered
  [ "$(whole)" = "$(whole --agents plan.toml)" ]
  FIELD=.asa_ms
  [ "$(whole)" -gt "$(($(whole --agents plan.toml) * 3))" ]
}

@test "wrong files are refused with 78, each mistake with its line and a remedy; wrong options with 64" {
  centre 12 >traffic.toml
  sed 's/^queue = "repair"/queue = "repiar"/; s/= 200"/= many"/; s/"exponential"/"expo"/' traffic.toml >bad.toml
  run ccqueue simulate bad.toml
  assert_failure 78
  assert_output --partial "no queue 'repiar'; did you mean 'repair'?"
  assert_output --partial "'daily 00:00-24:00 = many' is no rate, calls an hour, as \"Mon-Fri 08:00-12:00 = 60\" is"
  assert_output --partial "'expo' is not one of constant, exponential, lognormal"
  assert_output --regexp 'bad.toml:[0-9]+: '
  sed 's/^seats = 12/agents = ["1001"]/' traffic.toml >bad.toml
  run ccqueue simulate bad.toml
  assert_failure 78
  assert_output --partial "no agent '1001'"
  { cat traffic.toml; echo 'hours = ["08:00-8"]'; } >bad.toml
  run ccqueue simulate bad.toml
  assert_failure 78
  assert_output --partial "'08:00-8' is no time of the week"
  echo 'rates = 3' >bad.toml
  run ccqueue simulate bad.toml -c traffic.toml
  assert_failure 78
  run ccqueue simulate missing.toml
  assert_failure 78
  sed 's/= 200"/= 100000"/' traffic.toml >bad.toml
  run ccqueue simulate bad.toml
  assert_failure 65
  for wrong in '--interval 7m' '--runs 0' '--seed -1' '--within soon' '--queue repiar'; do
    # shellcheck disable=SC2086
    run ccqueue simulate traffic.toml $wrong
    assert_failure 64
  done
}

@test "the page's example runs as it stands there" {
  mandoc -T utf8 "$ROOT/man/man1/ccqueue-simulate.1" | col -bx | sed -n '/cat >morning/,/ten.toml$/p' | sed 's/^ *//' >example.sh
  grep -q 'seats = 10' example.sh
  run bash -e example.sh
  assert_success
  assert_output --partial "50 runs, seed 1"
}
