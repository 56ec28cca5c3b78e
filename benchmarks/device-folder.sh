#!/usr/bin/env bash
# Makes the folder that benchmarks/device-run.sh needs on a machine with a GPU and a driver, and nothing else: no SDK, no runtime, no CUDA toolkit.
#
#   benchmarks/device-folder.sh FOLDER       device-run.sh and device.tar.gz: the native program, the tests, the benchmark, one runtime for both
#
# Copy FOLDER to the machine, run device-run.sh there, bring its results back into benchmarks/results/<machine>.
set -euo pipefail

[ $# -eq 1 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2; }
checkout=$(realpath "$(dirname "$0")/..")
mkdir -p "$1"
folder=$(realpath "$1")
whole=$(mktemp -d)
trap 'rm -rf "$whole"' EXIT
cd "$checkout"
export DOTNET_CLI_UI_LANGUAGE=en DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
publish() { dotnet publish "$1" -c Release -r linux-x64 -p:DebugType=none -p:GenerateDocumentationFile=false -v quiet -nologo "${@:2}"; }
# What neither program calls: other languages, test platforms and coverage (the tests run themselves), debuggers' and collectors' libraries, data and mail and the
# like of the runtime, the weights of models that only the native program runs. The lists of dependencies forget them too: the host wants what is listed.
prune() {
    find "$1" -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} +
    local names
    names=$(cd "$1" && ls -d *.xml *.pdb Microsoft.TestPlatform.* Microsoft.VisualStudio.* testhost* xunit.runner.visualstudio* xunit.abstractions* Microsoft.VisualBasic* \
        Microsoft.CSharp* libmscor* libclrgc* libcoreclrtrace* createdump System.Data.* System.Private.DataContract* System.Net.[A-OQRT-Z]* System.Net.Security* System.Linq.Parallel* \
        System.Linq.Async* System.Text.Encoding.CodePages* PgpSr.Models.pgp-s1-x*.* 2> /dev/null || true)
    (cd "$1" && rm -f $names)
    local listed; listed=$(sed 's/[.]/[.]/g' <<< "$names" | paste -sd '|')
    sed -zEi "s,\"([^\"]*/)?($listed)\": \{[^}]*\}\,?\s*,,g; s/,(\s*\})/\1/g" "$1"/*.deps.json
}
publish src/PgpSr.Cli -o "$whole/native"
# Both into one folder: the same runtime lies there once.
publish tests/PgpSr.Gpu.Tests --self-contained -o "$whole/device/bin"
publish benchmarks/PgpSr.Benchmarks --self-contained -p:Alone=true -o "$whole/device/bin"
prune "$whole/device/bin"
cp "$whole/native/pgpsr" "$whole/device"
# Tests look for their cases in tests/goldens above them.
mkdir "$whole/device/tests"
cp -rL tests/goldens "$whole/device/tests/goldens"
# Networks run on a GPU; files and pipelines are read by other tests.
(cd "$whole/device/tests/goldens/public" && rm -rf checkpoints ddim_* ldm_sr_pipeline_* lora_* onestep_* torch_resize_* vq_* x4_pipeline_*)
cp tools/build/package-sample/picture.png "$whole/device"
tar -C "$whole" -czf "$folder/device.tar.gz" device
cp benchmarks/device-run.sh "$folder"
bytes=$(find "$folder" -type f \( -name device.tar.gz -o -name device-run.sh \) -printf '%s\n' | awk '{ n += $1 } END { print n }')
echo "$folder: $bytes bytes"
[ "$bytes" -lt 60000000 ] || { echo "device-folder: more than 60 MB" >&2; exit 1; }
