#!/usr/bin/env bash
# Proves and measures the CUDA backend on a machine with an NVIDIA GPU, in minutes and without a network: builds, tests,
# trains beside PyTorch and cuDNN, lists the kernels, trains on CIFAR-10. Results appear in DIR/results.md and
# DIR/results.json as soon as each part ends; a part that fails or hangs does not stop the next.
#     bash bench/on_gpu.sh [--minutes N] [--part NAME]... [--out DIR] [--plan]
#     bash bench/on_gpu.sh --prepare [--data DIR]     before, on a machine with packages: gathers the headers that the build
#                                                     needs in build/on_gpu/headers and cuts CIFAR-10 into pieces of 45 MB
#     bash bench/on_gpu.sh --add-data PIECE           on the machine with the GPU: puts a piece in its place
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec "${PYTHON:-python3}" bench/gpu/on_gpu.py "$@"
