#!/usr/bin/env bash
# Compiles the CIFAR-10 example from scratch, one file after the other, and prints each file's processor seconds and
# peak memory.
#     bash bench/compile_time.sh [options of CMake's configure step, such as -DCMAKE_CXX_COMPILER=clang++]
# The budget is 75 s and 1.5 GB.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

time_program=$(type -P time) || { echo "compile_time.sh: needs GNU time: apt-get install time" >&2 && exit 1; }
build=build/compile_time
rm -rf "$build"
cmake --preset release -B "$build" -DTINYRES_BUILD_TESTS=OFF -DTINYRES_BUILD_BENCH=OFF "$@" \
    -DCMAKE_CXX_COMPILER_LAUNCHER="$time_program;--append;--output=$PWD/$build/times;--format=%U %S %M %C" >/dev/null
rm -f "$build/times"
cmake --build "$build" --target cifar10 >/dev/null
awk '{ used = $1 + $2; printf "%6.1f s %6.0f MB  %s\n", used, $3 / 1000, $NF; seconds += used; if ($3 > peak) peak = $3 }
     END { printf "%6.1f s %6.0f MB  the example\n", seconds, peak / 1000; exit !(seconds <= 75 && peak <= 1.5e6) }' "$build/times"
