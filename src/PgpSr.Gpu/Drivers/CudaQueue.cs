using ILGPU;

namespace PgpSr.Gpu;

/// <summary>A stream of NVIDIA's driver.</summary>
sealed unsafe class CudaQueue(CudaDriver driver, IntPtr stream) : DriverQueue
{
    readonly CudaFunctions _cuda = driver.Functions;
    byte* _staging;

    public override void Launch<TKernel>(in TKernel kernel, int count, int groups, int threads) =>
        Launch(kernel, count, new Index3D(groups, 1, 1), new Index3D(threads, 1, 1));

    public override void Launch<TKernel>(in TKernel kernel, KernelConfig config) => Launch(kernel, 0, config.GridDim, config.GroupDim);

    public override void Launch(IntPtr function, Index3D grid, int threads, void** arguments)
    {
        driver.Bind();
        Launch(function, grid, new Index3D(threads, 1, 1), arguments, "our own PTX");
    }

    public override void Upload(byte* source, ArrayView<byte> destination)
    {
        driver.Bind();
        _cuda.Check(_cuda.CopyToDevice(Address(destination), source, (nuint)destination.Length, stream), "cuMemcpyHtoDAsync");
    }

    public override void Download(ArrayView<byte> source, byte* destination)
    {
        driver.Bind();
        _cuda.Check(_cuda.CopyToHost(destination, Address(source), (nuint)source.Length, stream), "cuMemcpyDtoHAsync");
    }

    public override void Copy(ArrayView<byte> source, ArrayView<byte> destination)
    {
        driver.Bind();
        _cuda.Check(_cuda.CopyOnDevice(Address(destination), Address(source), (nuint)source.Length, stream), "cuMemcpyDtoDAsync");
    }

    public override void Synchronize()
    {
        driver.Bind();
        _cuda.Check(_cuda.StreamSynchronize(stream), "cuStreamSynchronize");
    }

    // Page-locked memory is what makes a copy asynchronous.
    public override byte* Staging(int bytes)
    {
        if (_staging != null) return _staging;
        driver.Bind();
        void* memory;
        _cuda.Check(_cuda.MemAllocHost(&memory, (nuint)bytes), "cuMemAllocHost");
        return _staging = (byte*)memory;
    }

    public override void Dispose()
    {
        if (_staging != null) _ = _cuda.MemFreeHost(_staging);
        _staging = null;
        _ = _cuda.StreamDestroy(stream);
    }

    void Launch<TKernel>(in TKernel kernel, int count, Index3D grid, Index3D group)
        where TKernel : struct, IKernel
    {
        var function = driver.Kernel<TKernel>();
        var source = CompiledKernels.All[CompiledKernels.IndexOf<TKernel>()];
        source.CheckGroup(group.Size);
        Span<byte> block = stackalloc byte[source.ArgumentBytes];
        block.Clear();
        var fields = new KernelArguments(source.Fields, block, [], separateViews: false);
        kernel.Write(ref fields);
        fields.CheckComplete();
        driver.Bind();
        fixed (byte* bytes = block)
        {
            // A kernel over groups has no second argument, and the driver reads none.
            void** arguments = stackalloc void*[2] { bytes, &count };
            Launch(function, grid, group, arguments, source.Name);
        }
    }

    void Launch(IntPtr function, Index3D grid, Index3D group, void** arguments, string name) => _cuda.Check(
        _cuda.LaunchKernel(
            function, (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)group.X, (uint)group.Y, (uint)group.Z, 0, stream, arguments, null),
        $"cuLaunchKernel of {name}");

    static ulong Address(ArrayView<byte> view) =>
        (ulong)(void*)(KernelArguments.BufferOf(view)?.NativePtr ?? IntPtr.Zero) + (ulong)KernelArguments.IndexInBytes(view);
}
