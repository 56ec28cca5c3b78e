using System.Runtime.InteropServices;

namespace PgpSr.Gpu.Tests;

/// <summary>
/// NVIDIA's driver as <see cref="FakeOpenCl"/> is OpenCL's: it computes nothing, notes what is asked of it, and fails as it is told.
/// </summary>
static unsafe class FakeCuda
{
    /// <summary>What goes wrong.</summary>
    public sealed record Behavior
    {
        public int Version { get; init; } = 12040;

        public int Capability { get; init; } = 90;

        /// <summary>The function that fails.</summary>
        public string? Failing { get; init; }

        /// <summary>Its result.</summary>
        public int Error { get; init; }
    }

    static Behavior s_behavior = new();

    /// <summary>Memory, streams, modules and contexts that were taken and not given back.</summary>
    public static int Objects;

    /// <summary>The arguments of the last launch: the block of the kernel's fields.</summary>
    public static byte[] LastArguments { get; private set; } = [];

    /// <summary>The texts that were loaded.</summary>
    public static List<string> Texts { get; } = [];

    /// <summary>How many bytes of arguments a launch is read for.</summary>
    public static int ArgumentBytes { get; set; }

    public static CudaFunctions With(Behavior behavior)
    {
        s_behavior = behavior;
        Texts.Clear();
        return new CudaFunctions
        {
            Init = &Init,
            DriverGetVersion = &DriverGetVersion,
            GetErrorName = &GetErrorName,
            DeviceGetCount = &DeviceGetCount,
            DeviceGet = &DeviceGet,
            DeviceGetName = &DeviceGetName,
            DeviceTotalMem = &DeviceTotalMem,
            DeviceGetAttribute = &DeviceGetAttribute,
            PrimaryContextRetain = &Retain,
            PrimaryContextRelease = &ReleaseContext,
            SetCurrent = &SetCurrent,
            MemAlloc = &MemAlloc,
            MemFree = &MemFree,
            MemAllocHost = &MemAllocHost,
            MemFreeHost = &MemFreeHost,
            StreamCreate = &StreamCreate,
            StreamDestroy = &Release,
            StreamSynchronize = &Synchronize,
            CopyToDevice = &CopyToDevice,
            CopyToHost = &CopyToHost,
            CopyOnDevice = &CopyOnDevice,
            ModuleLoadData = &ModuleLoadData,
            ModuleUnload = &Release,
            ModuleGetFunction = &GetFunction,
            LaunchKernel = &Launch,
        };
    }

    /// <summary>It goes wrong from now on.</summary>
    public static void Fail(string function, int error) => s_behavior = s_behavior with { Failing = function, Error = error };

    static int Result(string function) => s_behavior.Failing == function ? s_behavior.Error : 0;

    static int Take(string function)
    {
        int result = Result(function);
        if (result == 0) Interlocked.Increment(ref Objects);
        return result;
    }

    static int GiveBack()
    {
        Interlocked.Decrement(ref Objects);
        return 0;
    }

    [UnmanagedCallersOnly]
    static int Init(uint flags) => Result("cuInit");

    [UnmanagedCallersOnly]
    static int DriverGetVersion(int* version)
    {
        *version = s_behavior.Version;
        return 0;
    }

    [UnmanagedCallersOnly]
    static int GetErrorName(int error, byte** name)
    {
        // Literals in the assembly's data stay where they are.
        ReadOnlySpan<byte> text = error switch
        {
            2 => "CUDA_ERROR_OUT_OF_MEMORY\0"u8,
            46 => "CUDA_ERROR_DEVICE_UNAVAILABLE\0"u8,
            700 => "CUDA_ERROR_ILLEGAL_ADDRESS\0"u8,
            222 => "CUDA_ERROR_UNSUPPORTED_PTX_VERSION\0"u8,
            _ => default,
        };
        if (text.IsEmpty) return 1;
        *name = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(text));
        return 0;
    }

    [UnmanagedCallersOnly]
    static int DeviceGetCount(int* count)
    {
        *count = 1;
        return 0;
    }

    [UnmanagedCallersOnly]
    static int DeviceGet(int* device, int index)
    {
        *device = index;
        return 0;
    }

    [UnmanagedCallersOnly]
    static int DeviceGetName(byte* name, int size, int device)
    {
        "a fake GPU\0"u8.CopyTo(new Span<byte>(name, size));
        return 0;
    }

    [UnmanagedCallersOnly]
    static int DeviceTotalMem(nuint* bytes, int device)
    {
        *bytes = 1 << 30;
        return 0;
    }

    [UnmanagedCallersOnly]
    static int DeviceGetAttribute(int* value, int which, int device)
    {
        *value = which switch { 1 => 1024, 16 => 108, 75 => s_behavior.Capability / 10, 76 => s_behavior.Capability % 10, _ => 0 };
        return 0;
    }

    [UnmanagedCallersOnly]
    static int Retain(IntPtr* context, int device)
    {
        *context = 1;
        return Take("cuDevicePrimaryCtxRetain");
    }

    [UnmanagedCallersOnly]
    static int ReleaseContext(int device) => GiveBack();

    [UnmanagedCallersOnly]
    static int SetCurrent(IntPtr context) => Result("cuCtxSetCurrent");

    [UnmanagedCallersOnly]
    static int MemAlloc(ulong* address, nuint bytes)
    {
        int result = Take("cuMemAlloc");
        *address = result == 0 ? (ulong)NativeMemory.AllocZeroed(bytes) : 0;
        return result;
    }

    [UnmanagedCallersOnly]
    static int MemFree(ulong address)
    {
        NativeMemory.Free((void*)address);
        return GiveBack();
    }

    [UnmanagedCallersOnly]
    static int MemAllocHost(void** memory, nuint bytes)
    {
        int result = Take("cuMemAllocHost");
        *memory = result == 0 ? NativeMemory.AllocZeroed(bytes) : null;
        return result;
    }

    [UnmanagedCallersOnly]
    static int MemFreeHost(void* memory)
    {
        NativeMemory.Free(memory);
        return GiveBack();
    }

    [UnmanagedCallersOnly]
    static int StreamCreate(IntPtr* stream, uint flags)
    {
        *stream = 2;
        return Take("cuStreamCreate");
    }

    [UnmanagedCallersOnly]
    static int Release(IntPtr handle) => GiveBack();

    [UnmanagedCallersOnly]
    static int Synchronize(IntPtr stream) => Result("cuStreamSynchronize");

    [UnmanagedCallersOnly]
    static int CopyToDevice(ulong to, void* from, nuint bytes, IntPtr stream)
    {
        NativeMemory.Copy(from, (void*)to, bytes);
        return Result("cuMemcpyHtoDAsync");
    }

    [UnmanagedCallersOnly]
    static int CopyToHost(void* to, ulong from, nuint bytes, IntPtr stream)
    {
        NativeMemory.Copy((void*)from, to, bytes);
        return Result("cuMemcpyDtoHAsync");
    }

    [UnmanagedCallersOnly]
    static int CopyOnDevice(ulong to, ulong from, nuint bytes, IntPtr stream)
    {
        NativeMemory.Copy((void*)from, (void*)to, bytes);
        return Result("cuMemcpyDtoDAsync");
    }

    [UnmanagedCallersOnly]
    static int ModuleLoadData(IntPtr* module, void* text, uint count, int* options, void** values)
    {
        *module = 3;
        lock (Texts) Texts.Add(Marshal.PtrToStringAnsi((IntPtr)text)!);
        int result = Take("cuModuleLoadDataEx");
        // Options as the driver reads them: the buffer, then its length.
        if (result != 0 && count == 2 && options[0] == 5 && options[1] == 6)
            "line 7: not understood\0"u8.CopyTo(new Span<byte>(values[0], (int)values[1]));
        return result;
    }

    [UnmanagedCallersOnly]
    static int GetFunction(IntPtr* function, IntPtr module, byte* name)
    {
        *function = 4;
        return Result("cuModuleGetFunction");
    }

    [UnmanagedCallersOnly]
    static int Launch(
        IntPtr function, uint gridX, uint gridY, uint gridZ, uint groupX, uint groupY, uint groupZ, uint shared, IntPtr stream, void** arguments,
        void** extra)
    {
        LastArguments = new ReadOnlySpan<byte>(arguments[0], ArgumentBytes).ToArray();
        return Result("cuLaunchKernel");
    }
}
