#!/usr/bin/env bash
# The samples, built and used as their READMEs say: a picture through the console and the worker; uploads, a job and health through the web service.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
root=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2> /dev/null || true; rm -rf "$root"' EXIT
picture=$PWD/tools/build/package-sample/picture.png
# Where the solution's own build leaves the libraries: what is built is not built again.
dotnet msbuild tools/samples/Samples.proj -m -nologo -v:quiet
sample() { echo ".artifacts/bin/PgpSr.Samples.$1/release/PgpSr.Samples.$1.dll"; }

dotnet "$(sample Console)" "$picture" "$root/console.png"
mkdir "$root/inbox"
cp "$picture" "$root/inbox/picture.png"
echo "no picture" > "$root/inbox/broken.png"
if dotnet "$(sample Batch)" "$root/inbox" "$root/results" --once 2> "$root/errors.txt"; then echo "a broken picture was not noticed"; exit 1; fi
grep -q broken.png "$root/errors.txt"
cmp "$root/console.png" "$root/results/picture.png"

# The console sample as its README says, one native file: the runtime's picture, and at most 15 MB.
command -v clang > /dev/null || linker=-p:CppCompilerAndLinker=gcc
dotnet publish tools/samples/PgpSr.Samples.Console -c Release -r linux-x64 ${linker:-} -o "$root/native" -nologo -v quiet
"$root/native/PgpSr.Samples.Console" "$picture" "$root/native.png"
cmp "$root/console.png" "$root/native.png"
size=$(stat -c %s "$root/native/PgpSr.Samples.Console")
echo "the native console sample: $size bytes"
[ "$size" -le 15000000 ]

(cd "$(dirname "$(sample Web)")" && exec dotnet PgpSr.Samples.Web.dll --urls http://127.0.0.1:5187 > "$root/web.txt" 2>&1) &
server=$!
url=http://127.0.0.1:5187
for _ in $(seq 100); do curl -fs $url/health > /dev/null && break; sleep 0.2; done
curl -fs --data-binary @"$picture" $url/upscale -o "$root/web.png"
[ "$(head -c 4 "$root/web.png" | tail -c 3)" = PNG ]
[ "$(curl -s -o /dev/null -w '%{http_code}' --data-binary @"$root/inbox/broken.png" $url/upscale)" = 422 ]
job=$(curl -fs --data-binary @"$picture" $url/jobs | grep -oE '[0-9a-f-]{36}')
for _ in $(seq 100); do curl -fs $url/jobs/"$job" | grep -q '"done"' && break; sleep 0.2; done
curl -fs $url/jobs/"$job"/result -o "$root/job.png"
cmp "$root/web.png" "$root/job.png"
curl -fs -X DELETE $url/jobs/"$job"
[ "$(curl -fs $url/health)" = Healthy ]
echo "the samples do what they say"
