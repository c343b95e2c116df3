# Free ports for tests and benches.
#
# Many run side by side, and a port that is free now is opened seconds later. So the ports below the ephemeral range are in slots:
# a process (its subshells included) has one to itself for as long as it lives, and takes its ports there one after the other.
# A slot is a file with its owner's process id, the moment that one began, and the next port.
PORTS_FIRST=2000 PORTS_IN_SLOT=1500 PORT_SLOTS=20

# began PID: when it was started, in ticks of the kernel, in BEGAN; empty when it has ended.
began() {
  local stat=()
  { read -r -a stat <"/proc/$1/stat"; } 2>/dev/null || :
  BEGAN=${stat[21]:-}
}

# port_slot DIR: prints the slot of this process and its next port; takes one when it has none yet. Fails when all are taken.
port_slot() {
  local dir=$1 slot owner since next vacant="" BEGAN mine
  began $$
  mine=$BEGAN
  for slot in $(shuf -i "0-$((PORT_SLOTS - 1))"); do
    owner="" since="" next=""
    [ -f "$dir/$slot" ] && read -r owner since next <"$dir/$slot"
    if [ "$owner $since" = "$$ $mine" ]; then
      echo "$slot $next"
      return 0
    fi
    [ -z "$vacant" ] || continue
    began "${owner:-none}"
    [ -n "$BEGAN" ] && [ "$BEGAN" = "$since" ] || vacant=$slot
  done
  [ -n "$vacant" ] && echo "$vacant $((PORTS_FIRST + vacant * PORTS_IN_SLOT))"
}

# free_port [COUNT]: prints the first of COUNT (1) neighbouring UDP and TCP ports that nobody uses.
free_port() {
  local count=${1:-1} dir=${TMPDIR:-/tmp}/hotline-ports.$UID port tries=0 i mutex slot="" next=0 end=0 BEGAN
  local -A used=()
  while read -r port; do used[$port]=1; done < <(ss -lnuatH 2>/dev/null | awk '{n = split($5, a, ":"); print a[n]}' | sort -un)
  mkdir -p "$dir"
  exec {mutex}>"$dir/mutex"
  flock -w 5 "$mutex" || : # without it we are no worse than by chance
  read -r slot next < <(port_slot "$dir") && end=$((PORTS_FIRST + (slot + 1) * PORTS_IN_SLOT))
  while ((tries++ < 300)); do
    if ((next + count <= end)); then
      port=$next
    else # no slot, or its end: anywhere
      port=$((PORTS_FIRST + (BASHPID * 37 + RANDOM) % (PORTS_IN_SLOT * PORT_SLOTS - count)))
    fi
    for ((i = count - 1; i >= 0; i--)); do
      [ -n "${used[$((port + i))]:-}" ] || continue
      ((port != next)) || next=$((port + i + 1)) # the next try begins behind the one that is in use
      continue 2
    done
    [ -z "$slot" ] || ((port + count > end)) || { began $$ && echo "$$ $BEGAN $((port + count))" >"$dir/$slot"; }
    exec {mutex}>&-
    echo "$port"
    return 0
  done
  exec {mutex}>&-
  return 1
}
