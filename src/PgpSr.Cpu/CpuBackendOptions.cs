namespace PgpSr.Cpu;

/// <summary>How a <see cref="CpuBackend"/> works.</summary>
public sealed record CpuBackendOptions
{
    /// <summary>Threads, the caller's included; 0 for one per processor. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>v512, v256 or v128; null for the environment variable PGPSR_CPU, or else the widest that the hardware accelerates.</summary>
    public string? KernelSet { get; init; }

    /// <summary>
    /// Whether 3x3 convolutions may take Winograd's algorithm where it is faster: 2 to 3 times, at a third (1280 channels) to twice (32 channels)
    /// of the direct sum's rounding error. It keeps no memory beside its scratch. False for the direct sum everywhere, for instance to confine a
    /// NaN or infinity to the 3x3 results that read it.
    /// </summary>
    public bool Winograd { get; init; } = true;

    /// <summary>What is multiplied; for <see cref="CpuPrecision.BF16"/> see there. Results do not depend on threads in either.</summary>
    public CpuPrecision Precision { get; init; }

    /// <summary>How long the memory of a run's activations is kept for a next run. A folder of pictures and a busy service follow sooner.</summary>
    internal TimeSpan MemoryRest { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Stands for what CPUID tells; null to ask it.</summary>
    internal ProcessorFeatures? Features { get; init; }

    /// <summary>Forces an algorithm where it can serve; null to choose.</summary>
    internal ConvMethod? ConvMethod { get; init; }
}
