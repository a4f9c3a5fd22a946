#!/usr/bin/env bash
# Sizes for people.

# Prints $1 bytes in the largest unit that leaves at least one whole, rounded down: 2048 is `2 KiB`.
size_human() {
  local size=$1 unit
  for unit in B KiB MiB GiB; do
    if [ "${size}" -lt 1024 ]; then
      printf '%d %s\n' "${size}" "${unit}"
      return
    fi
    size=$((size / 1024))
  done
  printf '%d TiB\n' "${size}"
}
