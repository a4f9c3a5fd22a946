#!/usr/bin/env bash
# Usage: manual.sh COMMAND...
# Prints the usage comments of the given commands, one after another.

set -euo pipefail

source "$(dirname "$0")/../lib/usage.sh"

for name in "$@"; do
  usage_of "$(dirname "$0")/${name}.sh"
done
