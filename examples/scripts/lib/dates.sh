#!/usr/bin/env bash
# Days of the calendar, without asking the clock.

# Prints the number of the day $1 (YYYY-MM-DD) in a count of all days: differences of two are days between them.
dates_day_number() {
  local year=${1%%-*} month=${1#*-} day=${1##*-}
  month=${month%-*}
  # Ten digits of base keep 08 and 09 from being read as octal.
  year=$((10#${year})) month=$((10#${month})) day=$((10#${day}))
  # A year that begins in March has its leap day last.
  if [ "${month}" -le 2 ]; then
    year=$((year - 1)) month=$((month + 12))
  fi
  printf '%d\n' $((365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day))
}
