#!/usr/bin/env bash
# Convolutions side by side, S10's or each kind of other networks': tinyres and oneDNN, in turns layer by layer, several rounds, on the same cores;
# prints the medians of each layer and pass and tinyres' ratio.
#     bash bench/compare_onednn.sh [--layers s10|others] [--rounds N] [--threads N] [--batch N]
#                                  [--precision fp32|bf16] [--onednn DIR]
# Beside two oneDNNs: Debian's 2.6, whose Winograd convolutions the releases 3 no longer have for training, and 3.2, the
# newest that PyPI has with OpenMP. --onednn DIR: beside the one that is installed in DIR (DIR/lib/cmake/dnnl) instead.
# Installs what is missing. Run it with nothing else running.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

stop() { echo "compare_onednn.sh: $1" >&2 && exit "${2:-1}"; }

rounds=3 threads=$(nproc) options=() other=
while [[ $# -gt 0 ]]; do
    [[ $1 == --* && $# -ge 2 ]] || stop "$1: unknown, or without its value; see the top of this file" 2
    case $1 in
    --rounds) rounds=$2 ;;
    --threads) threads=$2 ;;
    --layers | --batch | --precision) options+=("$1" "$2") ;;
    --onednn)
        [[ -f $2/lib/cmake/dnnl/dnnl-config.cmake ]] || stop "--onednn $2: no oneDNN there, for it has no lib/cmake/dnnl"
        other=$(realpath "$2")
        ;;
    *) stop "unknown option $1; see the top of this file" 2 ;;
    esac
    shift 2
done
[[ "$rounds $threads" =~ ^([1-9][0-9]*\ ?)+$ ]] || stop "--rounds and --threads take numbers from 1" 2

fetch_onednn3() { # PyPI has the library and its headers as two archives
    local folder=build/onednn-3.2
    [[ ! -d $folder/library ]] || return 0
    rm -rf "$folder/archives" && mkdir -p "$folder/archives/data"
    python3 -m pip download --quiet --no-deps --dest "$folder/archives" \
        onednn-cpu-gomp==2023.2.0 onednn-devel-cpu-gomp==2023.2.0 ||
        stop "oneDNN 3.2 cannot be downloaded from PyPI; is there pip and a network? --onednn DIR takes another one"
    local archive
    for archive in "$folder"/archives/*.whl; do
        python3 -m zipfile --extract "$archive" "$folder/archives"
    done
    cp -r "$folder"/archives/*.data/data/. "$folder/archives/data"
    mv "$folder/archives/data" "$folder/library" && rm -r "$folder/archives"
}

programs=(build/release/bin/bench_convolution)
build_peer() { # FOLDER [options of CMake's configure step]
    cmake --preset release -B "$1" -DTINYRES_BUILD_TESTS=OFF -DTINYRES_BUILD_EXAMPLES=OFF -DTINYRES_BENCH_PEER=onednn \
        "${@:2}" >/dev/null
    cmake --build "$1" --target bench_onednn_convolution >/dev/null
    programs+=("$1/bin/bench_onednn_convolution")
}

bash cmake/install_dependencies.sh onednn
cmake --preset release >/dev/null
cmake --build --preset release --target bench_convolution >/dev/null
if [[ -n $other ]]; then
    build_peer build/onednn-other "-Ddnnl_DIR=$other/lib/cmake/dnnl"
else
    build_peer build/onednn-debian
    fetch_onednn3
    build_peer build/onednn-3.2 "-Ddnnl_DIR=$PWD/build/onednn-3.2/library/lib/cmake/dnnl"
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
layers=$("${programs[0]}" "${options[@]}" --benchmark_list_tests | cut --delimiter=/ --fields=1,2 | uniq)
for ((round = 1; round <= rounds; ++round)); do
    for layer in $layers; do
        for program in "${programs[@]}"; do
            OMP_NUM_THREADS=$threads "$program" "${options[@]}" --benchmark_filter="^$layer/" --benchmark_min_time=0.3 \
                --benchmark_format=json >"$(mktemp "$results/XXXXXX")" || stop "$program failed; its message stands above"
        done
    done
done
python3 bench/report_convolutions.py "$results"/*
