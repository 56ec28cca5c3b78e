#!/usr/bin/env bash
# Everything there is to know about one GPU, in at most ten minutes: conformance suites, golden networks, pictures against the processor's, kernels and whole
# networks beside PyTorch, memory, warm-up, compute-sanitizer. Needs the GPU's driver, bash and coreutils; PyTorch and compute-sanitizer are used where they are.
#
#   benchmarks/device-folder.sh FOLDER; FOLDER/device-run.sh [--device cuda:0] [--out RESULTS] [--seconds 590] [--small]
#
# --small takes sizes for a processor that stands in for a GPU. RESULTS/steps.jsonl has a line for each step, written before it is shown; a second run goes on
# with the steps that have no answer yet. RESULTS/STEP.log is what a step said, RESULTS/STEP/gpu.jsonl what it measured. Exit code: 0 all that could be done was
# right, 1 something failed, 3 no device.
set -uo pipefail

here=$(realpath "$(dirname "$0")")
device='' out="$here/results" budget=590 small='' only=''
while [ $# -gt 0 ]; do
    case $1 in
        --device) device=$2; shift 2 ;;
        --out) out=$2; shift 2 ;;
        --seconds) budget=$2; shift 2 ;;
        --small) small=--small; shift ;;
        --step) only=$2; shift 2 ;;
        *) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
done
mkdir -p "$out"
out=$(realpath "$out")
root=$here/device
pgpsr=$root/pgpsr tests=$root/bin/PgpSr.Gpu.Tests bench=$root/bin/PgpSr.Benchmarks
readonly Absent=77
absent() { echo "$*"; exit $Absent; }
python=''
# Asked without importing it, which takes seconds.
if command -v python3 > /dev/null && python3 -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)'; then python=python3; fi

# One step: its last line is what the result says.
api() { case $device in cuda:*) echo Cuda ;; *) echo OpenClCompiled ;; esac; }
# Without what reads the repository's files: the step with pictures runs the same models.
suite() {
    "$tests" -noColor -class- '*Driver*' -method- '*shipped_model*' "$@" > "$out/$only.tests.txt" 2>&1
    local code=$? sum
    grep -A 8 -F '[FAIL]' "$out/$only.tests.txt" | head -200
    sum=$(grep -E 'Total: [0-9]+, Errors' "$out/$only.tests.txt" | tail -1)
    [ -n "$sum" ] || { tail -5 "$out/$only.tests.txt"; echo "the tests did not end (exit code $code)"; exit 1; }
    echo "$sum" | sed 's/^ *PgpSr.Gpu.Tests *//'
    # What skips everything proves nothing.
    [[ $sum =~ Total:\ ([0-9]+).*Skipped:\ ([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -gt "${BASH_REMATCH[2]}" ] || { echo "no test ran ($sum)"; exit 1; }
    exit $code
}
measure() { # groups, options
    "$bench" device --device "$device" --out "$out/$only" ${small:+--dry} --only "$@" || exit $?
    echo "$(grep -c '"op"' "$out/$only/gpu.jsonl") lines in $only/gpu.jsonl"
}
picture() { # name, arguments
    "$pgpsr" upscale "$root/picture.png" -o "$out/pictures/$1.png" --quiet --seed 1 "${@:2}" || exit $?
}
decibels() { "$pgpsr" compare "$out/pictures/$1.png" "$out/pictures/$2.png" --json --html "$out/pictures/$2.html" | sed -n 's/.*"psnr-y":\([0-9.]*\).*/\1/p' | tail -1; }
milliseconds() { local begun=$(date +%s%N); "$@" || exit $?; echo $((($(date +%s%N) - begun) / 1000000)); }

machine() {
    uname -srm; grep -m1 'model name' /proc/cpuinfo; nproc; free -m 2> /dev/null | sed -n 2p
    nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,power.limit --format=csv 2> /dev/null || echo 'no nvidia-smi'
    [ -n "$python" ] && "$python" -c 'import importlib.metadata; print("PyTorch", importlib.metadata.version("torch"))' || echo 'no PyTorch'
    "$pgpsr" --version; "$pgpsr" devices || exit 1
    echo "$device"
}
conformance-f32() { suite -class "*.$(api)*" -class- '*Half*'; }
conformance-f16() { suite -class "*.$(api)Half*" -class "*.$(api)TensorCoresHalf*" -class '*.HalfStorage*' -class- '*Simulated*'; }
golden-networks() { suite -class "*.GoldenNetwork$(api)*" -class "*.CompiledBytes*" -class "*.Queue*" -class "*.Interruption*" -class- '*Simulated*'; }
pictures() {
    mkdir -p "$out/pictures"
    local said='' model text
    for model in pgp-s1-x4 pgp-s1-x2 pgp-s1-x4-vivid; do
        picture "$model-cpu" --model "$model" --device cpu
        picture "$model-f32" --model "$model" --device "gpu:$device" --precision f32
        picture "$model-default" --model "$model" --device "gpu:$device"
        picture "$model-f16" --model "$model" --device "gpu:$device" --activations f16
        for text in f32:80 default:45 f16:45; do
            local found; found=$(decibels "$model-cpu" "$model-${text%:*}")
            said+="$model ${text%:*} ${found:-equal} dB; "
            # Equal pictures have no number.
            awk -v found="${found:-inf}" -v least="${text#*:}" 'BEGIN { exit !(found == "inf" || found + 0 >= least) }' || { echo "below ${text#*:} dB: $said"; exit 1; }
        done
    done
    echo "${said%; }"
}
check() { measure check; }
kernels() { measure linear,conv,attention,memory,fft ${python:+--python "$python"}; }
networks() {
    local watch=''
    if command -v nvidia-smi > /dev/null; then nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits -lms 200 > "$out/memory.txt" 2> /dev/null & watch=$!; fi
    measure networks ${python:+--python "$python"}
    if [ -n "$watch" ]; then kill "$watch"; echo "at most $(sort -n "$out/memory.txt" | tail -1) MiB of the device used, by everyone"; fi
}
warm-up() {
    mkdir -p "$out/pictures"
    export CUDA_CACHE_PATH="$out/cache-cuda" POCL_CACHE_DIR="$out/cache-pocl"
    local said='' i ways
    for i in 1 2 3; do
        rm -rf "$CUDA_CACHE_PATH" "$POCL_CACHE_DIR"
        mkdir -p "$CUDA_CACHE_PATH" "$POCL_CACHE_DIR"
        said+="first $(milliseconds picture warm --device "gpu:$device") ms, again $(milliseconds picture warm --device "gpu:$device") ms; "
    done
    for ways in compiled ilgpu; do
        rm -rf "$CUDA_CACHE_PATH" "$POCL_CACHE_DIR"
        mkdir -p "$CUDA_CACHE_PATH" "$POCL_CACHE_DIR"
        for i in 1 2; do "$bench" device --device "$device" --out "$out/$only/$ways-$i" --only warmup ${small:+--dry} $([ $ways = compiled ] || echo --ilgpu) || exit $?; done
    done
    echo "native program to picture, caches of the driver empty and full: ${said%; }"
}
two-programs() {
    mkdir -p "$out/pictures"
    picture one --device "gpu:$device" & local first=$!
    picture two --device "gpu:$device" && wait $first || exit 1
    cmp "$out/pictures/one.png" "$out/pictures/two.png" && echo "two programs at once: the same picture"
}
out-of-memory() {
    # A budget that no tile fits: a typed error, one line.
    "$pgpsr" upscale "$root/picture.png" -o "$out/none.png" --quiet --device "gpu:$device" --memory 1MB
    local code=$?
    [ $code = 5 ] && [ ! -e "$out/none.png" ] || { echo "exit code $code instead of 5"; exit 1; }
    echo "1 MB of device memory: refused with exit code 5"
}
sanitizer() {
    local tool; tool=$(command -v compute-sanitizer || ls /usr/local/cuda*/bin/compute-sanitizer 2> /dev/null | head -1)
    [ -n "$tool" ] || absent 'no compute-sanitizer'
    [[ $device == cuda:* ]] || absent 'not a CUDA device'
    local check
    for check in memcheck racecheck; do
        "$tool" --tool $check --error-exitcode 9 --target-processes all "$bench" device --device "$device" --dry --out "$out/$only" --only linear,conv,attention --products tensorcores || exit $?
    done
    echo "memcheck and racecheck of tensor-core kernels: nothing found"
}

if [ -n "$only" ]; then "$only"; exit $?; fi

[ -x "$pgpsr" ] || tar -C "$here" -xzf "$here/device.tar.gz" || exit 3
if [ -z "$device" ]; then
    devices=$("$pgpsr" devices --json | grep '"usable":true')
    device=$(grep -oE '\(cuda:[0-9]+\)' <<< "$devices" | head -1 | tr -d '()')
    [ -n "$device" ] || device=$(grep -oE '\(opencl:[0-9]+\)' <<< "$devices" | head -1 | tr -d '()')
    [ -n "$device" ] || { "$pgpsr" devices; echo "device-run: no device" >&2; exit 3; }
fi
steps=$out/steps.jsonl
touch "$steps"
record() { # step, status, seconds, what it said
    local text; text=$(printf '%s' "$4" | tr -d '\000-\037' | sed 's/\\/\\\\/g; s/"/\\"/g' | cut -c1-600)
    printf '{"step":"%s","device":"%s","status":"%s","seconds":%d,"said":"%s"}\n' "$1" "$device" "$2" "$3" "$text" >> "$steps"
    sync "$steps" 2> /dev/null
    printf '%-16s %-8s %4d s  %s\n' "$1" "$2" "$3" "$4"
}
# By worth: what comes too late in a short run is worth least.
for entry in machine:20 pictures:60 conformance-f32:110 golden-networks:90 check:30 kernels:150 networks:120 warm-up:60 conformance-f16:80 two-programs:20 \
    out-of-memory:10 sanitizer:80; do
    step=${entry%:*} limit=${entry#*:}
    if grep -qE "^\{\"step\":\"$step\",\"device\":\"$device\",\"status\":\"(right|wrong|absent)\"" "$steps"; then echo "$step has its answer"; continue; fi
    left=$((budget - SECONDS))
    if [ $left -lt 10 ]; then record "$step" unreached 0 "the run's $budget seconds are over"; continue; fi
    [ "$limit" -lt "$left" ] || limit=$left
    begun=$SECONDS
    timeout -k 5 "$limit" bash "$0" --step "$step" --device "$device" --out "$out" $small > "$out/$step.log" 2>&1
    case $? in 0) status=right ;; $Absent) status=absent ;; 124 | 137) status=timeout ;; *) status=wrong ;; esac
    record "$step" $status $((SECONDS - begun)) "$(tail -1 "$out/$step.log")"
done
! grep -qE '"status":"(wrong|timeout|unreached)"' <(tac "$steps" | awk -F'"' '!seen[$4]++')
