#!/usr/bin/env bash
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=$root/build/release/bin/cifar10
default_data=$root/data/cifar-10-batches-bin
archive_url=https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz
archive_sha256=c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd

usage() {
    cat <<'TEXT'
Installs what is missing, builds the CIFAR-10 example and trains S10.
    bash examples/cifar10/run.sh [--data DIR] [--no-download] [--out DIR] [options of `cifar10 train`]
--data DIR      the official binary files, or `synthetic` for the built-in set; without it data/cifar-10-batches-bin,
                where the official archive (162 MB) is downloaded to; without network the synthetic set is used
--no-download   never download
--out DIR       where the results go; without it runs/cifar10
All other options go to the program, such as --epochs 3, --threads 8 or --resume; `build/release/bin/cifar10 train --help`
lists them.
TEXT
}

say() { printf 'tinyres: %s\n' "$*"; }
stop() {
    printf 'tinyres: %s\n' "$*" >&2
    exit 1
}

data=
out=$root/runs/cifar10
download=yes
resume=no
epochs=
train_images=
test_images=
recipe=()  # options that say how long the training is
options=() # all others: they also hold for the measurement of the speed
while [[ $# -gt 0 ]]; do
    case $1 in
    --data=* | --out=* | --epochs=* | --limit-train=* | --limit-test=* | --peak-epoch=* | --max-lr=*)
        set -- "${1%%=*}" "${1#*=}" "${@:2}"
        ;;
    esac
    case $1 in
    --data | --out | --epochs | --limit-train | --limit-test | --peak-epoch | --max-lr)
        [[ $# -ge 2 ]] || stop "$1 needs a value; --help shows how to call run.sh"
        case $1 in
        --data) data=$2 ;;
        --out) out=$2 ;;
        --epochs) epochs=$2 recipe+=("$1" "$2") ;;
        --limit-train) train_images=$2 recipe+=("$1" "$2") ;;
        --limit-test) test_images=$2 recipe+=("$1" "$2") ;;
        *) recipe+=("$1" "$2") ;;
        esac
        shift
        ;;
    --resume) resume=yes ;;
    --no-download) download=no ;;
    -h | --help) usage && exit 0 ;;
    *) options+=("$1") ;;
    esac
    shift
done

holds_cifar10() { # every file of the official archive, whole
    local file
    for file in data_batch_{1,2,3,4,5} test_batch; do
        [[ -f $1/$file.bin && $(wc -c <"$1/$file.bin") -eq 30730000 ]] || return 1
    done
    [[ -f $1/batches.meta.txt ]]
}

download_cifar10() ( # returns 3 if the archive cannot be had
    mkdir -p "$(dirname "$default_data")" && temporary=$(mktemp -d "$default_data.XXXXXX") ||
        stop "cannot write to $(dirname "$default_data")"
    trap 'rm -rf "$temporary"' EXIT
    archive=$temporary/archive.tar.gz
    say "downloading CIFAR-10 (162 MB) from $archive_url"
    curl --fail --location --show-error --progress-bar --retry 2 --connect-timeout 20 --speed-limit 1000 --speed-time 60 \
        --output "$archive" "$archive_url" || exit 3
    sha256sum --check --status <<<"$archive_sha256  $archive" ||
        stop "the archive from $archive_url is not the official one: its checksum differs; try again, or name a folder with --data"
    tar --extract --gzip --no-same-owner --file "$archive" --directory "$temporary" || stop "cannot unpack into $temporary"
    mv "$temporary/cifar-10-batches-bin" "$default_data" || stop "cannot write $default_data"
)

# What can be said before anything is installed or built.
if [[ $resume == yes && ! -e $out/checkpoint.safetensors ]]; then
    stop "$out holds no run to go on with; name the folder of one with --out, or start without --resume"
fi
if [[ -n $data && $data != synthetic && ! -d $data ]]; then
    stop "--data $data: there is no such folder; name the one that holds data_batch_1.bin, or use --data synthetic"
fi
if [[ $resume == no && -z $data && -e $default_data ]] && ! holds_cifar10 "$default_data"; then
    stop "$default_data does not hold the six whole files of CIFAR-10 and batches.meta.txt; remove it, or name another folder with --data"
fi
if [[ $resume == no && -e $out/checkpoint.safetensors ]]; then
    stop "$out already holds a run; go on with it by --resume, or name another folder with --out"
fi

# Build.
groups=()
if [[ $resume == no && -z $data && ! -e $default_data && $download == yes ]]; then groups+=(download); fi
bash "$root/cmake/install_dependencies.sh" "${groups[@]}"
say "building the example; the first time takes a minute or two"
(
    cd "$root"
    cmake --preset release -DTINYRES_BUILD_TESTS=OFF -DTINYRES_BUILD_BENCH=OFF >/dev/null
    cmake --build --preset release --parallel "$(bash cmake/build_jobs.sh)" --target cifar10
)

if [[ $resume == yes ]]; then # the run knows its data and its recipe
    say "going on with the run in $out; how long it still takes comes after its first batch"
    [[ -z $data ]] || options+=(--data "$data")
    exec "$program" train --out "$out" --resume "${recipe[@]}" "${options[@]}"
fi

# Data.
if [[ -z $data ]]; then
    data=$default_data
    why_not=
    if [[ ! -e $data && $download == no ]]; then
        why_not="there is no CIFAR-10 in $data, and --no-download was given"
    elif [[ ! -e $data ]]; then
        status=0
        download_cifar10 || status=$?
        case $status in
        0) ;;
        3) why_not="CIFAR-10 cannot be downloaded; is there a network?" ;;
        *) exit "$status" ;;
        esac
    fi
    if [[ -n $why_not ]]; then
        say "$why_not"
        say "training on the built-in synthetic set instead: it shows that training works, and says nothing about photographs"
        data=synthetic
    fi
fi
if [[ $data == synthetic ]]; then
    [[ -n $epochs ]] || { epochs=4 && recipe+=(--epochs 4); }
    [[ -n $train_images ]] || { train_images=10000 && recipe+=(--limit-train 10000); }
    [[ -n $test_images ]] || { test_images=2000 && recipe+=(--limit-test 2000); }
fi

# How long it will take: one small batch tells this machine's speed. Evaluating an image costs a third of training on it.
measured=$(mktemp -d "$root/build/measured.XXXXXX")
trap 'rm -rf "$measured"' EXIT
say "measuring the speed of this machine"
"$program" train --data "$data" --out "$measured/run" --epochs 1 --limit-train 256 --limit-test 1 "${options[@]}" >/dev/null
speed=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; ++i) column[$i] = i } END { print $column["images_per_second"] }' \
    "$measured/run/history.csv")
rm -rf "$measured"
awk -v speed="$speed" -v epochs="${epochs:-24}" -v train="${train_images:-0}" -v test="${test_images:-0}" 'BEGIN {
    minutes = ((train > 0 ? train : 50000) + (test > 0 ? test : 10000) / 3) / speed / 60
    total = minutes * epochs
    printf "tinyres: about %.0f images/s here: %.1f minutes an epoch, ", speed, minutes
    if (total < 90) printf "%.0f minutes for %d epochs\n", total, epochs
    else printf "%.1f hours for %d epochs\n", total / 60, epochs
}'
say "data: $data"
say "results go to $out: history.csv, checkpoint.safetensors after each epoch, model.safetensors and report.html at the end"
say "Ctrl-C stops it at any time and keeps the finished epochs; the same command with --resume goes on"
exec "$program" train --data "$data" --out "$out" "${recipe[@]}" "${options[@]}"
