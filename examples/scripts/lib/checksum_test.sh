#!/usr/bin/env bash
# Tests of lib/checksum.sh.

source "$(dirname "$0")/checksum.sh"

test_a_changed_file_is_noticed() {
  local file
  file="$(mktemp -d)/data"
  printf 'one\n' >"${file}"
  checksum_write "${file}"
  assertTrue "checksum_holds '${file}'"
  printf 'two\n' >"${file}"
  assertFalse "checksum_holds '${file}'"
}

# shellcheck disable=SC1091
. shunit2
