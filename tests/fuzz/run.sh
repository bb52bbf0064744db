#!/usr/bin/env bash
# Installs what is missing, builds the fuzz targets by clang++ with AddressSanitizer and UndefinedBehaviorSanitizer, and
# runs one or all of them.
#     bash tests/fuzz/run.sh [TARGET|all] [SECONDS]    all and 60 unless given
# TARGET is image, image_manifest, packed_images, safetensors, safetensors_header, checkpoint, cifar, idx or arrays. It
# starts from tests/fuzz/corpus/TARGET; new inputs go to build/fuzz/corpus/TARGET, and one that ends the program to
# build/fuzz/found/TARGET-*: mend the fault and move that file to tests/fuzz/corpus/TARGET, where the ordinary tests run
# it from then on.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
targets=(image image_manifest packed_images safetensors safetensors_header checkpoint cifar idx arrays)
chosen=${1:-all}
seconds=${2:-60}

if [[ $chosen != all ]]; then
    [[ " ${targets[*]} " == *" $chosen "* ]] ||
        { echo "tests/fuzz/run.sh: there is no target '$chosen'; use all or one of: ${targets[*]}" >&2 && exit 2; }
    targets=("$chosen")
fi
[[ $seconds =~ ^[1-9][0-9]*$ ]] ||
    { echo "tests/fuzz/run.sh: '$seconds' is no number of seconds; give 1 or more" >&2 && exit 2; }

cd "$root"
bash cmake/install_dependencies.sh tests fuzz
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --parallel "$(bash cmake/build_jobs.sh)" --target "${targets[@]/#/fuzz_}"
for target in "${targets[@]}"; do
    echo "=== $target, $seconds seconds"
    mkdir -p "build/fuzz/corpus/$target" build/fuzz/found
    longest=4096
    [[ $target != packed_images ]] || longest=12288 # two pages come before the pixels
    build/fuzz/bin/fuzz_"$target" -max_total_time="$seconds" -max_len="$longest" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="build/fuzz/found/$target-" \
        "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target"
done
