using System.Runtime.InteropServices;
using PgpSr.Gpu.Ptx;
using PgpSr.Tensors;

namespace PgpSr.Gpu.Tests;

/// <summary>The way to NVIDIA's driver, rehearsed with one that computes nothing. No kernel of it has run on a GPU.</summary>
public sealed class CudaDriverTests
{
    [Theory]
    [InlineData(10020, 75, "but 11.0 is required: update the driver")]
    [InlineData(12040, 61, "compute capability 7.5 or higher is required")]
    [InlineData(11000, 75, null)]
    [InlineData(12040, 90, null)]
    public void A_device_that_kernels_do_not_suit_is_refused_and_says_why(int version, int capability, string? reason)
    {
        var report = Assert.Single(NvidiaDevice.All(FakeCuda.With(new() { Version = version, Capability = capability }))).Describe(0);
        Assert.Equal(capability >= 80, report.TensorCores);
        if (reason is null) Assert.Null(report.Refusal);
        else Assert.Contains(reason, report.Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_driver_that_does_not_start_is_an_error_with_its_name()
    {
        var cuda = FakeCuda.With(new() { Failing = "cuInit", Error = 46 });
        var error = Assert.Throws<DriverCallException>(() => NvidiaDevice.All(cuda));
        Assert.Equal("CUDA_ERROR_DEVICE_UNAVAILABLE", error.Error);
    }

    [Fact]
    public void Copies_come_back_and_arguments_are_addresses_where_the_kernel_reads_them()
    {
        int objects = FakeCuda.Objects;
        using (var backend = Open())
        {
            var compiled = CompiledKernels.All[CompiledKernels.IndexOf<ScaleKernel<SingleElement>>()];
            FakeCuda.ArgumentBytes = compiled.ArgumentBytes;
            using var x = backend.CreateTensor(new Shape(4));
            using var y = backend.CreateTensor(new Shape(4));
            backend.Upload(MemoryMarshal.AsBytes<float>([1, 2, 3, 4]), x);
            backend.Scale(2.5f, x, y);
            byte[] block = FakeCuda.LastArguments;
            Assert.Equal(2.5f, BitConverter.ToSingle(block, compiled.Fields[0].Offset));
            Assert.Equal((long)PtxKernel.Address(GpuBuffer.Floats(x)), BitConverter.ToInt64(block, compiled.Fields[1].Offset));
            Assert.Equal(4, BitConverter.ToInt64(block, compiled.Fields[1].Offset + 8));
            Assert.Equal((long)PtxKernel.Address(GpuBuffer.Floats(y)), BitConverter.ToInt64(block, compiled.Fields[2].Offset));
            backend.Copy(x, y);
            float[] found = new float[4];
            backend.Download(y, MemoryMarshal.AsBytes(found.AsSpan()));
            Assert.Equal([1, 2, 3, 4], found);
        }
        Assert.Equal(objects, FakeCuda.Objects);
    }

    [Theory]
    [InlineData("cuMemAlloc", 2, GpuFailure.OutOfMemory)]
    [InlineData("cuLaunchKernel", 700, GpuFailure.DeviceLost)]
    [InlineData("cuStreamSynchronize", 700, GpuFailure.DeviceLost)]
    [InlineData("cuMemcpyHtoDAsync", 999, GpuFailure.DriverError)]
    [InlineData("cuCtxSetCurrent", 700, GpuFailure.DeviceLost)]
    public void What_the_driver_refuses_is_typed(string function, int error, GpuFailure failure)
    {
        using var backend = Open();
        var refused = Assert.Throws<GpuException>(() =>
        {
            using var x = backend.CreateTensor(new Shape(4));
            FakeCuda.Fail(function, error);
            using var y = backend.CreateTensor(new Shape(4));
            backend.Upload(new byte[16], x);
            backend.Fill(1, y);
            backend.Download(x, new byte[16]);
        });
        Assert.Equal(failure, refused.Failure);
        Assert.Contains("--device cpu", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_the_driver_does_not_take_is_told_with_its_log()
    {
        using var backend = Open(failing: "cuModuleLoadDataEx", error: 222);
        using var x = backend.CreateTensor(new Shape(4));
        var refused = Assert.Throws<GpuException>(() => backend.Fill(1, x));
        Assert.Equal(GpuFailure.DriverError, refused.Failure);
        Assert.Contains("CUDA_ERROR_UNSUPPORTED_PTX_VERSION", refused.Message, StringComparison.Ordinal);
        Assert.Contains("line 7: not understood", refused.Message, StringComparison.Ordinal);
    }

    static GpuBackend Open(string? failing = null, int error = 0)
    {
        var cuda = FakeCuda.With(new() { Failing = failing, Error = error });
        var device = NvidiaDevice.All(cuda).Single();
        return GpuBackend.Over(device.Describe(0), () => new CudaDriver(cuda, device), new GpuBackendOptions());
    }
}
