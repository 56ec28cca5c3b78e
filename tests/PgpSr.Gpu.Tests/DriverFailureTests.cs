using System.Runtime.InteropServices;
using PgpSr.Tensors;

namespace PgpSr.Gpu.Tests;

/// <summary>What drivers do when they fail, by a driver that fails when it is told.</summary>
public sealed class DriverFailureTests
{
    [Fact]
    public void A_loader_without_drivers_offers_no_device() =>
        Assert.Empty(OpenClDevice.All(FakeOpenCl.With(new() { Platforms = OpenClError.NoPlatform })));

    [Fact]
    public void A_platform_whose_driver_is_out_of_order_is_passed_over() =>
        Assert.Empty(OpenClDevice.All(FakeOpenCl.With(new() { Failing = "clGetDeviceIDs", Error = -2 })));

    [Theory]
    [InlineData("OpenCL 1.2 fake", "OpenCL C 1.2 fake", 1, 49152, "update the driver")]
    [InlineData("nonsense", "nonsense", 1, 49152, "update the driver")]
    [InlineData("OpenCL 3.0 fake", "OpenCL C 1.2 fake", 0, 49152, "generic address space")]
    [InlineData("OpenCL 3.0 fake", "OpenCL C 1.2 fake", 1, 16384, "local memory")]
    [InlineData("OpenCL 2.1 fake", "OpenCL C 2.0 fake", 0, 49152, null)]
    [InlineData("OpenCL 3.0 fake", "OpenCL C 1.2 fake", 1, 49152, null)]
    public void A_device_without_a_feature_is_refused_and_says_which(string version, string language, uint generic, ulong local, string? reason)
    {
        var cl = FakeOpenCl.With(new() { Version = version, Language = language, GenericAddressSpace = generic, LocalMemory = local });
        string? refusal = Assert.Single(OpenClDevice.All(cl)).Describe(0).Refusal;
        if (reason is null) Assert.Null(refusal);
        else Assert.Contains(reason, refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-4, GpuFailure.OutOfMemory)]
    [InlineData(-61, GpuFailure.OutOfMemory)]
    [InlineData(-36, GpuFailure.DeviceLost)]
    [InlineData(-9999, GpuFailure.DriverError)]
    public void A_block_that_the_driver_refuses_is_typed_and_not_counted(int error, GpuFailure failure)
    {
        using var backend = Open();
        FakeOpenCl.Fail("clCreateBuffer", error);
        var refused = Assert.Throws<GpuException>(() => backend.Allocate(1 << 20));
        Assert.Equal((failure, 0), (refused.Failure, backend.MemoryBytes));
        Assert.Contains("--device cpu", refused.Message, StringComparison.Ordinal);
        Assert.Contains(OpenClError.Name(error), refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("clEnqueueNDRangeKernel", -5, GpuFailure.OutOfMemory)]
    [InlineData("clEnqueueNDRangeKernel", -36, GpuFailure.DeviceLost)]
    [InlineData("clSetKernelArg", -51, GpuFailure.DriverError)]
    [InlineData("clBuildProgram", -11, GpuFailure.DriverError)]
    [InlineData("clCreateKernel", -6, GpuFailure.OutOfMemory)]
    public void A_launch_that_the_driver_refuses_is_typed(string function, int error, GpuFailure failure)
    {
        using var backend = Open();
        using var tensor = backend.CreateTensor(new Shape(4));
        FakeOpenCl.Fail(function, error);
        var refused = Assert.Throws<GpuException>(() => backend.Fill(1, tensor));
        Assert.Equal(failure, refused.Failure);
        if (function == "clBuildProgram") Assert.Contains("line 7: not understood", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("clFinish")]
    [InlineData("clEnqueueReadBuffer")]
    public void A_device_that_is_lost_in_mid_run_is_typed_and_everything_goes_back(string function)
    {
        var (blocks, objects) = (FakeOpenCl.Blocks, FakeOpenCl.Objects);
        using (var backend = Open())
        {
            using var tensor = backend.CreateTensor(new Shape(4));
            backend.Upload(MemoryMarshal.AsBytes<float>([1, 2, 3, 4]), tensor);
            backend.Fill(1, tensor);
            FakeOpenCl.Fail(function, -36);
            Assert.Equal(GpuFailure.DeviceLost, Assert.Throws<GpuException>(() => backend.Download(tensor, new byte[16])).Failure);
        }
        Assert.Equal((blocks, objects), (FakeOpenCl.Blocks, FakeOpenCl.Objects));
    }

    [Theory]
    [InlineData("clCreateContext")]
    [InlineData("clCreateCommandQueueWithProperties")]
    public void A_device_that_another_program_has_for_itself_is_a_drivers_error(string function)
    {
        int objects = FakeOpenCl.Objects;
        var refused = Assert.ThrowsAny<Exception>(() => Open(function, -2));
        Assert.True(refused is GpuException || DriverErrors.IsDriverError(refused));
        Assert.Equal(objects, FakeOpenCl.Objects);
    }

    [Fact]
    public void Copies_go_through_unchanged()
    {
        using var backend = Open();
        using var x = backend.CreateTensor(new Shape(4));
        using var y = backend.CreateTensor(new Shape(4));
        backend.Upload(MemoryMarshal.AsBytes<float>([1, 2, 3, 4]), x);
        backend.Copy(x, y);
        float[] found = new float[4];
        backend.Download(y, MemoryMarshal.AsBytes(found.AsSpan()));
        Assert.Equal([1, 2, 3, 4], found);
    }

    static GpuBackend Open(string? failing = null, int error = 0)
    {
        var cl = FakeOpenCl.With(new() { Failing = failing, Error = error });
        var device = OpenClDevice.All(cl).Single();
        return GpuBackend.Over(device.Describe(0), () => new OpenClDriver(cl, device), new GpuBackendOptions());
    }
}
