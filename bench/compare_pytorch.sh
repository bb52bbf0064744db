#!/usr/bin/env bash
# Training side by side, S10 or another network: tinyres and PyTorch (NCHW and channels_last; bf16 by autocast), one after the other,
# several rounds in turn, on the same cores; prints every run and the ratio of the medians, of speed and of peak memory.
#     bash bench/compare_pytorch.sh [--network s10|cifar_resnet18|resnet18|resnet50|mobilenet_v2] [--precision fp32|bf16]
#                                   [--rounds N] [--threads N] [--steps N] [--batch-size N] [--data DIR]
# PYTHON names the interpreter that has PyTorch (default: python3). Run it with nothing else running.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

network=s10 rounds=3 precision=fp32 threads=$(nproc) steps=4 data=() options=(--warm-up 1)
while [[ $# -gt 0 ]]; do
    [[ $# -ge 2 ]] || { echo "compare_pytorch.sh: $1 is unknown or lacks its value; see the top of this file" >&2 && exit 2; }
    case $1 in
        --network) network=$2 ;;
        --precision) precision=$2 ;;
        --rounds) rounds=$2 ;;
        --threads) threads=$2 ;;
        --data) data=(--data "$2") ;;
        --steps) steps=$2 ;;
        --batch-size) options+=("$1" "$2") ;;
        *) echo "compare_pytorch.sh: unknown option $1; see the top of this file" >&2 && exit 2 ;;
    esac
    shift 2
done
[[ $precision == fp32 || $precision == bf16 ]] ||
    { echo "compare_pytorch.sh: --precision takes fp32 or bf16, not $precision" >&2 && exit 2; }
[[ $network =~ ^(s10|cifar_resnet18|resnet18|resnet50|mobilenet_v2)$ ]] ||
    { echo "compare_pytorch.sh: --network does not take $network; see the top of this file" >&2 && exit 2; }
python=${PYTHON:-python3} modules=torch
[[ $network == s10 ]] || modules="torch, torchvision"
"$python" -c "import $modules" 2>/dev/null ||
    { echo "compare_pytorch.sh: $python lacks one of $modules; install it or set PYTHON" >&2 && exit 1; }

cmake --preset release >/dev/null
cmake --build --preset release --target "bench_train_$network" >/dev/null
results=$(mktemp)
trap 'rm -f "$results"' EXIT
for ((round = 1; round <= rounds; ++round)); do
    for mode in tinyres "$precision" "${precision}_channels_last"; do
        if [[ $mode == tinyres ]]; then
            command=("build/release/bin/bench_train_$network" --precision "$precision")
        else
            command=("$python" bench/pytorch_training.py --network "$network" --modes "$mode")
        fi
        "${command[@]}" --threads "$threads" --steps "$steps" "${options[@]}" "${data[@]}" | tee -a "$results"
    done
done
"$python" bench/report_ratios.py "$results"
