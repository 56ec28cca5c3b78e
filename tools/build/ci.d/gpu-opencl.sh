#!/usr/bin/env bash
# The GPU backend's kernels on a real OpenCL implementation: PoCL 6 in a Debian 13 root, which is made first (half a minute) unless
# PGPSR_DEBIAN13_ROOT names one. The root's bind mounts are taken away again.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export DOTNET_CLI_UI_LANGUAGE=en DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
root=${PGPSR_DEBIAN13_ROOT:-/var/tmp/pgpsr-debian13}
[ -n "${PGPSR_BUILT:-}" ] || dotnet build tests/PgpSr.Gpu.Tests -c Release -nologo -v quiet
tools/build/debian13-root.sh "$root"
[ -n "${PGPSR_DEBIAN13_ROOT:-}" ] || trap 'tools/build/debian13-root.sh --unbind "$root"' EXIT
# What other processors' code compiled stays in PoCL's cache otherwise, and the time to compile would not be seen.
rm -rf "$root/root/.cache/pocl"
log="$root/tmp/gpu-opencl.log"

# The program itself, not 'dotnet test': when the process dies, its last words and its signal are seen here. PoCL has died under these tests, rarely
# and never twice running; a second death is a failure, and a failed test is one at once.
tests="$PWD/.artifacts/bin/PgpSr.Gpu.Tests/release/PgpSr.Gpu.Tests"
for attempt in 1 2; do
    code=0
    chroot "$root" "$tests" -noColor -class- '*Simulated*' -class- '*Cuda*' > "$log" 2>&1 || code=$?
    [ $code -ge 128 ] || break
    grep -v SKIP "$log" | tail -40
    echo "the tests' process ended with signal $((code - 128)) (attempt $attempt)"
done
grep -A 12 -F '[FAIL]' "$log" || true

# The same closing line as 'dotnet test' writes.
sum=$(grep -E 'Total: [0-9]+, Errors: [0-9]+' "$log" | tail -1) || { tail -20 "$log"; echo "the tests on OpenCL did not end"; exit 1; }
number() { grep -oE "$1: [0-9]+" <<< "$sum" | grep -oE '[0-9]+'; }
failed=$(($(number Failed) + $(number Errors))) skipped=$(number Skipped) total=$(number Total)
passed=$((total - failed - skipped))
verdict=Passed; [ $failed -eq 0 ] && [ $code -eq 0 ] || verdict=Failed
echo "$verdict!  - Failed: $failed, Passed: $passed, Skipped: $skipped, Total: $total, Duration: $(number Time) s - PgpSr.Gpu.Tests.dll (OpenCL)"
# A root without a device would skip everything: that is no proof.
[ $passed -gt 0 ] || { echo "no test ran on OpenCL"; exit 1; }
[ $verdict = Passed ]
