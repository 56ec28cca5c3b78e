#!/usr/bin/env bash
# Puts freely licensed real photographs (about 60 among some 150 pictures, up to 5640x3172; renditions of one picture counted) into FOLDER,
# from Debian packages, without installing any.
#
#   tools/build/fetch-photos.sh FOLDER
#
# FOLDER/pictures/<package>/...  the pictures as the package has them
# FOLDER/copyright/<package>     licenses and authors: keep them with any picture
# FOLDER/pictures.txt            one picture a line: package <tab> path <tab> bytes <tab> width x height (where the file utility knows it)
# Needs apt-get and dpkg with a Debian mirror among apt's sources, and the right to run apt-get update if the package lists are missing.
set -euo pipefail

[ $# -eq 1 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2; }
mkdir -p "$1"
folder=$(realpath "$1")
packages="mate-backgrounds ukui-wallpapers plasma-workspace-wallpapers gnome-backgrounds lomiri-wallpapers-16.04 lomiri-wallpapers-20.04"

apt-cache show mate-backgrounds > /dev/null 2>&1 || apt-get update -qq
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder/pictures" "$folder/copyright"
: > "$folder/pictures.txt"
for package in $packages; do
    if [ ! -d "$folder/pictures/$package" ]; then
        (cd "$work" && apt-get download -qq -o APT::Sandbox::User=root "$package")
        dpkg -x "$work/${package}"_*.deb "$work/$package"
        cp "$work/$package/usr/share/doc/$package/copyright" "$folder/copyright/$package"
        mkdir -p "$work/pictures"
        # Regular files only, without links. Smaller renditions of the same picture are listed, but easy to tell by their size.
        find "$work/$package/usr/share" -type f \( -iname '*.jpg' -o -iname '*.jpeg' -o -iname '*.png' -o -iname '*.webp' -o -iname '*.jxl' \) |
            while read -r file; do
                relative=${file#"$work/$package/usr/share/"}
                mkdir -p "$work/pictures/$(dirname "$relative")"
                cp "$file" "$work/pictures/$relative"
            done
        mv "$work/pictures" "$folder/pictures/$package"
    fi
    (cd "$folder/pictures" && find "$package" -type f | sort) | while read -r path; do
        size=$(file -b "$folder/pictures/$path" 2> /dev/null | grep -oE '[0-9]{2,5} ?x ?[0-9]{2,5}' | tail -1 | tr -d ' ') || size=
        printf '%s\t%s\t%s\t%s\n' "$package" "$path" "$(stat -c %s "$folder/pictures/$path")" "$size"
    done >> "$folder/pictures.txt"
done
echo "$(wc -l < "$folder/pictures.txt") pictures in $folder/pictures"
