#!/usr/bin/env bash
# S10 training side by side: tinyres and dlib (fp32, with OpenBLAS), one after the other, several rounds in turn, on the
# same cores; prints every run and the ratio of the medians, of speed and of peak memory.
#     bash bench/compare_dlib.sh [--rounds N] [--threads N] [--steps N] [--batch-size N]
# Without --batch-size at 128 and 512. Installs what is missing. Run it with nothing else running.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

stop() { echo "compare_dlib.sh: $1" >&2 && exit "${2:-1}"; }

rounds=3 threads=$(nproc) steps=4 batch_sizes=(128 512)
while [[ $# -gt 0 ]]; do
    [[ $1 == --* && $# -ge 2 ]] || stop "$1: unknown, or without its value; see the top of this file" 2
    case $1 in
    --rounds) rounds=$2 ;;
    --threads) threads=$2 ;;
    --steps) steps=$2 ;;
    --batch-size) batch_sizes=("$2") ;;
    *) stop "unknown option $1; see the top of this file" 2 ;;
    esac
    shift 2
done
[[ "$rounds $threads $steps ${batch_sizes[*]}" =~ ^([1-9][0-9]*\ ?)+$ ]] || stop "--rounds, --threads, --steps and --batch-size take numbers from 1" 2

# OpenBLAS 0.3.21 takes Intel's newest processors for ones without AVX, and is then half as fast as it can be.
if [[ -z ${OPENBLAS_CORETYPE:-} ]] && grep -q GenuineIntel /proc/cpuinfo && grep -qw avx512f /proc/cpuinfo; then
    export OPENBLAS_CORETYPE=SkylakeX
fi

bash cmake/install_dependencies.sh dlib
cmake --preset release >/dev/null
cmake --build --preset release --target bench_train_s10 >/dev/null
cmake --preset release -B build/dlib -DTINYRES_BUILD_TESTS=OFF -DTINYRES_BUILD_EXAMPLES=OFF -DTINYRES_BENCH_PEER=dlib >/dev/null
cmake --build build/dlib --target bench_dlib_training >/dev/null

results=$(mktemp)
trap 'rm -f "$results"' EXIT
for batch_size in "${batch_sizes[@]}"; do
    : >"$results"
    for ((round = 1; round <= rounds; ++round)); do
        for program in build/release/bin/bench_train_s10 build/dlib/bin/bench_dlib_training; do
            "$program" --threads "$threads" --steps "$steps" --warm-up 1 --batch-size "$batch_size" | tee -a "$results" ||
                stop "$program failed; its message stands above"
        done
    done
    python3 bench/report_ratios.py "$results"
done
