#!/usr/bin/env bash
# The usage text of a script is its leading comment.

# Prints the comment between the first line of the script $1 and its first line that is no comment.
usage_of() {
  sed -n -e '1d' -e '/^#/!q' -e 's/^# \{0,1\}//p' "$1"
  printf '\n'
}
