#!/usr/bin/env bash
# Tests of lib/args.sh.

source "$(dirname "$0")/args.sh"

test_defaults() {
  args_parse "to=." "date=today" -- file
  assertEquals . "$(args_get to)"
  assertEquals today "$(args_get date)"
  assertEquals file "${ARGS_REST[*]}"
}

test_an_option_replaces_its_default() {
  args_parse "to=." -- a --to=there=here b
  assertEquals there=here "$(args_get to)"
  assertEquals "a b" "${ARGS_REST[*]}"
}

test_an_unknown_option_is_refused() {
  local message
  message=$(args_parse "to=." -- --from=x 2>&1)
  assertEquals 2 $?
  assertEquals "error: unknown option --from" "${message}"
}

test_an_option_wants_a_value() {
  local message
  message=$(args_parse "to=." -- --to 2>&1)
  assertEquals 2 $?
  assertEquals "error: the option --to wants a value: --to=..." "${message}"
}

# shellcheck disable=SC1091
. shunit2
