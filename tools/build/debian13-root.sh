#!/usr/bin/env bash
# Makes a Debian 13 root in the folder ROOT, for what an older host lacks: the libstdc++ that TorchSharp's native library wants (GLIBCXX_3.4.32)
# and an OpenCL 3.0 platform on the CPU (PoCL 6) for the GPU backend's kernels.
#
#   tools/build/debian13-root.sh ROOT [FOLDER...]         as root; a second run only repairs what is missing
#   chroot ROOT dotnet --info                             the SDK, the NuGet folder and this checkout lie at the same paths inside
#   tools/build/debian13-root.sh --unbind ROOT            takes the bind mounts away again (do this before deleting ROOT)
#
# FOLDERs are bound as well. The Debian mirror is the one that apt uses on the host.
set -euo pipefail

die() { echo "debian13-root: $*" >&2; exit 1; }
mounted() { mountpoint -q "$1"; }

if [ "${1:-}" = --unbind ]; then
    [ -d "${2:-}" ] || die "--unbind wants the root's folder"
    root=$(realpath "$2")
    # A shared subtree would carry the unmounting over to the host's own /dev and /sys.
    awk -v p="$root/" 'index($2, p) == 1 { print $2 }' /proc/mounts | sort -r | while read -r at; do umount "$at"; done
    exit 0
fi

[ $# -ge 1 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2; }
[ "$(id -u)" = 0 ] || die "debootstrap and mount need root"
mkdir -p "$1"
root=$(realpath "$1"); shift
[ "$root" != / ] || die "ROOT must not be /"
checkout=$(realpath "$(dirname "$0")/../..")

# 1. The system.
if [ ! -e "$root/.complete" ]; then
    mirror=$(grep -rhoE '^(URIs: |deb )?(\[[^]]*\] )?https?://[^ ]+/debian/? ?' /etc/apt/sources.list* | grep -oE 'https?://[^ ]+' | head -1) || true
    [ -n "${mirror:-}" ] || die "no Debian mirror in /etc/apt/sources.list*"
    command -v debootstrap > /dev/null || { apt-get update -qq; apt-get install -y -qq debootstrap; }
    debootstrap --variant=minbase \
        --include=libicu76,libssl3t64,zlib1g,ca-certificates,libgomp1,pocl-opencl-icd,ocl-icd-opencl-dev,clinfo \
        trixie "$root" "$mirror"
    touch "$root/.complete"
fi

# 2. The kernel's folders. Slaves, so that nothing done inside reaches the host's mounts.
mounted "$root/proc" || mount --bind /proc "$root/proc"
for folder in dev sys; do
    mounted "$root/$folder" || { mount --rbind "/$folder" "$root/$folder"; mount --make-rslave "$root/$folder"; }
done

# 3. The SDK, the package folder with the feed's configuration, the checkout, and what was asked for: the same paths inside as outside.
bind() {
    [ -d "$1" ] || return 0
    case "$root/" in "$1"/*) return 0 ;; esac            # a folder that holds ROOT would contain itself
    mkdir -p "$root$1"
    mounted "$root$1" || mount --bind "$1" "$root$1"
}
dotnet=$(readlink -f "$(command -v dotnet || die "no dotnet in PATH")")
sdk=$(dirname "$dotnet")
bind "$sdk"
bind "$(realpath -m "${NUGET_PACKAGES:-$HOME/.nuget/packages}")"
bind "$HOME/.nuget/NuGet"
bind "$checkout"
for folder in "$@"; do
    [ -d "$folder" ] || die "$folder: no such folder"
    bind "$(realpath "$folder")"
done
mkdir -p "$root/usr/local/bin"
ln -sfn "$sdk/dotnet" "$root/usr/local/bin/dotnet"
echo "$root is ready: chroot $root dotnet --version"
