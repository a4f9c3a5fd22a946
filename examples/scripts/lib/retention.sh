#!/usr/bin/env bash
# Which backups may go.

# shellcheck source=lib/dates.sh
. "$(dirname "${BASH_SOURCE[0]}")/dates.sh"

# Whether the backup named $1 (…-YYYY-MM-DD.tar.gz) is more than $2 days older than the day $3.
# A file whose name holds no date is kept.
retention_is_over() {
  local name=${1%.tar.gz} made
  made=${name: -10}
  case "${made}" in
    [0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]) ;;
    *) return 1 ;;
  esac
  [ $(($(dates_day_number "$3") - $(dates_day_number "${made}"))) -gt "$2" ]
}
