using PgpSr.Conformance;

namespace PgpSr.Gpu.Tests;

/// <summary>
/// The devices that suites run on. Each stays open for the whole run, so that its kernels are compiled once; one that is missing skips its tests
/// with the reason that <see cref="GpuDevices"/> gives.
/// </summary>
static class GpuFixtures
{
    /// <summary>Kernels on threads of this process.</summary>
    public static BackendFixture Simulated { get; } = Of("simulated", new Lazy<GpuBackend>(() => GpuBackend.Create(new GpuBackendOptions { Device = GpuDevices.Simulated })));

    /// <summary>The first OpenCL device.</summary>
    public static BackendFixture OpenCl { get; } = Of("opencl", new Lazy<GpuBackend>(() => First(GpuApi.OpenCl)));

    /// <summary>The first CUDA device.</summary>
    public static BackendFixture Cuda { get; } = Of("cuda", new Lazy<GpuBackend>(() => First(GpuApi.Cuda)));

    static BackendFixture Of(string name, Lazy<GpuBackend> open) =>
        new(name, () => GpuBackend.Create(new GpuBackendOptions { Device = open.Value.Device.Id }));

    static GpuBackend First(GpuApi api)
    {
        var reports = GpuDevices.Describe().Where(r => r.Api == api).ToList();
        var usable = reports.FirstOrDefault(r => r.IsUsable);
        if (usable is null) Assert.Skip(string.Join("; ", reports.Select(r => $"{r.Id}: {r.Refusal}")));
        return GpuBackend.Create(new GpuBackendOptions { Device = usable.Id });
    }
}
