#!/usr/bin/env bash
# Usage: report.sh [--top=N] ACCESS_LOG
# Prints how often each page was asked for, how often the site answered with an error, and how much it sent.

set -euo pipefail

source "$(dirname "$0")/../lib/access_log.sh"
source "$(dirname "$0")/../lib/args.sh"
source "$(dirname "$0")/../lib/log.sh"
source "$(dirname "$0")/../lib/size.sh"

main() {
  args_parse "top=10" -- "$@"
  if [ "${#ARGS_REST[@]}" -ne 1 ]; then
    log_error "report wants exactly one ACCESS_LOG"
    return 2
  fi

  local file=${ARGS_REST[0]}
  printf 'Pages\n'
  access_log_pages <"${file}" | sed -n "1,$(args_get top)p"
  printf 'Errors: %s\n' "$(access_log_errors <"${file}")"
  printf 'Sent: %s\n' "$(size_human "$(access_log_bytes <"${file}")")"
}

main "$@"
