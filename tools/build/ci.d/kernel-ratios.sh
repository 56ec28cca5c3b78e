#!/usr/bin/env bash
# The wider kernels against the 128-bit ones, in one process by turns: a loss of speed shows on a busy machine too, and no time is compared with
# another day's.
set -euo pipefail
cd "$(dirname "$0")/../../.."
dotnet build benchmarks/PgpSr.Benchmarks -c Release -nologo -v quiet
.artifacts/bin/PgpSr.Benchmarks/release/PgpSr.Benchmarks gate
