#!/usr/bin/env bash
# Options of the form --name=value, with defaults.

# shellcheck source=lib/log.sh
. "$(dirname "${BASH_SOURCE[0]}")/log.sh"

# The arguments that are no options.
ARGS_REST=()
declare -A ARGS_VALUES=()

# args_parse NAME=DEFAULT... -- ARGUMENT...
# Fails with status 2 on an option that has no default.
args_parse() {
  ARGS_REST=()
  ARGS_VALUES=()
  while [ "$1" != -- ]; do
    ARGS_VALUES[${1%%=*}]=${1#*=}
    shift
  done
  shift

  local argument name
  for argument in "$@"; do
    case "${argument}" in
      --*=*)
        name=${argument#--}
        name=${name%%=*}
        if [ -z "${ARGS_VALUES[${name}]+set}" ]; then
          log_error "unknown option --${name}"
          return 2
        fi
        ARGS_VALUES[${name}]=${argument#*=}
        ;;
      --*)
        log_error "the option ${argument} wants a value: ${argument}=..."
        return 2
        ;;
      *)
        ARGS_REST+=("${argument}")
        ;;
    esac
  done
}

# The value of the option $1.
args_get() {
  printf '%s\n' "${ARGS_VALUES[$1]}"
}
