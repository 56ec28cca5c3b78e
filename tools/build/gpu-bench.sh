#!/usr/bin/env bash
# Publishes the GPU benchmark as one folder that needs a driver and nothing else: no SDK, no runtime, no CUDA toolkit.
#
#   tools/build/gpu-bench.sh FOLDER [RUNTIME]             RUNTIME is linux-x64 unless told; win-x64 works too
#   FOLDER/PgpSr.Benchmarks.Gpu --out results             on the machine with the GPU; --libtorch FOLDER compares with PyTorch's kernels
#
# Copy FOLDER to the machine, bring results/gpu.jsonl back into benchmarks/results/<machine>.
set -euo pipefail

[ $# -ge 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
checkout=$(realpath "$(dirname "$0")/../..")
folder=$1 runtime=${2:-linux-x64}
rm -rf "$folder"
dotnet publish "$checkout/benchmarks/PgpSr.Benchmarks.Gpu" -c Release -r "$runtime" --self-contained -p:DebugType=none -p:GenerateDocumentationFile=false -o "$folder" -v quiet -nologo
find "$folder" -name '*.xml' -delete
bytes=$(find "$folder" -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')
echo "$folder: $((bytes / 1000000)) MB in $(find "$folder" -type f | wc -l) files"
# What fits into a message or a small upload.
[ "$bytes" -lt 60000000 ] || { echo "gpu-bench: more than 60 MB" >&2; exit 1; }
