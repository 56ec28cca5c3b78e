#!/usr/bin/env bash
# Puts the photographs of public repositories that tools/PgpSr.Training/photos.tsv lists into FOLDER/pictures/public, reduced to the listed size.
#
#   tools/build/fetch-public-photos.sh FOLDER
#
# Needs git, a network and ImageMagick's convert. Only the listed files are fetched (partial, sparse clones); a second run continues. A picture that
# its repository no longer has is named at the end: take its line out of the list.
set -euo pipefail

[ $# -eq 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; }
list=$(realpath "$(dirname "$0")/../PgpSr.Training/photos.tsv")
mkdir -p "$1/pictures/public"
folder=$(realpath "$1")/pictures
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

listed() { awk -F '\t' 'NF == 6 && $1 !~ /^#/' "$list"; }
listed | cut -f3 | sort -u | while read -r repository; do
    wanted=$(listed | awk -F '\t' -v r="$repository" '$3 == r')
    while IFS=$'\t' read -r _ path _ _ _ _; do [ -e "$folder/$path" ] || echo "$path"; done <<< "$wanted" | grep -q . || continue
    clone="$work/${repository/\//+}"
    git clone --quiet --depth 1 --filter=blob:none --sparse "https://github.com/$repository" "$clone" || { echo "missing: $repository" >&2; continue; }
    cut -f5 <<< "$wanted" | sed 's|^|/|' | git -C "$clone" sparse-checkout set --no-cone --stdin
    while IFS=$'\t' read -r _ path _ _ source size; do
        [ -e "$folder/$path" ] && continue
        if [ ! -f "$clone/$source" ]; then echo "missing: $repository $source" >&2; continue; fi
        convert "$clone/$source" -auto-orient -strip -filter Lanczos -resize "$size^" -gravity center -extent "$size" -sampling-factor 4:4:4 -quality 94 "$folder/$path.part.jpg"
        mv "$folder/$path.part.jpg" "$folder/$path"
    done <<< "$wanted"
    rm -rf "$clone"
done
