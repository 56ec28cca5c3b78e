#!/usr/bin/env bash
# Writes benchmarks/results/MACHINE/kernels.jsonl and the page README.md: every kernel beside ONNX Runtime and libtorch.
#
#   tools/build/kernel-results.sh ROOT MACHINE [compare options]      e.g. /srv/debian13 epyc-zen5-2core
#
# ROOT is a Debian 13 root (tools/build/debian13-root.sh), in which libtorch runs; needs the right to chroot. Each operation runs in a process of
# its own, so that no peer's memory allocator carries another operation's history. PGPSR_MEASURE may name a command under which each measurement
# runs (e.g. "nice -n -10").
set -euo pipefail

[ $# -ge 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
checkout=$(realpath "$(dirname "$0")/../..")
root=$1 machine=$2
shift 2
cd "$checkout"
[ -n "${PGPSR_BENCH_BUILT:-}" ] || dotnet build benchmarks/PgpSr.Benchmarks.Torch -c Release -v quiet -nologo
bench=$checkout/.artifacts/bin/PgpSr.Benchmarks.Torch/release_linux-x64/PgpSr.Benchmarks.Torch
results=$checkout/benchmarks/results/$machine
mkdir -p "$results"
fresh=$results/kernels.jsonl.new
rm -f "$fresh"

# libtorch allocates every result anew. By default glibc gives such large blocks back to the system each time and pages them in again, which
# triples the time of its transforms; with these two it keeps them, as a tuned installation would.
allocator="MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592"
measure() { ${PGPSR_MEASURE:-} chroot "$root" env $allocator "$bench" compare --peer ort,torch --out "$fresh" "$@" > /dev/null; }
status=0
for operation in linear:f32,f16 conv3x3:f32 conv3x3s2:f32 conv1x1:f32,f16 attention:f32 group_norm_silu:f32 rfft2_irfft2:f32; do
    name=${operation%%:*}
    measure --op "$name" --weights "${operation##*:}" --direct "$@" || { echo "kernel-results: $name: a difference or an error, see above" >&2; status=1; }
done
mv "$fresh" "$results/kernels.jsonl"
"$bench" report "$results"/*.jsonl
exit $status
