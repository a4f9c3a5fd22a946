#!/usr/bin/env bash
# Usage: prune.sh [--keep-days=N] [--date=YYYY-MM-DD] DIRECTORY
# Removes the backups in DIRECTORY that are older than N days (default 30), and their checksums.

set -euo pipefail

source "$(dirname "$0")/../lib/args.sh"
source "$(dirname "$0")/../lib/log.sh"
source "$(dirname "$0")/../lib/retention.sh"

main() {
  args_parse "keep-days=30" "date=$(date +%Y-%m-%d)" -- "$@"
  if [ "${#ARGS_REST[@]}" -ne 1 ]; then
    log_error "prune wants exactly one DIRECTORY"
    return 2
  fi

  local backup removed=0
  for backup in "${ARGS_REST[0]}"/*.tar.gz; do
    if retention_is_over "${backup}" "$(args_get keep-days)" "$(args_get date)"; then
      rm -f -- "${backup}" "${backup}.sha256"
      removed=$((removed + 1))
    fi
  done
  log_info "removed ${removed} backups"
}

main "$@"
