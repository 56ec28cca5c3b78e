using ILGPU;
using ILGPU.Runtime.OpenCL;
using PgpSr.Tensors;

namespace PgpSr.Gpu.Tests;

/// <summary>Every failure is typed, names the device and says what to do.</summary>
public sealed class ErrorTests
{
    [Theory]
    [InlineData(CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE, GpuFailure.OutOfMemory)]
    [InlineData(CLError.CL_OUT_OF_RESOURCES, GpuFailure.OutOfMemory)]
    [InlineData(CLError.CL_OUT_OF_HOST_MEMORY, GpuFailure.OutOfMemory)]
    [InlineData(CLError.CL_DEVICE_NOT_AVAILABLE, GpuFailure.DeviceLost)]
    [InlineData(CLError.CL_INVALID_COMMAND_QUEUE, GpuFailure.DeviceLost)]
    [InlineData(CLError.CL_INVALID_KERNEL_ARGS, GpuFailure.DriverError)]
    public void A_drivers_error_is_named_and_has_a_way_out(CLError error, GpuFailure failure)
    {
        var cause = new CLException(error);
        Assert.True(DriverErrors.IsDriverError(cause));
        var translated = DriverErrors.Translate("gpu, test", "a launch", cause);
        Assert.Equal((failure, "gpu, test"), (translated.Failure, translated.Device));
        Assert.Equal(failure == GpuFailure.OutOfMemory, translated.OutOfMemory);
        Assert.Contains("--device cpu", translated.Message, StringComparison.Ordinal);
        Assert.Contains(error.ToString(), translated.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_feature_that_the_device_lacks_is_named() =>
        Assert.Equal(GpuFailure.MissingFeature, DriverErrors.Translate("gpu", "a kernel", new CapabilityNotSupportedException("fp16")).Failure);

    [Fact]
    public void A_device_that_is_not_there_is_refused_with_every_reason()
    {
        var refused = Assert.Throws<GpuException>(() => GpuBackend.Create(new GpuBackendOptions { Device = "cuda:99" }));
        bool anyDevice = GpuDevices.Describe().Any(d => d.Id.Contains(':', StringComparison.Ordinal));
        Assert.Equal(anyDevice ? GpuFailure.NoDevice : GpuFailure.NoDriver, refused.Failure);
        foreach (var device in GpuDevices.Describe().Where(d => !d.IsUsable)) Assert.Contains(device.Refusal!, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensor_cores_cannot_be_forced_on_a_device_without() =>
        Assert.Equal(
            GpuFailure.MissingFeature,
            Assert.Throws<GpuException>(() =>
                GpuBackend.Create(new GpuBackendOptions { Device = GpuDevices.Simulated, TensorCores = TensorCoreUse.Force })).Failure);

    [Fact]
    public void Products_on_tensor_cores_cannot_be_forced_on_a_device_without()
    {
        var options = new GpuBackendOptions { Device = GpuDevices.Simulated, Products = GpuProductsKind.TensorCores };
        Assert.Equal(GpuFailure.MissingFeature, Assert.Throws<GpuException>(() => GpuBackend.Create(options)).Failure);
    }

    [Fact]
    public void A_block_that_the_device_does_not_have_is_out_of_memory_and_the_backend_goes_on()
    {
        using var probe = GpuFixtures.OpenClCompiled.Create();
        string id = ((GpuBackend)probe).Device.Id;
        using var backend = GpuBackend.Create(new GpuBackendOptions { Device = id, MemoryLimit = long.MaxValue });
        Assert.Equal(GpuFailure.OutOfMemory, Assert.Throws<GpuException>(() => backend.Allocate(1L << 46)).Failure);
        Assert.Equal(0, backend.MemoryBytes);
        using var tensor = backend.CreateTensor(new Shape(4));
        backend.Fill(2, tensor);
        var values = new float[4];
        backend.Download(tensor, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        Assert.Equal([2, 2, 2, 2], values);
    }

    [Fact]
    public void A_weight_of_another_backend_is_refused_by_name()
    {
        using var cpu = Cpu.CpuBackend.Create(new Cpu.CpuBackendOptions { Threads = 1 });
        using var weight = Testing.TestWeights.PackLinear(cpu, 1, "layer", 4, 4);
        using var backend = GpuBackend.Create(new GpuBackendOptions { Device = GpuDevices.Simulated });
        using var x = backend.CreateTensor(new Shape(1, 4));
        using var y = backend.CreateTensor(new Shape(1, 4));
        var refused = Assert.Throws<ArgumentException>(() => backend.Linear(x, weight, default, y));
        Assert.Contains("layer.weight", refused.Message, StringComparison.Ordinal);
    }
}
