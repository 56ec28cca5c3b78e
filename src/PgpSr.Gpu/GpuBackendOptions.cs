using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>How a <see cref="GpuBackend"/> works.</summary>
public sealed record GpuBackendOptions
{
    /// <summary>
    /// <see cref="GpuDeviceReport.Id"/> of a device (<c>cuda:0</c>, <c>opencl:1</c>), its index among the usable ones, or a part of its name; null
    /// for the best (CUDA, then OpenCL GPUs, then OpenCL on processors).
    /// </summary>
    public string? Device { get; init; }

    /// <summary>Type of factors in products.</summary>
    public GpuPrecision Precision { get; init; } = GpuPrecision.F16;

    /// <summary>
    /// How networks store activations between layers; they are computed with in float32 either way. <see cref="GpuPrecision.F16"/> halves their
    /// memory and spares tensor cores a pass that rounds them; every stored value is then rounded to 11 bits. See <see cref="Backend.ActivationType"/> for
    /// what stays float32.
    /// </summary>
    public GpuPrecision Activations { get; init; } = GpuPrecision.F32;

    /// <summary>Device memory in bytes for tensors, weights and scratch together; null for all that the device has.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>Whether products run on tensor cores.</summary>
    public TensorCoreUse TensorCores { get; init; }

    /// <summary>
    /// Whether kernels are those that were compiled beforehand, or compiled by ILGPU while running, for comparison; null for compiled ones wherever the
    /// device is a driver's.
    /// </summary>
    internal bool? CompiledKernels { get; init; }

    internal DType ActivationType => Activations == GpuPrecision.F16 ? DType.F16 : DType.F32;

    /// <summary>Forces an implementation of the products; null to choose by capability.</summary>
    internal GpuProductsKind? Products { get; init; }
}
