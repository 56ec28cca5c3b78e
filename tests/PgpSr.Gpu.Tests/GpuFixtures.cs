using PgpSr.Conformance;

namespace PgpSr.Gpu.Tests;

/// <summary>
/// The devices that suites run on. Each stays open for the whole run, so that its kernels are compiled once; one that is missing skips its tests
/// with the reason that <see cref="GpuDevices"/> gives.
/// </summary>
static class GpuFixtures
{
    static readonly Lazy<GpuBackend> s_simulated = new(() => GpuBackend.Create(new GpuBackendOptions { Device = GpuDevices.Simulated }));
    static readonly Lazy<GpuBackend> s_narrow = new(() => GpuBackend.Create(new GpuBackendOptions { Device = GpuDevices.SimulatedNarrow }));
    static readonly Lazy<GpuBackend> s_openCl = new(() => First(GpuApi.OpenCl));
    static readonly Lazy<GpuBackend> s_openClCompiled = new(() => First(GpuApi.OpenCl, compiled: true));
    static readonly Lazy<GpuBackend> s_cuda = new(() => First(GpuApi.Cuda, compiled: true));
    static readonly Lazy<GpuBackend> s_cudaIlgpu = new(() => First(GpuApi.Cuda));

    /// <summary>Kernels on threads of this process.</summary>
    public static BackendFixture Simulated { get; } = Of("simulated", s_simulated);

    /// <summary>The stand-in without concurrency within groups: for whole networks.</summary>
    public static BackendFixture SimulatedNarrow { get; } = Of("simulated, narrow", s_narrow);

    /// <summary>The stand-in with the products that graphics processors take.</summary>
    public static BackendFixture SimulatedTiled { get; } = Of("simulated, tiled", s_simulated, GpuProductsKind.Tiled);

    /// <summary>The stand-in with binary16 activations.</summary>
    public static BackendFixture SimulatedHalf { get; } = Of("simulated, F16", s_simulated, half: true);

    /// <summary>The stand-in with binary16 activations and the products that graphics processors take.</summary>
    public static BackendFixture SimulatedTiledHalf { get; } = Of("simulated, tiled, F16", s_simulated, GpuProductsKind.Tiled, half: true);

    /// <summary>The CUDA device with binary16 activations.</summary>
    public static BackendFixture CudaHalf { get; } = Of("cuda, F16", s_cuda, half: true, compiled: true);

    /// <summary>The CUDA device with binary16 activations and tensor cores, which take them as they are.</summary>
    public static BackendFixture CudaTensorCoresHalf { get; } = Of("cuda, tensor cores, F16", s_cuda, GpuProductsKind.TensorCores, precision: 1 << 13, half: true, compiled: true);

    /// <summary>The first OpenCL device, with kernels that ILGPU compiles while tests run.</summary>
    public static BackendFixture OpenCl { get; } = Of("opencl", s_openCl);

    /// <summary>The OpenCL device with the kernels that were compiled when the program was built.</summary>
    public static BackendFixture OpenClCompiled { get; } = Of("opencl, compiled", s_openClCompiled, compiled: true);

    /// <summary>The same with binary16 activations.</summary>
    public static BackendFixture OpenClCompiledHalf { get; } = Of("opencl, compiled, F16", s_openClCompiled, half: true, compiled: true);

    /// <summary>The same with the products that devices of small groups take.</summary>
    public static BackendFixture OpenClCompiledNaive { get; } = Of("opencl, compiled, naive", s_openClCompiled, GpuProductsKind.Naive, compiled: true);

    /// <summary>The same with binary16 activations as well.</summary>
    public static BackendFixture OpenClCompiledNaiveHalf { get; } =
        Of("opencl, compiled, naive, F16", s_openClCompiled, GpuProductsKind.Naive, half: true, compiled: true);

    /// <summary>The first CUDA device, with the kernels that were compiled when the program was built.</summary>
    public static BackendFixture Cuda { get; } = Of("cuda", s_cuda, compiled: true);

    /// <summary>The CUDA device with kernels that ILGPU compiles while tests run.</summary>
    public static BackendFixture CudaIlgpu { get; } = Of("cuda, ILGPU", s_cudaIlgpu);

    /// <summary>The CUDA device with tensor cores: factors are rounded to 11 bits where float32 has 24.</summary>
    public static BackendFixture CudaTensorCores { get; } = Of("cuda, tensor cores", s_cuda, GpuProductsKind.TensorCores, precision: 1 << 13, compiled: true);

    static BackendFixture Of(string name, Lazy<GpuBackend> open, GpuProductsKind? products = null, double precision = 1, bool half = false,
        bool compiled = false) =>
        new(name, () => Open(open.Value.Device, products, half, compiled), precision, half);

    static GpuBackend Open(GpuDeviceReport device, GpuProductsKind? products, bool half, bool compiled)
    {
        if (products == GpuProductsKind.TensorCores && !device.TensorCores)
            Assert.Skip($"{device.Id} {device.Name} has no tensor cores that kernels can use");
        return GpuBackend.Create(new GpuBackendOptions
        {
            Device = device.Id,
            Products = products,
            CompiledKernels = compiled,
            Precision = GpuPrecision.F32,
            Activations = half ? GpuPrecision.F16 : GpuPrecision.F32,
        });
    }

    static GpuBackend First(GpuApi api, bool compiled = false)
    {
        var reports = GpuDevices.Describe().Where(r => r.Api == api).ToList();
        var usable = reports.FirstOrDefault(r => r.IsUsable);
        if (usable is null) Assert.Skip(string.Join("; ", reports.Select(r => $"{r.Id}: {r.Refusal}")));
        return GpuBackend.Create(new GpuBackendOptions { Device = usable.Id, CompiledKernels = compiled });
    }
}
