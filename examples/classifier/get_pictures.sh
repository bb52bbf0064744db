#!/usr/bin/env bash
# Makes a folder of pictures to learn from, a folder a class:
#
#     bash examples/classifier/get_pictures.sh data/clipart
#
# They are drawings of the Open Clip Art Library, in the public domain, from Debian's package openclipart-png (131 MB),
# which is downloaded and not installed: PNG files in color, gray and with palettes, most of them transparent. The
# classes are folders of the library. Flags, playing cards, icons, road signs and map symbols look like their own kind;
# animals, food, people and vehicles are drawn in any style. Pictures above 4 million pixels are left out: they take
# seconds to decode, each time; of drawings that the library has in several folders, one is kept. PACKAGE=FILE.deb takes the package from a file.
set -euo pipefail

fail() {
    echo "get_pictures.sh: $1" >&2
    exit 1
}

[ $# -eq 1 ] || fail "give the folder to make, as in: bash get_pictures.sh data/clipart"
target=$1
[ ! -e "$target" ] || fail "$target is there already; remove it or name another folder"
for tool in dpkg-deb od; do
    command -v "$tool" > /dev/null || fail "there is no $tool; install it (Debian: dpkg, coreutils)"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
package=${PACKAGE:-}
if [ -z "$package" ]; then
    command -v apt-get > /dev/null || fail "there is no apt-get; download Debian's openclipart-png and say PACKAGE=FILE.deb"
    # apt's own user may write here, and apt checks what it downloads.
    chmod 755 "$work"
    mkdir -m 777 "$work/package"
    (cd "$work/package" && apt-get download -q openclipart-png) ||
        fail "apt-get cannot download openclipart-png; run apt-get update, or say PACKAGE=FILE.deb"
    package=$(echo "$work"/package/openclipart-png_*.deb)
fi
dpkg-deb -x "$package" "$work/files" || fail "$package is no Debian package"
library=$work/files/usr/share/openclipart/png
[ -d "$library" ] || fail "$package has no usr/share/openclipart/png; give Debian's openclipart-png"

# A class and the folders of the library that it consists of.
made=$work/made
class() {
    local name=$1 place
    shift
    mkdir -p "$made/$name"
    for place in "$@"; do
        cp -rL "$library/$place" "$made/$name/$(basename "$place")"
    done
}
class animals animals
class arrows shapes/arrows
class cards recreation/games/cards
class flags signs_and_symbols/flags/{africa,america,asia,europe,oceania}
class food food
class icons computer/icons/lemon-theme
class map_symbols signs_and_symbols/map_symbols
class people people
class road_signs transportation/{roadsigns,aiga-symbols}
class vehicles transportation/{vehicles,boating}

# What is no PNG of at most 4 million pixels goes. Width and height are the numbers at byte 16 and 20 of a PNG.
while IFS= read -r -d '' file; do
    read -r width height < <(od -An -v -t u4 --endian=big -j 16 -N 8 "$file") || true
    if [[ $file != *.png ]] || ((width * height > 4000000)); then
        rm "$file"
    fi
done < <(find "$made" -type f -print0)

# Of files with the same content the first one stays.
(cd "$made" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) |
    awk 'seen[substr($0, 1, 64)]++ { print substr($0, 67) }' |
    while IFS= read -r file; do rm "$made/$file"; done

mkdir -p "$(dirname "$target")"
mv "$made" "$target"
for folder in "$target"/*/; do
    printf '%5d  %s\n' "$(find "$folder" -type f | wc -l)" "$(basename "$folder")"
done
echo "Wrote $target"
