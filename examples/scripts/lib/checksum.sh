#!/usr/bin/env bash
# Checksums that lie beside the files they are of.

# Writes the SHA-256 of the file $1 to $1.sha256.
checksum_write() {
  sha256sum <"$1" | cut -d ' ' -f 1 >"$1.sha256"
}

# Whether the file $1 still has the checksum beside it.
checksum_holds() {
  [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$(cat "$1.sha256")" ]
}
