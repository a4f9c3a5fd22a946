#!/usr/bin/env bash
# Reading access logs in the common format:
#   host - user [time] "METHOD /page PROTOCOL" status bytes

# Prints `count page`, the most wanted first, pages of one count by name.
access_log_pages() {
  awk '{ count[$7]++ } END { for (page in count) printf "%6d %s\n", count[page], page }' |
    LC_ALL=C sort -k1,1nr -k2,2
}

# Prints how many answers were errors of the server.
access_log_errors() {
  awk '$9 >= 500 { errors++ } END { print errors + 0 }'
}

# Prints how many bytes were sent.
access_log_bytes() {
  awk '$10 != "-" { sum += $10 } END { printf "%d\n", sum }'
}
