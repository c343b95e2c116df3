#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# hotline: makes, starts and stops an instance; see hotline(8).
set -eu

me=hotline
here=$(dirname "$(readlink -f "$0")")
share=${HOTLINE_SHARE:-$here/../share/hotline}
[ -d "$share" ] || share=/usr/share/hotline
daemons="ccswitchd ccqueue ccivr ccrec ccjournal"

fail() { # status, text
  printf '%s: %s\n' "$me" "$2" >&2
  exit "$1"
}

usage() {
  cat <<'TEXT'
usage: hotline init --site NAME DIR   make an instance from a site of share/sites
       hotline sites                  which sites there are
       hotline check DIR              check its configuration and flows; start nothing
       hotline up DIR                 start its daemons under runit's runsvdir, and wait until all are ready
       hotline upgrade DIR            the programs as they are now on the disk take the place of those that run; no call is lost
       hotline status DIR             what runs, and what it is doing
       hotline down DIR               stop them: open calls get their grace, then all ends
       hotline --help | --version

With HOTLINE_HOME set DIR may be left out. See hotline(8).
TEXT
}

need_instance() {
  dir=${1:-${HOTLINE_HOME:-}}
  [ -n "$dir" ] || fail 64 "which instance? name its directory, or set HOTLINE_HOME"
  [ -d "$dir" ] || fail 66 "no directory '$dir'; make an instance with: hotline init --site water '$dir'"
  dir=$(cd "$dir" && pwd)
  [ -f "$dir/etc/hotline.toml" ] || fail 66 "'$dir' is no instance: it has no etc/hotline.toml"
  HOTLINE_HOME=$dir PATH=$here:$PATH
  export HOTLINE_HOME PATH
  services=$dir/service
}

# 20 characters out of the kernel's generator, of an alphabet without look-alikes.
secret() { LC_ALL=C tr -dc 'a-hjkmnp-z2-9' </dev/urandom | head -c 20; }

init() {
  site='' dir=''
  while [ $# -gt 0 ]; do
    case $1 in
      --site) [ $# -ge 2 ] || fail 64 "'--site' needs a name"; site=$2; shift 2 ;;
      --site=*) site=${1#--site=}; shift ;;
      -*) fail 64 "unknown option '$1'; see hotline --help" ;;
      *) [ -z "$dir" ] || fail 64 "one directory, please: '$1' is too much"; dir=$1; shift ;;
    esac
  done
  [ -n "$site" ] && [ -n "$dir" ] || fail 64 "usage: hotline init --site NAME DIR"
  case $site in */* | .*) fail 64 "'$site' is no site's name; there are: $(site_names)" ;; esac
  [ -d "$share/sites/$site" ] || fail 66 "no site '$site'; there are: $(site_names)"
  if [ -d "$dir" ] && [ -n "$(ls -A "$dir")" ]; then
    fail 73 "'$dir' is not empty; an instance is never made over something else"
  fi
  if [ -f "$share/sites/$site/sample.sql" ]; then
    command -v sqlite3 >/dev/null || fail 69 "sqlite3 is not installed, and site '$site' has sample data: apt-get install sqlite3"
  fi
  umask 027
  mkdir -p "$dir/run" "$dir/var" "$dir/etc"
  # -L: what is copied is the site's own, to be edited; never a link back into what a package owns.
  cp -RL "$share/sites/$site/." "$dir/"
  chmod -R u+w "$dir"
  # Each phone gets a password of its own; the site's text holds only the mark.
  for file in "$dir"/etc/*.toml; do
    while grep -q '@SECRET@' "$file"; do
      sed "0,/@SECRET@/s//$(secret)/" "$file" >"$file.new" && mv "$file.new" "$file"
    done
  done
  chmod 640 "$dir"/etc/*.toml
  load_sample
  printf "instance of site '%s' in '%s'; next: hotline up '%s'\n" "$site" "$dir" "$dir"
}

# What the site's look-ups find before there is anything real: one transaction, all or nothing.
load_sample() {
  [ -f "$dir/sample.sql" ] || return 0
  { printf 'BEGIN;\n' && cat "$dir/sample.sql" && printf 'COMMIT;\n'; } | sqlite3 -bail "$dir/var/site.db" >&2 || {
    rm -f "$dir/var/site.db"
    fail 65 "'$dir/sample.sql' cannot be loaded (above); the rest of the instance is there"
  }
  rm -f "$dir/sample.sql"
}

site_names() { ls "$share/sites" 2>/dev/null | tr '\n' ' '; }

check() {
  status=0
  ccswitchd -t || status=$?
  for daemon in ccqueue ccivr ccrec ccjournal; do
    "$daemon" run -t || status=$?
  done
  return $status
}

supervised() { # is a runsvdir of this instance alive?
  [ -r "$dir/run/runsvdir.pid" ] && kill -0 "$(cat "$dir/run/runsvdir.pid")" 2>/dev/null &&
    grep -q runsvdir "/proc/$(cat "$dir/run/runsvdir.pid")/comm" 2>/dev/null
}

# The service directories are written anew at each start, so that an upgrade of the programs brings its own; what a
# site wants different goes into the files of env/.
write_services() {
  for daemon in $daemons; do
    mkdir -p "$services/$daemon/log" "$services/$daemon/env"
    for file in run check finish log/run; do
      cp "$share/sv/$daemon/$file" "$services/$daemon/$file.new"
      chmod 755 "$services/$daemon/$file.new"
      mv "$services/$daemon/$file.new" "$services/$daemon/$file"
    done
    printf '%s\n' "$dir" >"$services/$daemon/env/HOTLINE_HOME"
    printf '%s\n' "$PATH" >"$services/$daemon/env/PATH"
    [ -z "${TZ:-}" ] || printf '%s\n' "$TZ" >"$services/$daemon/env/TZ"
  done
}

up() {
  command -v runsvdir >/dev/null || fail 69 "runit is not installed: apt-get install runit"
  if supervised; then
    printf "'%s' is up already\n" "$dir"
    return 0
  fi
  mkdir -p "$dir/var/log" "$dir/run"
  verdicts=$(check 2>&1) || {
    printf '%s\n' "$verdicts" >&2
    fail 78 "configuration is not good (above); nothing was started"
  }
  write_services
  # runsvdir tells its troubles by its own process title; stdout and stderr must not keep a caller's pipe open.
  setsid runsvdir -P "$services" >>"$dir/var/log/runsvdir.log" 2>&1 </dev/null &
  printf '%s\n' $! >"$dir/run/runsvdir.pid"
  for daemon in $daemons; do wait_supervised "$daemon"; done
  status=0
  for daemon in $daemons; do
    sv -w 20 start "$services/$daemon" >"$dir/run/sv.out" 2>&1 || {
      status=69
      printf '%s: %s did not come up:\n' "$me" "$daemon" >&2
      cat "$dir/run/sv.out" >&2
      tail -n 5 "$dir/var/log/$daemon/current" 2>/dev/null | sed 's/^/    /' >&2
    }
  done
  rm -f "$dir/run/sv.out"
  [ $status = 0 ] || exit $status
  printf "'%s' is up: %s\n" "$dir" "$daemons"
}

# runsvdir looks at its directory every five seconds; a service can be spoken to once its control pipe is there.
wait_supervised() {
  tries=0
  until [ -p "$services/$1/supervise/control" ] && [ -p "$services/$1/supervise/ok" ]; do
    tries=$((tries + 1))
    [ $tries -lt 150 ] || fail 69 "runsv did not take up '$services/$1' within 15 s; see '$dir/var/log/runsvdir.log'"
    sleep 0.1
  done
}

pid_of_switch() { ccbus ask ccswitchd ping 2>/dev/null | sed -n 's/.*"pid":\([0-9]*\).*/\1/p'; }

# Each controller is restarted by itself: calls wait for it with music. The switch keeps its calls beside the new one.
upgrade() {
  supervised || fail 69 "'$dir' is down; start it with: hotline up '$dir'"
  verdicts=$(check 2>&1) || {
    printf '%s\n' "$verdicts" >&2
    fail 78 "configuration is not good (above); nothing was changed"
  }
  write_services
  before=$(pid_of_switch)
  [ -n "$before" ] || fail 69 "no ccswitchd answers; see '$dir/var/log/ccswitchd/current'"
  answer=$(ccbus ask ccswitchd yield '{"soon":true}' 2>&1) || fail 75 "$answer"
  tries=0
  until now=$(pid_of_switch) && [ -n "$now" ] && [ "$now" != "$before" ]; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || fail 69 "no new ccswitchd took over within 30 s, the old one goes on; see '$dir/var/log/ccswitchd/current'"
    sleep 0.1
  done
  for daemon in ccrec ccjournal ccivr ccqueue; do
    sv -w 20 restart "$services/$daemon" >/dev/null 2>&1 || fail 69 "$daemon did not come up again; see '$dir/var/log/$daemon/current'"
  done
  kept=$(printf '%s' "$answer" | sed -n 's/.*"calls":\([0-9]*\).*/\1/p')
  printf "'%s' is upgraded; the ccswitchd before (pid %s) keeps its %s calls to their end\n" "$dir" "$before" "${kept:-0}"
}

status() {
  if ! supervised; then
    printf "'%s' is down\n" "$dir"
    return 1
  fi
  for daemon in $daemons; do sv status "$services/$daemon" || :; done
  ccmon --once
}

down() {
  if ! supervised; then
    printf "'%s' is down already\n" "$dir"
    return 0
  fi
  # Controllers first, the switch last: callers hear music, not a cut, while the others write their last lines.
  for daemon in ccivr ccqueue ccswitchd ccrec ccjournal; do
    sv -w 40 force-stop "$services/$daemon" >/dev/null 2>&1 || :
  done
  pid=$(cat "$dir/run/runsvdir.pid")
  kill -HUP "$pid" 2>/dev/null || :
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
  rm -f "$dir/run/runsvdir.pid"
  printf "'%s' is down\n" "$dir"
}

[ $# -gt 0 ] || { usage; exit 64; }
verb=$1
shift
case $verb in
  init) init "$@" ;;
  sites) site_names | tr ' ' '\n' | sed '/^$/d' ;;
  check | up | upgrade | status | down)
    [ $# -le 1 ] || fail 64 "one directory, please: '$2' is too much"
    need_instance "${1:-}"
    "$verb" ;;
  --help | help) usage ;;
  --version) printf 'hotline @VERSION@\n' ;;
  *) fail 64 "unknown verb '$verb'; see hotline --help" ;;
esac
