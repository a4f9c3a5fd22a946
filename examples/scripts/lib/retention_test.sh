#!/usr/bin/env bash
# Tests of lib/retention.sh and lib/dates.sh.

. lib/retention.sh

test_days_are_counted_over_a_leap_day() {
  assertEquals 2 $(($(dates_day_number 2024-03-01) - $(dates_day_number 2024-02-28)))
  assertEquals 1 $(($(dates_day_number 2023-03-01) - $(dates_day_number 2023-02-28)))
  assertEquals 1 $(($(dates_day_number 2024-01-01) - $(dates_day_number 2023-12-31)))
}

test_old_backups_may_go() {
  assertTrue "retention_is_over site-2024-01-01.tar.gz 30 2024-02-01"
  assertFalse "retention_is_over site-2024-01-01.tar.gz 31 2024-02-01"
}

test_a_name_without_a_date_is_kept() {
  assertFalse "retention_is_over site.tar.gz 0 2024-02-01"
}

# shellcheck disable=SC1091
. shunit2
