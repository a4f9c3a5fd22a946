#!/usr/bin/env bash
# Log lines on standard error.

# LOG_LEVEL=quiet leaves only the errors.
LOG_LEVEL=${LOG_LEVEL:-info}

log_info() {
  [ "${LOG_LEVEL}" = quiet ] || printf 'info: %s\n' "$*" >&2
}

log_error() {
  printf 'error: %s\n' "$*" >&2
}
