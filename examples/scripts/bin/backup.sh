#!/usr/bin/env bash
# Usage: backup.sh [--to=DIRECTORY] [--date=YYYY-MM-DD] SOURCE
# Packs SOURCE into DIRECTORY/NAME-DATE.tar.gz, beside a file with its checksum.

set -euo pipefail

source "$(dirname "$0")/../lib/args.sh"
source "$(dirname "$0")/../lib/checksum.sh"
source "$(dirname "$0")/../lib/log.sh"
source "$(dirname "$0")/../lib/size.sh"

main() {
  args_parse "to=." "date=$(date +%Y-%m-%d)" -- "$@"
  if [ "${#ARGS_REST[@]}" -ne 1 ]; then
    log_error "backup wants exactly one SOURCE"
    return 2
  fi

  local source=${ARGS_REST[0]}
  local target
  target="$(args_get to)/$(basename "${source}")-$(args_get date).tar.gz"
  mkdir -p "$(args_get to)"

  # A half-written backup must never look like a whole one.
  tar -czf "${target}.partial" "${source}"
  mv "${target}.partial" "${target}"
  checksum_write "${target}"
  log_info "wrote ${target}, $(size_human "$(wc -c <"${target}")")"
}

main "$@"
