#!/usr/bin/env bash
# Tests of lib/log.sh.

source "$(dirname "$0")/log.sh"

test_information_goes_to_standard_error() {
  assertEquals "" "$(log_info hello 2>/dev/null)"
  assertEquals "info: hello world" "$(log_info hello world 2>&1)"
}

test_quiet_leaves_only_errors() {
  assertEquals "" "$(LOG_LEVEL=quiet log_info hello 2>&1)"
  assertEquals "error: no disk" "$(LOG_LEVEL=quiet log_error no disk 2>&1)"
}

# shellcheck disable=SC1091
. shunit2
