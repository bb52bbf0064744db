#!/usr/bin/env bash
# Installs what is missing, builds and runs the tests.
#     bash tests/run.sh [PRESET] [options of CMake's configure step]
# PRESET is release (the default), clang, debug, asan, tsan, or another instruction set: haswell, x86-64-v2, neon;
# everything goes to build/PRESET.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

preset=release
if [[ $# -gt 0 && $1 != -* ]]; then
    preset=$1
    shift
fi
groups=(tests)
case $preset in
release | debug | asan | haswell | x86-64-v2) ;;
clang | tsan) groups+=(clang) ;;
neon) groups+=(neon) ;;
*) echo "tests/run.sh: there is no preset '$preset'; use release, clang, debug, asan, tsan, haswell, x86-64-v2 or neon" >&2 && exit 2 ;;
esac

cd "$root"
bash cmake/install_dependencies.sh "${groups[@]}"
jobs=$(bash cmake/build_jobs.sh)
cmake --preset "$preset" "$@"
cmake --build --preset "$preset" --parallel "$jobs"
ctest --preset "$preset" --parallel "$jobs"
