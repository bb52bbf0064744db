#!/usr/bin/env bash
# Compiles the CUDA kernels of S10's training and prints what became of each in machine code, as a table: registers, spills,
# tensor-core instructions, copies of 16 bytes. Ends with 1 when a kernel spills registers or uses a stack.
#     bash bench/cuda_code.sh [ARCHITECTURE...]    sm_80, sm_90 and sm_100 without
# It needs nvcc, and cuobjdump with nvdisasm: those on the PATH, or the ones of pip install nvidia-cuda-cuobjdump
# nvidia-cuda-nvdisasm, which it installs into build/cuda_tools.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

architectures=("$@")
[[ ${#architectures[@]} -gt 0 ]] || architectures=(sm_80 sm_90 sm_100)
for architecture in "${architectures[@]}"; do
    [[ $architecture =~ ^sm_[0-9]+[af]?$ ]] || { echo "cuda_code.sh: '$architecture' is no architecture like sm_90" >&2 && exit 2; }
done
command -v nvcc >/dev/null || { echo "cuda_code.sh: there is no nvcc; install the CUDA toolkit, 12 or newer" >&2 && exit 1; }

if ! command -v cuobjdump >/dev/null || ! command -v nvdisasm >/dev/null; then
    tools=build/cuda_tools
    if ! ls $tools/lib/python*/site-packages/nvidia/*/bin/cuobjdump >/dev/null 2>&1; then
        python3 -m venv $tools
        $tools/bin/pip install --quiet nvidia-cuda-cuobjdump nvidia-cuda-nvdisasm
    fi
    PATH=$(dirname "$(ls "$PWD"/$tools/lib/python*/site-packages/nvidia/*/bin/cuobjdump | head -n 1)"):$PATH
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for architecture in "${architectures[@]}"; do
    echo "compiling for $architecture" >&2
    nvcc -std=c++20 -O3 --expt-relaxed-constexpr -arch="$architecture" -cubin -Iinclude bench/cuda_kernels.cu -o "$work/kernels.cubin"
    cuobjdump -res-usage "$work/kernels.cubin" >"$work/resources" 2>&1
    cuobjdump -sass "$work/kernels.cubin" >"$work/code"
    python3 bench/report_cuda_code.py "$architecture" "$work/resources" "$work/code"
done
