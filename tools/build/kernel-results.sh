#!/usr/bin/env bash
# Writes benchmarks/results/MACHINE: kernels, networks and blocks, pictures and networks in processes of their own, each beside ONNX Runtime and libtorch;
# the JIT against Native AOT; then the page with its plots, and the README's table.
#
#   tools/build/kernel-results.sh ROOT MACHINE [--only PART,...] [options of compare and apart]      e.g. /srv/debian13 epyc-zen5-2core
#
# ROOT is a Debian 13 root (tools/build/debian13-root.sh), in which libtorch runs; needs the right to chroot. Parts: kernels, networks, processes, compiled,
# and what --only must name: bfloat16 (products of rounded factors), sdxl and sdxl-bf16 (two processes of 6 GB by turns), sdxl-f32 (12 GB), pruned
# (SDXL's UNet and two pruned ones, 5 GB). Each operation runs in a process of its own, so that no peer's memory allocator carries another's history.
# PGPSR_MEASURE may name a command under which each measurement runs.
set -euo pipefail

[ $# -ge 2 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2; }
checkout=$(realpath "$(dirname "$0")/../..")
root=$1 machine=$2 parts=kernels,networks,processes,compiled
shift 2
if [ "${1:-}" = --only ]; then parts=$2; shift 2; fi
options=("$@")
cd "$checkout"
[ -n "${PGPSR_BENCH_BUILT:-}" ] || dotnet build benchmarks/PgpSr.Benchmarks.Torch -c Release -v quiet -nologo
bench=$checkout/.artifacts/bin/PgpSr.Benchmarks.Torch/release_linux-x64/PgpSr.Benchmarks.Torch
results=$checkout/benchmarks/results/$machine
mkdir -p "$results"

# libtorch allocates every result anew. By default glibc gives such large blocks back to the system each time and pages them in again, which
# triples the time of its transforms; with these two it keeps them, as a tuned installation would. Where memory is compared, nobody is tuned.
allocator="MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592"
# Without instructions for it libtorch emulates bfloat16, ten times slower than float32: nobody would choose that.
peers=ort,torch
if grep -qwE "avx512_bf16|amx_bf16" /proc/cpuinfo; then peers+=,torch-bf16; fi
status=0
run() { # environment, arguments of the program
    local environment=$1
    shift
    ${PGPSR_MEASURE:-} chroot "$root" env $environment "$bench" "$@" --out "$fresh" "${options[@]}" > /dev/null || { echo "kernel-results: $*: a difference or an error, see above" >&2; status=1; }
}
compare() { run "$allocator" compare "$@"; }
apart() { run '' apart "$@"; }

kernels() {
    local operation
    for operation in linear:f32,f16 conv3x3:f32 conv3x3s2:f32 conv1x1:f32,f16 attention:f32 group_norm_silu:f32 rfft2_irfft2:f32; do
        compare --op "${operation%%:*}" --weights "${operation##*:}" --direct --peer $peers
    done
}
bfloat16() {
    local operation
    for operation in linear:bf16 conv1x1:bf16 attention:f32; do
        compare --op "${operation%%:*}" --weights "${operation##*:}" --precision bf16 --peer ort,torch-bf16
    done
}
networks() {
    local shape
    compare --category blocks --peer $peers --rounds 3
    for shape in pgp-s1-x4@128 pgp-s1-x4@256 pgp-s1-x4@512 pgp-s1-x2@256 rrdbnet@64 rrdbnet@128 srvgg@128 taesd@64 vae@32; do
        compare --op network --shape $shape --peer $peers --rounds 3
    done
    compare --op network --shape pgp-s1-x4@256 --threads 1 --rounds 3
    compare --category blocks --threads 1 --rounds 3
}
processes() {
    local side
    for side in 128 256 512; do apart --op picture --shape pgp-s1-x4@$side --peer $peers; done
}
# Few rounds: a round is a process that makes weights anew.
sdxl() { apart --op network --shape sdxl@64 --weights f16 --peer torch-bf16 --rounds 1; }
sdxl-bf16() { apart --op network --shape sdxl@64 --weights bf16 --precision bf16 --peer torch-bf16 --rounds 1; }
sdxl-f32() { apart --op network --shape sdxl@64 --weights f16 --peer torch --rounds 1; }
# Ours alone: time against what is left of the multiply-adds.
pruned() {
    local network
    for network in sdxl sdxl-coarse sdxl-floor; do compare --op network --shape $network@64 --weights f16 --rounds 1; done
}
compiled() {
    local which
    tools/build/aot-vs-jit.sh --passes 1 --op linear --shape 1024x1280x1280 "${options[@]}" > /dev/null
    cat .artifacts/aot-vs-jit/{jit,aot}.jsonl > "$fresh"
    for which in "--op conv3x3 --shape 320-320@64x64" "--op attention --shape 20x1024x64" "--op group_norm_silu" "--op network --shape pgp-s1-x4@256"; do
        PGPSR_BENCH_BUILT=1 tools/build/aot-vs-jit.sh --passes 1 $which "${options[@]}" > /dev/null
        cat .artifacts/aot-vs-jit/{jit,aot}.jsonl >> "$fresh"
    done
}

for part in ${parts//,/ }; do
    fresh=$results/$part.jsonl.new
    rm -f "$fresh"
    begun=$SECONDS
    "$part"
    [ ! -s "$fresh" ] || mv "$fresh" "$results/$part.jsonl"
    echo "$part: $((SECONDS - begun)) s"
done
"$bench" report "$results"/*.jsonl
"$bench" speed README.md benchmarks/results/epyc-zen{3,5}-2core
exit $status
