using System.Collections.Concurrent;
using System.Text;
using ILGPU.Runtime;

namespace PgpSr.Gpu;

/// <summary>
/// A device through NVIDIA's driver, with kernels that were compiled to PTX beforehand. The driver compiles them on and keeps what it made.
/// </summary>
sealed unsafe class CudaDriver : DeviceDriver
{
    // Numbers of the driver API: options of a module's loading.
    const int ErrorLogBuffer = 5, ErrorLogBytes = 6;

    const int LogBytes = 8 << 10;

    readonly NvidiaDevice _device;
    readonly IntPtr _context;
    readonly MadeOnce<IntPtr>[] _kernels;
    readonly ConcurrentBag<IntPtr> _modules = [];
    volatile bool _released;

    public CudaDriver(CudaFunctions cuda, NvidiaDevice device)
    {
        Functions = cuda;
        _device = device;
        _kernels = [.. CompiledKernels.All.Select(kernel => new MadeOnce<IntPtr>(() => Load(kernel.Name, kernel.EntryPoint, kernel.Ptx.Span)))];
        IntPtr context;
        cuda.Check(cuda.PrimaryContextRetain(&context, device.Handle), "cuDevicePrimaryCtxRetain");
        _context = context;
    }

    public CudaFunctions Functions { get; }

    public override int MaxGroupSize => _device.MaxGroupSize;

    public override int Multiprocessors => _device.Multiprocessors;

    /// <summary>Makes the device this thread's.</summary>
    public void Bind() => Functions.Check(Functions.SetCurrent(_context), "cuCtxSetCurrent");

    public override MemoryBuffer Allocate(long bytes)
    {
        Bind();
        ulong address;
        Functions.Check(Functions.MemAlloc(&address, (nuint)bytes), "cuMemAlloc");
        return new DriverBuffer((IntPtr)(void*)address, bytes, handle =>
        {
            // The context's memory went with it, and another backend's may lie at the address since.
            if (_released) return;
            // A lost device has nothing to free: the results are not read.
            _ = Functions.SetCurrent(_context);
            _ = Functions.MemFree((ulong)(void*)handle);
        });
    }

    public override DriverQueue CreateQueue()
    {
        Bind();
        IntPtr stream;
        Functions.Check(Functions.StreamCreate(&stream, 0), "cuStreamCreate");
        return new CudaQueue(this, stream);
    }

    public override void Compile<TKernel>() => Kernel<TKernel>();

    public IntPtr Kernel<TKernel>()
        where TKernel : struct, IKernel => _kernels[CompiledKernels.IndexOf<TKernel>()].Value;

    public override IntPtr LoadPtx(string name, string text)
    {
        try
        {
            return Load(name, name, Encoding.ASCII.GetBytes(text + '\0'));
        }
        catch (DriverCallException e) when (DriverErrors.FailureOf(e) == GpuFailure.DriverError)
        {
            Throw.PtxRefused(_device.Name, name, e.Error, e.Message);
            throw;
        }
    }

    public override void Dispose()
    {
        _ = Functions.SetCurrent(_context);
        foreach (var module in _modules) _ = Functions.ModuleUnload(module);
        _released = true;
        _ = Functions.PrimaryContextRelease(_device.Handle);
    }

    // The text ends with a zero.
    IntPtr Load(string name, string entryPoint, ReadOnlySpan<byte> text)
    {
        Bind();
        IntPtr module, function;
        byte[] log = new byte[LogBytes];
        int* options = stackalloc int[2] { ErrorLogBuffer, ErrorLogBytes };
        void** values = stackalloc void*[2];
        int result;
        fixed (byte* source = text)
        fixed (byte* to = log)
        {
            values[0] = to;
            values[1] = (void*)LogBytes;
            result = Functions.ModuleLoadData(&module, source, 2, options, values);
        }
        Functions.Check(result, $"cuModuleLoadDataEx of {name}", Encoding.UTF8.GetString(log).Split('\0')[0]);
        _modules.Add(module);
        fixed (byte* entry = Encoding.ASCII.GetBytes(entryPoint + '\0'))
            Functions.Check(Functions.ModuleGetFunction(&function, module, entry), $"cuModuleGetFunction of {name}");
        return function;
    }
}
