using PgpSr.CommandLine;
using PgpSr.Gpu;
using PgpSr.Tensors;

namespace PgpSr.Cli;

/// <summary>The GPUs as a backend.</summary>
sealed class GpuProvider : IBackendProvider
{
    public string Name => "gpu";

    public Backend Create(BackendRequest request) =>
        GpuBackend.Create(new GpuBackendOptions
        {
            Device = request.Device,
            MemoryLimit = request.MemoryLimit,
            Precision = request.Precision == DType.F32 ? GpuPrecision.F32 : GpuPrecision.F16,
            Activations = request.Activations == DType.F16 ? GpuPrecision.F16 : GpuPrecision.F32,
        });

    public string? PrecisionRefusal(Backend backend, BackendRequest request) =>
        request.Precision == DType.BF16 ? "a GPU multiplies binary16 on tensor cores, or float32" : null;

    public IReadOnlyList<DeviceReport> Describe() => [.. GpuDevices.Describe().Select(Describe)];

    static DeviceReport Describe(GpuDeviceReport device) => new()
    {
        Name = $"{device.Name} ({device.Id})",
        Refusal = device.Refusal,
        OnRequestOnly = device.IsProcessor,
        Warning = device.IsUsable && device.IsProcessor
            ? "OpenCL on the processor is slower than '--device cpu' and is used only on request"
            : null,
        MemoryBytes = device.MemoryBytes > 0 ? device.MemoryBytes : null,
        Details = device.IsUsable
            ?
            [
                new("driver", device.Details),
                new("half precision", device.HasHalf ? "yes" : "no, emulated with integers"),
                new("tensor cores", device.TensorCores ? "yes" : "no"),
            ]
            : [],
    };
}
