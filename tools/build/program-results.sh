#!/usr/bin/env bash
# Writes benchmarks/results/MACHINE/programs.jsonl: whole runs of pgpsr, process start to PNG, the native program and the .NET runtime's by turns: medians of
# times and of resident peaks (VmHWM, so on Linux alone). MACHINE has its processes.jsonl already, which names the processor.
#
#   tools/build/program-results.sh MACHINE [ROUNDS]
set -euo pipefail

[ $# -ge 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2; }
cd "$(dirname "$0")/../.."
results=benchmarks/results/$1 rounds=${2:-7}
[ -f "$results/processes.jsonl" ] || { echo "$results/processes.jsonl is not there: run kernel-results.sh first"; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export LC_ALL=C DOTNET_NOLOGO=1
tools/build/publish-head.sh "$folder/native"
dotnet publish src/PgpSr.Cli -c Release -r linux-x64 -p:PublishAot=false -p:PublishReadyToRun=true --self-contained false -o "$folder/runtime" -nologo -v quiet
"$folder/native/pgpsr" upscale tools/build/package-sample/picture.png -o "$folder/photo.png" --width 512 --height 512 --fit stretch -q

watch() { # process, file
    local key value rest
    while [ -e "/proc/$1/status" ]; do
        while read -r key value rest; do [ "$key" != VmHWM: ] || echo "$value" > "$2"; done < "/proc/$1/status" || true
        sleep 0.05
    done 2> /dev/null
}
once() { # NAME
    local begun ended pid
    begun=$(date +%s%N)
    "$folder/$1/pgpsr" upscale "$folder/photo.png" -o "$folder/large.png" --force -q &
    pid=$!
    watch $pid "$folder/peak" &
    wait $pid
    ended=$(date +%s%N)
    wait
    echo "$(((ended - begun) / 1000000)) $(cat "$folder/peak")" >> "$folder/$1.txt"
}
for ((round = 0; round < rounds; round++)); do once native; once runtime; done

middle() { cut -d' ' -f"$2" "$folder/$1.txt" | sort -n | awk '{ n[NR] = $1 } END { print n[int((NR + 1) / 2)] }'; }
row() { # NAME, what it is called
    printf '{"op":"program","shape":"512x512 to 2048x2048, process start to PNG","kernel":"%s","ms":%d,"peak_mb":%d,"note":"median of %d runs by turns","command":"pgpsr upscale photo.png -o large.png"}\n' \
        "$2" "$(middle "$1" 1)" $(($(middle "$1" 2) / 1024)) "$rounds"
}
{
    head -1 "$results/processes.jsonl" | sed -E 's/"utc":"[^"]*"/"utc":"'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'"/'
    row native "native program"
    row runtime ".NET runtime, compiled beforehand"
} > "$folder/programs.jsonl"
mv "$folder/programs.jsonl" "$results/programs.jsonl"
cat "$results/programs.jsonl"
