#!/usr/bin/env bash
# Tests of lib/access_log.sh on testdata/access.log.

. lib/access_log.sh

test_pages() {
  assertEquals "     4 /index.html" "$(access_log_pages <testdata/access.log | sed -n 1p)"
}

test_errors() {
  assertEquals 2 "$(access_log_errors <testdata/access.log)"
  assertEquals 0 "$(access_log_errors </dev/null)"
}

test_bytes() {
  assertEquals 10444 "$(access_log_bytes <testdata/access.log)"
}

# shellcheck disable=SC1091
. shunit2
