#!/usr/bin/env bash
# The same kernels published with Native AOT (x86-64-v4) and under the JIT: alternating runs, medians, and the speed of AOT relative to the JIT.
#
#   tools/build/aot-vs-jit.sh [--passes N] [--assert 0.97] [compare options, e.g. --op linear --weights f32,f16]
#
# PGPSR_AOT_ISA names another instruction set (default x86-64-v4). The two programs run by turns, N times (default 3).
set -euo pipefail
cd "$(dirname "$0")/../.."

passes=3 lowest=0 options=()
while [ $# -gt 0 ]; do
    case $1 in
        --passes) passes=$2; shift 2 ;;
        --assert) lowest=$2; shift 2 ;;
        --help | -h) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) options+=("$1"); shift ;;
    esac
done

# Apart from the ordinary output: the two publishes differ from it in what they reference.
out=$PWD/.artifacts/aot-vs-jit
project=benchmarks/PgpSr.Benchmarks
[ -n "${PGPSR_BENCH_BUILT:-}" ] || {
    common=(-c Release -r linux-x64 -p:Alone=true -v quiet -nologo)
    dotnet publish $project "${common[@]}" --self-contained false "-p:ArtifactsPath=$out/jit"
    dotnet publish $project "${common[@]}" -p:PublishAot=true "-p:IlcInstructionSet=${PGPSR_AOT_ISA:-x86-64-v4}" "-p:ArtifactsPath=$out/aot"
}
jit=$out/jit/publish/PgpSr.Benchmarks/release_linux-x64/PgpSr.Benchmarks
aot=$out/aot/publish/PgpSr.Benchmarks/release_linux-x64/PgpSr.Benchmarks
[ -z "${PGPSR_BENCH_ONLY_BUILD:-}" ] || exit 0

rm -f "$out/jit.jsonl" "$out/aot.jsonl"
for ((pass = 1; pass <= passes; pass++)); do
    "$jit" compare --rounds 3 "${options[@]}" --out "$out/jit.jsonl" > /dev/null
    "$aot" compare --rounds 3 "${options[@]}" --out "$out/aot.jsonl" > /dev/null
done
echo "first: JIT; second: Native AOT ${PGPSR_AOT_ISA:-x86-64-v4}"
"$jit" versus "$out/jit.jsonl" "$out/aot.jsonl" --assert "$lowest"
