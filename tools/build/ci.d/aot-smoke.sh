#!/usr/bin/env bash
# Publishes the smoke program with Native AOT for this machine's instruction set, and runs it: it prints its kernel set and passes a conformance subset.
set -euo pipefail
cd "$(dirname "$0")/../../.."
# Without an instruction set of its own an AOT program has no wide SIMD at all (Vector256 included).
if grep -qw avx512f /proc/cpuinfo && grep -qw avx512vl /proc/cpuinfo; then isa=x86-64-v4 expect=v512
elif grep -qw avx2 /proc/cpuinfo; then isa=x86-64-v3 expect=v256
else isa= expect=v128
fi
command -v clang > /dev/null || linker=-p:CppCompilerAndLinker=gcc
dotnet publish tests/PgpSr.Aot.Smoke -c Release -r linux-x64 ${isa:+-p:IlcInstructionSet=$isa} ${linker:-} -nologo -v quiet
.artifacts/publish/PgpSr.Aot.Smoke/release_linux-x64/PgpSr.Aot.Smoke --expect "$expect"
