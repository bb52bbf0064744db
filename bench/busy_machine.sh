#!/usr/bin/env bash
# What tinyres loses beside other programs: hello, S10 training (batch 32 and 512) and single predictions, alone and beside
# busy loops that this script starts and ends; then two trainings side by side. Prints medians and how many times longer
# each takes than alone.
#     bash bench/busy_machine.sh [--rounds N] [--loops N,N,...] [--against FOLDER]
# --against names a folder with another version of these programs, run in turns. Run it with nothing else running.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cmake --preset release >/dev/null
cmake --build --preset release --target hello bench_train_s10 bench_predict_s10 >/dev/null
exec python3 bench/busy_machine.py --programs build/release/bin "$@"
