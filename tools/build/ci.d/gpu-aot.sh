#!/usr/bin/env bash
# The native program on an OpenCL device: PoCL in the Debian 13 root. Its picture is the processor's, and its file is no larger than promised. Before that,
# what it says where drivers fail.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export DOTNET_CLI_UI_LANGUAGE=en DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
root=${PGPSR_DEBIAN13_ROOT:-/var/tmp/pgpsr-debian13}
largest=$((30 << 20))
folder=$(mktemp -d)
head=$PWD/.artifacts/publish/head
tools/build/publish-head.sh "$head"
size=$(stat -c %s "$head/pgpsr")
[ "$size" -le $largest ] || { echo "pgpsr has $size bytes, $largest are promised"; exit 1; }

# Drivers that are missing, old, or fail: on the host, where the made-up driver is the only one.
tools/build/fake-driver-runs.sh "$head/pgpsr"

tools/build/debian13-root.sh "$root"
inside=$root/tmp/pgpsr-gpu-aot
trap 'rm -rf "$folder" "$inside"; [ -n "${PGPSR_DEBIAN13_ROOT:-}" ] || tools/build/debian13-root.sh --unbind "$root"' EXIT
rm -rf "$inside" && mkdir -p "$inside"
cp "$head/pgpsr" tools/build/package-sample/picture.png "$inside"
run() { chroot "$root" /tmp/pgpsr-gpu-aot/pgpsr "$@"; }
run devices | tee "$folder/devices.txt"
grep -q '(opencl:0)' "$folder/devices.txt"
run upscale /tmp/pgpsr-gpu-aot/picture.png -o /tmp/pgpsr-gpu-aot/cpu.png --device cpu --seed 1
run upscale /tmp/pgpsr-gpu-aot/picture.png -o /tmp/pgpsr-gpu-aot/gpu.png --device gpu --seed 1
run compare /tmp/pgpsr-gpu-aot/cpu.png /tmp/pgpsr-gpu-aot/gpu.png --html /tmp/pgpsr-gpu-aot/page.html --json | tee "$folder/compare.txt"
# Equal pictures have no number.
awk -F'"psnr-y":' '/gpu.png/ { split($2, n, /[,}]/); if ($2 != "" && n[1] + 0 < 80) exit 1 }' "$folder/compare.txt" || { echo "below 80 dB"; exit 1; }
echo "native pgpsr on OpenCL: $size bytes"
