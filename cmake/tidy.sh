#!/usr/bin/env bash
# Checks all headers and the example by clang-tidy, with the checks in .clang-tidy; ends with 1 if there are findings.
#     bash cmake/tidy.sh [BUILD]    a configured build folder with tests and examples; build/release by default
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=${1:-build/release}
command -v clang-tidy >/dev/null || { echo "tidy.sh: error: there is no clang-tidy: apt-get install clang-tidy" >&2 && exit 1; }
[[ -f $build/compile_commands.json ]] || cmake --preset release -B "$build" >/dev/null
# These few files include everything: every header with a small network on two backends, the rest of the example as one.
files=(tests/link/native.cpp examples/cifar10/main.cpp "$build"/examples/cifar10/CMakeFiles/cifar10.dir/Unity/*.cxx)
# g++'s own warning options are not known to clang.
printf '%s\0' "${files[@]}" |
    xargs -0 -n 1 -P "$(bash cmake/build_jobs.sh)" clang-tidy --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option
echo "tidy.sh: no findings in ${#files[@]} files and what they include"
