#!/usr/bin/env bash
# Checks all headers and the example by clang-tidy, with the checks in .clang-tidy; ends with 1 if there are findings.
#     bash cmake/tidy.sh [BUILD]    a configured build folder with tests and examples; build/release by default
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=${1:-build/release}
command -v clang-tidy >/dev/null || { echo "tidy.sh: error: there is no clang-tidy; bash cmake/install_dependencies.sh tidy installs it" >&2 && exit 1; }
[[ -f $build/compile_commands.json ]] || cmake --preset release -B "$build" >/dev/null
# These include everything: every header with a small network on two backends, the files of the example as one. Not the
# example's learners, which are S10 on each backend: the analyzer would take minutes for what the headers showed.
files=(tests/link/native.cpp "$build"/examples/*/CMakeFiles/{cifar10_rest,classifier_rest,example_programs}.dir/Unity/*.cxx)
tidy=(clang-tidy --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option) # g++ has options that clang does not know
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(bash cmake/build_jobs.sh)" "${tidy[@]}"
# In this one the analyzer would follow every path through CLI11.
"${tidy[@]}" --checks='-clang-analyzer-*' examples/cifar10/{main,data,learner}.cpp examples/classifier/main.cpp
echo "tidy.sh: no findings"
