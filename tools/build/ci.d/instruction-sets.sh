#!/usr/bin/env bash
# The CPU kernels again with instruction sets taken away (a test checks that each switch took effect). Without any, everything is emulated: there
# the narrowest set alone is worth its time.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export DOTNET_CLI_UI_LANGUAGE=en
[ -n "${PGPSR_BUILT:-}" ] || dotnet build tests/PgpSr.Cpu.Tests -c Release -nologo -v quiet
suites='FullyQualifiedName~PgpSr.Cpu.Tests.Cpu|FullyQualifiedName~Conformance|FullyQualifiedName~InstructionSet'
# Without 512 bits there is nothing to take away: it would be the same run again.
if grep -qw avx512f /proc/cpuinfo; then DOTNET_EnableAVX512=0 dotnet test tests/PgpSr.Cpu.Tests -c Release --no-build --filter "$suites"; fi
DOTNET_EnableAVX2=0 dotnet test tests/PgpSr.Cpu.Tests -c Release --no-build --filter "$suites"
DOTNET_EnableHWIntrinsic=0 dotnet test tests/PgpSr.Cpu.Tests -c Release --no-build \
    --filter "FullyQualifiedName~V128&FullyQualifiedName~PgpSr.Cpu.Tests.Cpu|FullyQualifiedName~InstructionSet"
