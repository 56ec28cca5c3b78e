#!/usr/bin/env bash
# What the program says where a GPU's driver is missing, old, or fails: every failure is one line with the exit code of its kind and leaves no picture, or
# is the fallback that the command line allows.
#
#   tools/build/fake-driver-runs.sh PGPSR        the native program, or 'dotnet PATH/pgpsr.dll'
#
# The driver is a library of its own that is compiled here, takes CUDA's calls, computes nothing and fails as the environment tells it.
set -euo pipefail
pgpsr=$*
picture=$(realpath "$(dirname "$0")/package-sample/picture.png")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir none new old

# FAKE_FAIL is FUNCTION:ERROR:CALLS, the calls that still succeed. FAKE_LOCK names a file that whoever uses the device holds. FAKE_SLOW makes every wait long.
cat > cuda.c <<'C'
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
static int result(const char *function)
{
    static int calls;
    const char *fail = getenv("FAKE_FAIL");
    size_t n = strlen(function);
    if (!fail || strncmp(fail, function, n) || fail[n] != ':') return 0;
    const char *error = fail + n + 1, *allowed = strchr(error, ':');
    return __atomic_fetch_add(&calls, 1, __ATOMIC_SEQ_CST) < (allowed ? atoi(allowed + 1) : 0) ? 0 : atoi(error);
}
static int number(const char *name, int otherwise) { const char *text = getenv(name); return text ? atoi(text) : otherwise; }
int cuInit(unsigned flags) { return result("cuInit"); }
int cuDriverGetVersion(int *version) { *version = number("FAKE_VERSION", 12040); return 0; }
int cuGetErrorName(int error, const char **name)
{
    *name = error == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : error == 46 ? "CUDA_ERROR_DEVICE_UNAVAILABLE" : error == 100 ? "CUDA_ERROR_NO_DEVICE"
        : error == 700 ? "CUDA_ERROR_ILLEGAL_ADDRESS" : error == 214 ? "CUDA_ERROR_ECC_UNCORRECTABLE" : 0;
    return *name ? 0 : 1;
}
int cuDeviceGetCount(int *count) { *count = number("FAKE_COUNT", 1); return 0; }
int cuDeviceGet(int *device, int index) { *device = index; return 0; }
int cuDeviceGetName(char *name, int length, int device) { strncpy(name, "Fake GPU", length); return 0; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = 8ull << 30; return 0; }
int cuDeviceGetAttribute(int *value, int which, int device)
{
    int capability = number("FAKE_CAPABILITY", 90);
    *value = which == 1 ? 1024 : which == 16 ? 4 : which == 75 ? capability / 10 : which == 76 ? capability % 10 : 0;
    return 0;
}
int cuDevicePrimaryCtxRetain(void **context, int device)
{
    const char *lock = getenv("FAKE_LOCK");
    if (lock && flock(open(lock, O_CREAT | O_RDWR, 0600), LOCK_EX | LOCK_NB)) return 46;
    *context = &cuInit;
    return result("cuDevicePrimaryCtxRetain");
}
#ifndef OLD
int cuDevicePrimaryCtxRelease_v2(int device) { return 0; }
#endif
int cuCtxSetCurrent(void *context) { return 0; }
int cuMemAlloc_v2(uint64_t *address, size_t bytes)
{
    int error = result("cuMemAlloc");
    if (!error) *address = (uint64_t)calloc(bytes, 1);
    return error;
}
int cuMemFree_v2(uint64_t address) { free((void *)address); return 0; }
int cuMemAllocHost_v2(void **memory, size_t bytes) { *memory = calloc(bytes, 1); return 0; }
int cuMemFreeHost(void *memory) { free(memory); return 0; }
int cuStreamCreate(void **stream, unsigned flags) { *stream = malloc(1); return 0; }
int cuStreamDestroy_v2(void *stream) { free(stream); return 0; }
int cuStreamSynchronize(void *stream) { sleep(number("FAKE_SLOW", 0)); return result("cuStreamSynchronize"); }
int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, void *stream) { memcpy((void *)to, from, bytes); return result("cuMemcpyHtoDAsync"); }
int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, void *stream) { memcpy(to, (void *)from, bytes); return result("cuMemcpyDtoHAsync"); }
int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void *stream) { memcpy((void *)to, (void *)from, bytes); return 0; }
int cuModuleLoadDataEx(void **module, const void *text, unsigned options, int *names, void **values) { *module = malloc(1); return result("cuModuleLoadDataEx"); }
int cuModuleUnload(void *module) { free(module); return 0; }
int cuModuleGetFunction(void **function, void *module, const char *name) { *function = module; return 0; }
int cuLaunchKernel(void *function, unsigned x, unsigned y, unsigned z, unsigned a, unsigned b, unsigned c, unsigned shared, void *stream, void **arguments, void **extra)
{
    return result("cuLaunchKernel");
}
C
cc -shared -fPIC -w -o new/libcuda.so.1 cuda.c
cc -shared -fPIC -w -DOLD -o old/libcuda.so.1 cuda.c

fail() { echo "fake driver: $1"; sed 's/^/    /' error.txt; exit 1; }
# run LIBRARY CODE TEXT [VARIABLE=VALUE...] -- ARGUMENTS: the exit code, and a single line on standard error that holds the text.
run() {
    local library=$1 code=$2 text=$3 variables=() found=0
    shift 3
    while [ "$1" != -- ]; do variables+=("$1"); shift; done
    shift
    rm -f out.png
    env "${variables[@]}" LD_LIBRARY_PATH="$folder/$library" $pgpsr upscale "$picture" -o out.png --quiet "$@" > output.txt 2> said.txt || found=$?
    # What a build for an older processor says of itself is another matter.
    grep -v "this build does not use the processor's" said.txt > error.txt || true
    [ "$found" = "$code" ] || fail "exit code $found instead of $code ($text)"
    grep -qF -- "$text" error.txt || fail "not said: $text"
    [ "$(grep -c . error.txt)" = 1 ] || fail "more than one line ($text)"
    [ "$code" = 0 ] || [ ! -e out.png ] || fail "a picture in spite of: $text"
    [ "$code" != 0 ] || [ -e out.png ] || fail "no picture ($text)"
    sed 's/^/  /' error.txt
}
gpu="--device gpu:cuda:0"

echo "no driver"
run none 6 "no NVIDIA driver" -- --device gpu
run none 0 "gpu is not used" -- --device gpu,cpu
echo "an old driver"
run old 6 "the NVIDIA driver does not respond" -- --device gpu
run new 6 "update the driver" FAKE_VERSION=10020 -- $gpu
echo "a device without what kernels need, or none"
run new 6 "compute capability 7.5 or higher is required" FAKE_CAPABILITY=61 -- $gpu
run new 6 "offers no device" FAKE_COUNT=0 -- $gpu
run new 6 "does not respond" FAKE_FAIL=cuInit:100 -- --device gpu
echo "out of memory, at once and in the middle"
run new 5 "does not have enough free memory" FAKE_FAIL=cuMemAlloc:2 -- $gpu
run new 5 "does not have enough free memory" FAKE_FAIL=cuMemAlloc:2:12 -- $gpu
echo "lost in the middle"
run new 6 "the device was lost" FAKE_FAIL=cuLaunchKernel:700:40 -- $gpu
run new 6 "the device was lost" FAKE_FAIL=cuStreamSynchronize:214:1 -- $gpu
echo "a driver that does not take the kernels"
run new 6 "the driver rejects the kernel" FAKE_FAIL=cuModuleLoadDataEx:222 -- $gpu
echo "another program has exclusive use of the device"
run new 6 "another program has exclusive use of the device" FAKE_FAIL=cuDevicePrimaryCtxRetain:46 -- $gpu
env FAKE_LOCK="$folder/lock" FAKE_SLOW=3 LD_LIBRARY_PATH="$folder/new" $pgpsr upscale "$picture" -o first.png --quiet $gpu > first.txt 2>&1 &
first=$!
for _ in $(seq 100); do [ -e lock ] && break; sleep 0.05; done
run new 6 "another program has exclusive use of the device" FAKE_LOCK="$folder/lock" -- $gpu
run new 0 "gpu is not used" FAKE_LOCK="$folder/lock" -- --device gpu:cuda:0,cpu
wait $first || { cat first.txt; echo "the first of two programs failed"; exit 1; }
echo "two programs share the device"
env LD_LIBRARY_PATH="$folder/new" $pgpsr upscale "$picture" -o first.png --quiet $gpu & first=$!
env LD_LIBRARY_PATH="$folder/new" $pgpsr upscale "$picture" -o second.png --quiet $gpu
wait $first
cmp first.png second.png
echo "every failure of a driver is one line"
