#!/usr/bin/env bash
# The processor seconds and the peak memory that compiling takes: the CIFAR-10 example, file by file, then examples/hello and a program that trains
# ResNet-50.
#     bash bench/compile_time.sh [options of CMake's configure step, such as -DCMAKE_CXX_COMPILER=clang++]
#         compiles them from scratch, one file after the other; the budgets are 75 s and 1.5 GB for the example, 12 s for hello, 60 s and 2 GB for ResNet-50
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

report() { # of a log: what files that match PATTERN take together, with budgets in seconds and MB
    awk -v pattern="$2" -v name="$3" -v budget="$4" -v memory="$5" '
        /^[0-9.]+ [0-9.]+ [0-9]+ / && $0 ~ pattern { used[$NF] = $1 + $2; peak[$NF] = $3 }
        END {
            for (file in used) {
                ++files
                printf "%6.1f s %6.0f MB  %s\n", used[file], peak[file] / 1000, file
                seconds += used[file]
                if (peak[file] > most) most = peak[file]
            }
            printf "%6.1f s %6.0f MB  %s; the budget is %d s and %d MB\n", seconds, most / 1000, name, budget, memory
            exit !(files > 0 && seconds <= budget && most <= memory * 1000)
        }' "$1"
}
report_example() { report "$1" 'CMakeFiles/(cifar10_(fast|main|rest)|example_programs)[.]dir/' "the example" "$2" 1500; }

case ${1:-} in
--launcher) launcher "$2" ;;
--report) report_example "$2" "$3" ;;
*)
    build=build/compile_time
    rm -rf "$build"
    launcher=$(launcher "$PWD/$build/times")
    cmake --preset release -B "$build" -DTINYRES_BUILD_TESTS=OFF "$@" \
        -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" >/dev/null
    cmake --build "$build" --target cifar10 hello bench_compile_resnet50 >/dev/null
    status=0
    report_example "$build/times" 75 || status=1
    report "$build/times" 'CMakeFiles/hello[.]dir/' hello 12 1500 || status=1
    report "$build/times" 'CMakeFiles/bench_compile_resnet50[.]dir/' "training of ResNet-50" 60 2000 || status=1
    exit $status
    ;;
esac
