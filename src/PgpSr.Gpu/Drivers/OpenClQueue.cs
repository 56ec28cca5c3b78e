using System.Runtime.InteropServices;
using ILGPU;

namespace PgpSr.Gpu;

/// <summary>An in-order command queue of OpenCL.</summary>
sealed unsafe class OpenClQueue(OpenClDriver driver, IntPtr queue) : DriverQueue
{
    const int Dimensions = 3;

    readonly OpenClFunctions _cl = driver.Functions;
    byte* _staging;

    public override void Launch<TKernel>(in TKernel kernel, int count, int groups, int threads) =>
        Launch(kernel, count, new Index3D(groups, 1, 1), new Index3D(threads, 1, 1));

    public override void Launch<TKernel>(in TKernel kernel, KernelConfig config) => Launch(kernel, null, config.GridDim, config.GroupDim);

    public override void Upload(byte* source, ArrayView<byte> destination) => OpenClError.Check(
        _cl.EnqueueWriteBuffer(queue, Buffer(destination), 0, Offset(destination), (nuint)destination.Length, source, 0, null, null),
        "clEnqueueWriteBuffer");

    public override void Download(ArrayView<byte> source, byte* destination) => OpenClError.Check(
        _cl.EnqueueReadBuffer(queue, Buffer(source), 0, Offset(source), (nuint)source.Length, destination, 0, null, null), "clEnqueueReadBuffer");

    public override void Copy(ArrayView<byte> source, ArrayView<byte> destination) => OpenClError.Check(
        _cl.EnqueueCopyBuffer(
            queue, Buffer(source), Buffer(destination), Offset(source), Offset(destination), (nuint)source.Length, 0, null, null),
        "clEnqueueCopyBuffer");

    public override void Synchronize() => OpenClError.Check(_cl.Finish(queue), "clFinish");

    public override byte* Staging(int bytes) => _staging == null ? _staging = (byte*)NativeMemory.Alloc((nuint)bytes) : _staging;

    public override void Dispose()
    {
        NativeMemory.Free(_staging);
        _staging = null;
        _ = _cl.ReleaseCommandQueue(queue);
    }

    void Launch<TKernel>(in TKernel kernel, int? count, Index3D grid, Index3D group)
        where TKernel : struct, IKernel
    {
        var built = driver.Kernel<TKernel>();
        var source = built.Source;
        source.CheckGroup(group.Size);
        Span<byte> block = stackalloc byte[source.ArgumentBytes];
        Span<IntPtr> buffers = stackalloc IntPtr[source.Fields.Length];
        block.Clear();
        var arguments = new KernelArguments(source.Fields, block, buffers, separateViews: true);
        kernel.Write(ref arguments);
        arguments.CheckComplete();
        nuint* global = stackalloc nuint[Dimensions]
        {
            (nuint)grid.X * (nuint)group.X, (nuint)grid.Y * (nuint)group.Y, (nuint)grid.Z * (nuint)group.Z,
        };
        nuint* local = stackalloc nuint[Dimensions] { (nuint)group.X, (nuint)group.Y, (nuint)group.Z };
        lock (driver.LaunchLock)
        {
            uint index = 0;
            foreach (var buffer in buffers[..arguments.Views]) Set(built, index++, (nuint)IntPtr.Size, &buffer);
            fixed (byte* bytes = block) Set(built, index++, (nuint)block.Length, bytes);
            if (count is { } elements) Set(built, index, sizeof(int), &elements);
            OpenClError.Check(
                _cl.EnqueueNDRangeKernel(queue, built.Handle, Dimensions, null, global, local, 0, null, null),
                $"clEnqueueNDRangeKernel of {source.Name}");
        }
    }

    void Set(OpenClKernel kernel, uint index, nuint bytes, void* value) =>
        OpenClError.Check(_cl.SetKernelArg(kernel.Handle, index, bytes, value), $"clSetKernelArg {index} of {kernel.Source.Name}");

    static IntPtr Buffer(ArrayView<byte> view) => KernelArguments.BufferOf(view)?.NativePtr ?? IntPtr.Zero;

    static nuint Offset(ArrayView<byte> view) => (nuint)KernelArguments.IndexInBytes(view);
}
