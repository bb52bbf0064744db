#!/usr/bin/env bash
# The processor seconds and the peak memory that compiling the CIFAR-10 example takes, a file.
#     bash bench/compile_time.sh [options of CMake's configure step, such as -DCMAKE_CXX_COMPILER=clang++]
#         compiles it from scratch, one file after the other; the budget is 75 s and 1.5 GB
#     bash bench/compile_time.sh --launcher LOG
#         prints the value of CMAKE_CXX_COMPILER_LAUNCHER with which a build notes its compilations in LOG
#     bash bench/compile_time.sh --report LOG SECONDS
#         the example's files in such a LOG, each as it was compiled last, and whether they keep to that budget
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

launcher() {
    local time_program
    time_program=$(type -P time) || { echo "compile_time.sh: error: there is no GNU time: apt-get install time" >&2 && exit 1; }
    echo "$time_program;--append;--output=$1;--format=%U %S %M %C"
}

report() { # of a log, with a budget in seconds
    awk -v budget="$2" '
        /^[0-9.]+ [0-9.]+ [0-9]+ .*CMakeFiles\/cifar10_(fast|main|rest)\.dir\// { used[$NF] = $1 + $2; peak[$NF] = $3 }
        END {
            for (file in used) {
                printf "%6.1f s %6.0f MB  %s\n", used[file], peak[file] / 1000, file
                seconds += used[file]
                if (peak[file] > most) most = peak[file]
            }
            printf "%6.1f s %6.0f MB  the example; the budget is %d s and 1500 MB\n", seconds, most / 1000, budget
            exit !(seconds > 0 && seconds <= budget && most <= 1.5e6)
        }' "$1"
}

case ${1:-} in
--launcher) launcher "$2" ;;
--report) report "$2" "$3" ;;
*)
    build=build/compile_time
    rm -rf "$build"
    launcher=$(launcher "$PWD/$build/times")
    cmake --preset release -B "$build" -DTINYRES_BUILD_TESTS=OFF -DTINYRES_BUILD_BENCH=OFF "$@" \
        -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" >/dev/null
    cmake --build "$build" --target cifar10 >/dev/null
    report "$build/times" 75
    ;;
esac
