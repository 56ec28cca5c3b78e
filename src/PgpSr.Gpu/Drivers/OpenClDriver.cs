using System.Text;
using ILGPU.Runtime;

namespace PgpSr.Gpu;

/// <summary>A device through OpenCL's own functions, with kernels that were compiled to OpenCL C beforehand.</summary>
sealed unsafe class OpenClDriver : DeviceDriver
{
    // Values of the specification.
    const ulong ReadWrite = 1;
    const uint BuildLog = 0x1183;
    const int ContextPlatform = 0x1084;

    readonly OpenClDevice _device;
    readonly MadeOnce<OpenClKernel>[] _kernels;

    public OpenClDriver(OpenClFunctions cl, OpenClDevice device)
    {
        Functions = cl;
        _device = device;
        _kernels = [.. CompiledKernels.All.Select(kernel => new MadeOnce<OpenClKernel>(() => Build(kernel)))];
        IntPtr* properties = stackalloc IntPtr[3] { (IntPtr)ContextPlatform, device.Platform, IntPtr.Zero };
        IntPtr handle = device.Handle;
        int result;
        Context = cl.CreateContext(properties, 1, &handle, IntPtr.Zero, null, &result);
        OpenClError.Check(result, "clCreateContext");
    }

    public OpenClFunctions Functions { get; }

    public IntPtr Context { get; }

    /// <summary>Held from the first argument of a kernel to its launch: the kernel object carries them, and backends share it.</summary>
    public Lock LaunchLock { get; } = new();

    public override int MaxGroupSize => _device.MaxGroupSize;

    public override int Multiprocessors => _device.ComputeUnitCount;

    public override MemoryBuffer Allocate(long bytes)
    {
        int result;
        IntPtr memory = Functions.CreateBuffer(Context, ReadWrite, (nuint)bytes, null, &result);
        OpenClError.Check(result, "clCreateBuffer");
        return new DriverBuffer(memory, bytes, handle => _ = Functions.ReleaseMemObject(handle));
    }

    public override DriverQueue CreateQueue()
    {
        int result;
        IntPtr queue = Functions.CreateCommandQueueWithProperties(Context, _device.Handle, null, &result);
        OpenClError.Check(result, "clCreateCommandQueueWithProperties");
        return new OpenClQueue(this, queue);
    }

    public override void Compile<TKernel>() => Kernel<TKernel>();

    public OpenClKernel Kernel<TKernel>()
        where TKernel : struct, IKernel => _kernels[CompiledKernels.IndexOf<TKernel>()].Value;

    public override void Dispose()
    {
        foreach (var kernel in _kernels)
        {
            if (!kernel.IsMade) continue;
            _ = Functions.ReleaseKernel(kernel.Value.Handle);
            _ = Functions.ReleaseProgram(kernel.Value.Program);
        }
        _ = Functions.ReleaseContext(Context);
    }

    OpenClKernel Build(CompiledKernel kernel)
    {
        int result;
        IntPtr device = _device.Handle, program;
        var text = kernel.OpenCl;
        fixed (byte* source = text.Span)
        {
            byte* at = source;
            nuint length = (nuint)text.Length;
            program = Functions.CreateProgramWithSource(Context, 1, &at, &length, &result);
        }
        OpenClError.Check(result, "clCreateProgramWithSource");
        fixed (byte* options = Terminated(_device.LanguageOption)) result = Functions.BuildProgram(program, 1, &device, options, IntPtr.Zero, null);
        if (result != 0)
        {
            string log = Log(program);
            _ = Functions.ReleaseProgram(program);
            throw new DriverCallException($"clBuildProgram of {kernel.Name}", OpenClError.Name(result), log);
        }
        IntPtr handle;
        fixed (byte* name = Terminated(kernel.EntryPoint)) handle = Functions.CreateKernel(program, name, &result);
        if (result != 0) _ = Functions.ReleaseProgram(program);
        OpenClError.Check(result, $"clCreateKernel of {kernel.Name}");
        return new OpenClKernel(kernel, program, handle);
    }

    string Log(IntPtr program)
    {
        nuint bytes;
        if (Functions.GetProgramBuildInfo(program, _device.Handle, BuildLog, 0, null, &bytes) != 0 || bytes > 1 << 20) return "";
        byte[] text = new byte[(int)bytes];
        fixed (byte* to = text) _ = Functions.GetProgramBuildInfo(program, _device.Handle, BuildLog, bytes, to, null);
        return Encoding.UTF8.GetString(text).Trim('\0', ' ', '\n');
    }

    static byte[] Terminated(string text) => Encoding.ASCII.GetBytes(text + '\0');
}

/// <summary>A kernel that the driver has built.</summary>
sealed record OpenClKernel(CompiledKernel Source, IntPtr Program, IntPtr Handle);
