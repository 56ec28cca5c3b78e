#!/usr/bin/env bash
# The GPU backend's kernels on a real OpenCL implementation: PoCL 6 in a Debian 13 root, which is made first (half a minute) unless
# PGPSR_DEBIAN13_ROOT names one. The root's bind mounts are taken away again.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export DOTNET_CLI_UI_LANGUAGE=en DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
root=${PGPSR_DEBIAN13_ROOT:-/var/tmp/pgpsr-debian13}
dotnet build tests/PgpSr.Gpu.Tests -c Release -nologo -v quiet
tools/build/debian13-root.sh "$root"
[ -n "${PGPSR_DEBIAN13_ROOT:-}" ] || trap 'tools/build/debian13-root.sh --unbind "$root"' EXIT
# What other processors' code compiled stays in PoCL's cache otherwise, and the time to compile would not be seen.
rm -rf "$root/root/.cache/pocl"
there='FullyQualifiedName!~Simulated&FullyQualifiedName!~Cuda'
chroot "$root" bash -c "cd '$PWD' && exec dotnet test tests/PgpSr.Gpu.Tests -c Release --no-build --filter '$there'" \
    | tee "$root/tmp/gpu-opencl.log"
# A root without a device would skip everything: that is no proof.
if grep -qE 'Passed: +0,' "$root/tmp/gpu-opencl.log"; then echo "no test ran on OpenCL"; exit 1; fi
