# Free ports for tests and benches.

# free_port [COUNT]: prints the first of COUNT (1) neighbouring UDP and TCP ports that nobody uses, below the ephemeral
# range. Each Bats process looks in a part of its own, so that files running side by side do not race for one.
free_port() {
  local count=${1:-1} port tries=0 i
  local -A used=()
  while read -r port; do used[$port]=1; done < <(ss -lnuatH 2>/dev/null | awk '{n = split($5, a, ":"); print a[n]}' | sort -un)
  while ((tries++ < 500)); do
    port=$((10000 + (BASHPID * 37 + RANDOM) % 20000))
    for ((i = 0; i < count; i++)); do [ -n "${used[$((port + i))]:-}" ] && continue 2; done
    echo "$port"
    return 0
  done
  return 1
}
