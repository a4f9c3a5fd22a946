#!/usr/bin/env bash
# One door to the commands: `./keep.sh report access.log` runs bin/report.sh.

set -euo pipefail

here=$(dirname "$0")
start=${PWD}
cd "${here}"
. ./lib/log.sh
home=${PWD}
cd "${start}"

command=${1:-}
case "${command}" in
  backup | prune | report | manual)
    shift
    exec bash "${home}/bin/${command}.sh" "$@"
    ;;
  "")
    log_error "no command given; one of backup, prune, report, manual"
    exit 2
    ;;
  *)
    log_error "no command ${command}; one of backup, prune, report, manual"
    exit 2
    ;;
esac
