#!/usr/bin/env bash
# Installs what a build of tinyres needs and the machine does not have yet, on Debian and Ubuntu.
#     bash cmake/install_dependencies.sh [tests] [ci] [tidy] [clang] [fuzz] [neon] [download] [onednn] [dlib] [jpeg]
# tests: doctest, Google Benchmark, qemu (runs programs on other processors), Doxygen, ctags, pkg-config, Python; ci: what
# .ci/run takes besides: GNU time, Python for Conan, Chromium, in which a test opens a report; tidy: clang-tidy and
# clang-format; clang: clang++ with its OpenMP library; fuzz: the same with its sanitizers and libFuzzer; neon: a compiler
# for 64-bit ARM; download: curl; onednn, dlib: the peers of bench/, with Python and what else their comparisons take; jpeg:
# libjpeg-turbo, by which tinyres::io decodes JPEG files where it is installed.
# Where nothing can be installed it says what is missing and goes on, as long as a compiler and CMake are there: CMake
# fetches the missing libraries itself.
set -euo pipefail

cmake_least=3.25

say() { printf 'tinyres: %s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

cmake_is_new_enough() {
    has cmake && printf '%s\n' "$cmake_least" "$(cmake --version | sed -n '1s/.*version //p')" | sort --check=quiet --version-sort
}

# What the build cannot do without, as far as it is missing.
missing_tools() {
    cmake_is_new_enough || echo "CMake $cmake_least or newer"
    has c++ || has "${CXX:-c++}" || echo "a C++20 compiler"
    has make || has ninja || echo "make"
    if [[ $want_clang == yes ]]; then has clang++ || echo "clang++"; fi
    if [[ $want_neon == yes ]]; then
        has aarch64-linux-gnu-g++ || echo "aarch64-linux-gnu-g++"
        has qemu-aarch64 || echo "qemu-aarch64"
    fi
}

want_clang=no
want_neon=no
packages=(libxsimd-dev nlohmann-json3-dev libstb-dev libeigen3-dev libcli11-dev)
cmake_is_new_enough || packages+=(cmake)
has c++ || packages+=(g++)
has make || packages+=(make)
for group in "$@"; do
    case $group in
    tests) packages+=(doctest-dev libbenchmark-dev qemu-user doxygen universal-ctags pkg-config python3) ;;
    ci) packages+=(time pkg-config python3 python3-venv chromium fonts-dejavu-core) ;;
    tidy) packages+=(clang-tidy clang-format libomp-dev) ;;
    clang) packages+=(clang libomp-dev) want_clang=yes ;;
    fuzz) packages+=(clang libomp-dev libclang-rt-dev) want_clang=yes ;;
    neon) packages+=(g++-aarch64-linux-gnu) want_neon=yes ;;
    download) has curl || packages+=(curl ca-certificates) ;;
    onednn) packages+=(libbenchmark-dev libdnnl-dev ocl-icd-opencl-dev python3 python3-pip) ;;
    jpeg) packages+=(libjpeg-dev) ;; # Debian's and Ubuntu's is libjpeg-turbo's
    dlib) packages+=(libbenchmark-dev libdlib-dev libopenblas-dev python3) ;;
    *) say "install_dependencies.sh does not know '$group': use tests, ci, tidy, clang, fuzz, neon, download, onednn, dlib, jpeg" && exit 2 ;;
    esac
done

install_packages() {
    local run=()
    if ! has apt-get || ! has dpkg-query; then
        say "this is not Debian or Ubuntu, so nothing is installed"
        return 1
    fi
    local missing=() package
    for package in "${packages[@]}"; do
        dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    if [[ $(id -u) -ne 0 ]]; then
        if ! has sudo; then
            say "neither root nor sudo, so these packages are not installed: ${missing[*]}"
            return 1
        fi
        run=(sudo)
    fi
    say "installing ${missing[*]}"
    "${run[@]}" apt-get update -qq || say "apt-get update failed; trying with the package lists as they are"
    local known=()
    for package in "${missing[@]}"; do
        if apt-cache show "$package" >/dev/null 2>&1; then known+=("$package"); else say "there is no package $package here"; fi
    done
    "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "${known[@]}" >&2
}

if ! install_packages; then
    say "libraries that are missing will be fetched by CMake"
fi
tools=$(missing_tools)
if [[ -n $tools ]]; then
    say "cannot build without: $(paste -sd, <<<"$tools" | sed 's/,/, /g'); install it and start again"
    exit 1
fi
