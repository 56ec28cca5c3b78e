using System.Runtime.InteropServices;
using System.Text;

namespace PgpSr.Gpu.Tests;

/// <summary>
/// A driver that computes nothing and fails as it is told: one platform, one device, memory of this process. Its state is of the process, so its
/// tests run one after the other.
/// </summary>
static unsafe class FakeOpenCl
{
    /// <summary>What goes wrong.</summary>
    public sealed record Behavior
    {
        /// <summary>The result of the listing of platforms.</summary>
        public int Platforms { get; init; }

        public string Version { get; init; } = "OpenCL 3.0 fake";

        public string Language { get; init; } = "OpenCL C 1.2 fake";

        public uint GenericAddressSpace { get; init; } = 1;

        public ulong LocalMemory { get; init; } = 48 << 10;

        /// <summary>The function that fails.</summary>
        public string? Failing { get; init; }

        /// <summary>Its result.</summary>
        public int Error { get; init; }
    }

    static readonly IntPtr s_device = 2;
    static Behavior s_behavior = new();

    /// <summary>Blocks of memory that were taken and not given back.</summary>
    public static int Blocks;

    /// <summary>Contexts, queues, programs and kernels likewise.</summary>
    public static int Objects;

    public static OpenClFunctions With(Behavior behavior)
    {
        s_behavior = behavior;
        return new OpenClFunctions
        {
            GetPlatformIDs = &GetPlatformIDs,
            GetPlatformInfo = &GetPlatformInfo,
            GetDeviceIDs = &GetDeviceIDs,
            GetDeviceInfo = &GetDeviceInfo,
            CreateContext = &CreateContext,
            ReleaseContext = &Release,
            CreateCommandQueueWithProperties = &CreateQueue,
            ReleaseCommandQueue = &Release,
            CreateBuffer = &CreateBuffer,
            ReleaseMemObject = &ReleaseBuffer,
            CreateProgramWithSource = &CreateProgram,
            BuildProgram = &BuildProgram,
            GetProgramBuildInfo = &GetBuildInfo,
            ReleaseProgram = &Release,
            CreateKernel = &CreateKernel,
            ReleaseKernel = &Release,
            SetKernelArg = &SetKernelArg,
            EnqueueNDRangeKernel = &Launch,
            EnqueueWriteBuffer = &Write,
            EnqueueReadBuffer = &Read,
            EnqueueCopyBuffer = &Copy,
            Finish = &Finish,
        };
    }

    /// <summary>It goes wrong from now on.</summary>
    public static void Fail(string function, int error) => s_behavior = s_behavior with { Failing = function, Error = error };

    static int Result(string function) => s_behavior.Failing == function ? s_behavior.Error : 0;

    static IntPtr Made(string function, int* result)
    {
        *result = Result(function);
        if (*result != 0) return IntPtr.Zero;
        Interlocked.Increment(ref Objects);
        return 3;
    }

    static int Answer(ReadOnlySpan<byte> value, nuint size, void* to, nuint* needed)
    {
        if (needed != null) *needed = (nuint)value.Length;
        if (to != null && size >= (nuint)value.Length) value.CopyTo(new Span<byte>(to, value.Length));
        return 0;
    }

    [UnmanagedCallersOnly]
    static int GetPlatformIDs(uint entries, IntPtr* platforms, uint* count)
    {
        if (platforms != null && entries > 0) platforms[0] = 1;
        if (count != null) *count = 1;
        return s_behavior.Platforms;
    }

    [UnmanagedCallersOnly]
    static int GetPlatformInfo(IntPtr platform, uint info, nuint size, void* value, nuint* needed) => Answer("fake\0"u8, size, value, needed);

    [UnmanagedCallersOnly]
    static int GetDeviceIDs(IntPtr platform, ulong type, uint entries, IntPtr* devices, uint* count)
    {
        devices[0] = s_device;
        *count = 1;
        return Result("clGetDeviceIDs");
    }

    [UnmanagedCallersOnly]
    static int GetDeviceInfo(IntPtr device, uint info, nuint size, void* value, nuint* needed) => info switch
    {
        0x1000 => Answer(BitConverter.GetBytes(4UL), size, value, needed),
        0x1002 => Answer(BitConverter.GetBytes(8u), size, value, needed),
        0x1004 => Answer(BitConverter.GetBytes(256UL), size, value, needed),
        0x101f => Answer(BitConverter.GetBytes(1UL << 30), size, value, needed),
        0x1023 => Answer(BitConverter.GetBytes(s_behavior.LocalMemory), size, value, needed),
        0x1026 or 0x1027 => Answer(BitConverter.GetBytes(1u), size, value, needed),
        0x102b => Answer("a fake device\0"u8, size, value, needed),
        0x102f => Answer(Encoding.ASCII.GetBytes(s_behavior.Version + '\0'), size, value, needed),
        0x1030 => Answer("\0"u8, size, value, needed),
        0x103d => Answer(Encoding.ASCII.GetBytes(s_behavior.Language + '\0'), size, value, needed),
        0x1069 => Answer(BitConverter.GetBytes(s_behavior.GenericAddressSpace), size, value, needed),
        _ => -30,
    };

    [UnmanagedCallersOnly]
    static IntPtr CreateContext(IntPtr* properties, uint count, IntPtr* devices, IntPtr callback, void* user, int* result) =>
        Made("clCreateContext", result);

    [UnmanagedCallersOnly]
    static IntPtr CreateQueue(IntPtr context, IntPtr device, ulong* properties, int* result) => Made("clCreateCommandQueueWithProperties", result);

    [UnmanagedCallersOnly]
    static IntPtr CreateProgram(IntPtr context, uint count, byte** texts, nuint* lengths, int* result) => Made("clCreateProgramWithSource", result);

    [UnmanagedCallersOnly]
    static IntPtr CreateKernel(IntPtr program, byte* name, int* result) => Made("clCreateKernel", result);

    [UnmanagedCallersOnly]
    static int Release(IntPtr handle)
    {
        Interlocked.Decrement(ref Objects);
        return 0;
    }

    [UnmanagedCallersOnly]
    static IntPtr CreateBuffer(IntPtr context, ulong flags, nuint bytes, void* host, int* result)
    {
        *result = Result("clCreateBuffer");
        if (*result != 0) return IntPtr.Zero;
        Interlocked.Increment(ref Blocks);
        return (IntPtr)NativeMemory.AllocZeroed(bytes);
    }

    [UnmanagedCallersOnly]
    static int ReleaseBuffer(IntPtr memory)
    {
        Interlocked.Decrement(ref Blocks);
        NativeMemory.Free((void*)memory);
        return 0;
    }

    [UnmanagedCallersOnly]
    static int BuildProgram(IntPtr program, uint count, IntPtr* devices, byte* options, IntPtr callback, void* user) => Result("clBuildProgram");

    [UnmanagedCallersOnly]
    static int GetBuildInfo(IntPtr program, IntPtr device, uint info, nuint size, void* value, nuint* needed) =>
        Answer("line 7: not understood\0"u8, size, value, needed);

    [UnmanagedCallersOnly]
    static int SetKernelArg(IntPtr kernel, uint index, nuint size, void* value) => Result("clSetKernelArg");

    [UnmanagedCallersOnly]
    static int Launch(
        IntPtr queue, IntPtr kernel, uint dimensions, nuint* offset, nuint* global, nuint* local, uint count, IntPtr* wait, IntPtr* done) =>
        Result("clEnqueueNDRangeKernel");

    [UnmanagedCallersOnly]
    static int Write(IntPtr queue, IntPtr memory, uint blocking, nuint offset, nuint size, void* from, uint count, IntPtr* wait, IntPtr* done)
    {
        NativeMemory.Copy(from, (byte*)memory + offset, size);
        return Result("clEnqueueWriteBuffer");
    }

    [UnmanagedCallersOnly]
    static int Read(IntPtr queue, IntPtr memory, uint blocking, nuint offset, nuint size, void* to, uint count, IntPtr* wait, IntPtr* done)
    {
        NativeMemory.Copy((byte*)memory + offset, to, size);
        return Result("clEnqueueReadBuffer");
    }

    [UnmanagedCallersOnly]
    static int Copy(
        IntPtr queue, IntPtr from, IntPtr to, nuint fromOffset, nuint toOffset, nuint size, uint count, IntPtr* wait, IntPtr* done)
    {
        NativeMemory.Copy((byte*)from + fromOffset, (byte*)to + toOffset, size);
        return Result("clEnqueueCopyBuffer");
    }

    [UnmanagedCallersOnly]
    static int Finish(IntPtr queue) => Result("clFinish");
}
