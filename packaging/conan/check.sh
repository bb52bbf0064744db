#!/usr/bin/env bash
# Makes the Conan package of this checkout and builds and runs tests/consume with it, all without a remote: the libraries
# below are the installed ones.
#     bash packaging/conan/check.sh
# Where there is no Conan 2, it is installed into build/conan by pip; where that fails, it ends with 77.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

skip() { echo "skipped: $*" && exit 77; }
conan=$(type -P conan || true)
if [[ -z $conan ]]; then
    conan=$PWD/build/conan/bin/conan
    [[ -x $conan ]] || { python3 -m venv build/conan && build/conan/bin/pip install --quiet 'conan>=2.4,<3'; } ||
        skip "there is no Conan, and it cannot be installed"
fi
for package in xsimd nlohmann_json; do
    pkg-config --exists "$package" || skip "there is no $package that pkg-config knows"
done

CONAN_HOME=$(mktemp -d)
trap 'rm -rf "$CONAN_HOME"' EXIT
export CONAN_HOME
cat >"$CONAN_HOME/profile" <<PROFILE
[settings]
os=Linux
arch=$(uname -m | sed 's/aarch64/armv8/')
compiler=gcc
compiler.version=$(g++ -dumpversion | cut -d. -f1)
compiler.libcxx=libstdc++11
compiler.cppstd=20
build_type=Release
[conf]
tools.build:compiler_executables={"cpp": "g++"}
[platform_requires]
xsimd/$(pkg-config --modversion xsimd)
nlohmann_json/$(pkg-config --modversion nlohmann_json)
stb/cci.20230920
PROFILE
"$conan" create packaging/conan --profile:all "$CONAN_HOME/profile" --no-remote
