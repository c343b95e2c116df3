# A desk for tests: an instance whose operator is who runs the test, and a PostgreSQL for those who ask for it.

setup_desk() {
  setup_instance
  printf '[desk]\narea_code = "0756"\n' >"$HOTLINE_HOME/etc/hotline.toml"
  cd "$HOTLINE_HOME" || return 1
}

# person NAME [BLOCK RIGHTS]…: a user with a role of the same name that has these rights.
person() {
  local name=$1
  shift
  ccadm role "$name" --add
  while [ $# -gt 0 ]; do ccadm right "$name" "$1" "$2" && shift 2; done
  ccadm user "$name" --add --role "$name"
}

# use_postgres: the instance's store is a database of a server that ends with the test; skips where there is none.
use_postgres() {
  [ -d /usr/lib/postgresql ] || skip "PostgreSQL is not installed"
  PG_DIR=$(mktemp -d /tmp/hl-pg.XXXXXX)
  "$ROOT/tests/postgres" "$PG_DIR" 3>&- &
  DAEMONS+=("$!")
  wait_for 'pg_isready -q -h "$PG_DIR"' 60
  createdb -h "$PG_DIR" -U hotline desk
  sed -i "1i store = \"postgresql://hotline@/desk?host=$PG_DIR\"" "$HOTLINE_HOME/etc/hotline.toml"
}

teardown_desk() {
  cd /
  teardown_instance
  [ -z "${PG_DIR:-}" ] || rm -rf "$PG_DIR"
}

refusals() { ccadm refusals --porcelain | grep -vc '^#'; }
