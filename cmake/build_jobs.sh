#!/usr/bin/env bash
# Prints how many compilers may run at once: one a processor, but each may take 1.5 GB of the memory that is free.
set -euo pipefail
processors=$(nproc)
free=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo 2>/dev/null || true)
free=${free:-$processors}
jobs=$((free < processors ? free : processors))
echo $((jobs > 0 ? jobs : 1))
