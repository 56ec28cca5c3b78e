using System.Diagnostics.CodeAnalysis;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

static class Throw
{
    [DoesNotReturn]
    public static T OtherBackend<T>(string? name, string parameter) =>
        throw new ArgumentException($"{name} was packed by another kind of backend; pack it with this one", parameter);

    [DoesNotReturn]
    public static void OtherType(Tensor tensor, int bytes) =>
        throw new ArgumentException(
            $"a kernel takes elements of {bytes} bytes here, not {tensor}: only products change the type of activations", nameof(tensor));

    [DoesNotReturn]
    public static void TooLarge(string device, long count) =>
        throw new BackendException(device, $"an operation has {count:N0} elements, more than the {GpuQueue.MaxCount:N0} of a kernel; use smaller tiles");

    [DoesNotReturn]
    public static void NoDevice(string? wanted, IReadOnlyList<GpuDeviceReport> reports)
    {
        string found = string.Join("; ", reports.Select(r => $"{r.Id} {r.Name}: {r.Refusal ?? "usable"}"));
        bool anyDevice = reports.Any(r => r.Id.Contains(':', StringComparison.Ordinal));
        var failure = anyDevice ? GpuFailure.NoDevice : GpuFailure.NoDriver;
        if (wanted is not null && reports.FirstOrDefault(r => r.Id == wanted) is { Refusal: not null }) failure = GpuFailure.MissingFeature;
        throw new GpuException(wanted ?? "gpu", failure,
            $"{(wanted is null ? "no usable GPU" : "no such usable device")} ({found}). 'pgpsr devices' lists them; '--device cpu' always works.");
    }

    [DoesNotReturn]
    public static void NoCompiledKernels(GpuDeviceReport device) =>
        throw new GpuException(
            device.Name, GpuFailure.MissingFeature,
            $"this program cannot compile kernels at run time, which the simulated GPU needs: use a GPU or '--device cpu'");

    [DoesNotReturn]
    public static void DeviceGone(GpuDeviceReport device) =>
        throw new GpuException(device.Name, GpuFailure.DeviceLost, $"{device.Id} is gone: 'pgpsr devices' lists the available devices");

    [DoesNotReturn]
    public static void UnknownToIlgpu(GpuDeviceReport device) =>
        throw new GpuException(device.Name, GpuFailure.MissingFeature, $"ILGPU does not offer {device.Id}; use the kernels that were compiled beforehand");

    [DoesNotReturn]
    public static void PtxRefused(string device, string kernel, string error, string? log) =>
        throw new GpuException(
            device, GpuFailure.DriverError,
            $"the driver rejects the kernel {kernel} ({error}): {log}. Update the driver, or turn tensor cores off");

    [DoesNotReturn]
    public static void NoTensorCores(string device) =>
        throw new GpuException(
            device, GpuFailure.MissingFeature, "has no tensor cores that kernels can use (CUDA, compute capability 8.0); do not force them");
}
