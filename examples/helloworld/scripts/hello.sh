#!/usr/bin/env bash
# Prints the greetings of the Python package.

set -euo pipefail
cd "$(dirname "$0")/.."
exec baji run src/greeter/main.py -- "$@"
