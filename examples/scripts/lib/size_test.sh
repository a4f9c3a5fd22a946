#!/usr/bin/env bash
# Tests of lib/size.sh.

. lib/size.sh

test_units() {
  assertEquals "0 B" "$(size_human 0)"
  assertEquals "1023 B" "$(size_human 1023)"
  assertEquals "1 KiB" "$(size_human 1024)"
  assertEquals "2 MiB" "$(size_human 2097152)"
  assertEquals "5 TiB" "$(size_human $((5 * 1024 ** 4)))"
}

# shellcheck disable=SC1091
. shunit2
