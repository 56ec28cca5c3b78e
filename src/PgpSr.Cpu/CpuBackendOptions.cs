namespace PgpSr.Cpu;

/// <summary>How a <see cref="CpuBackend"/> works.</summary>
public sealed record CpuBackendOptions
{
    /// <summary>Threads, the caller's included; 0 for one per processor. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>v512, v256 or v128; null for the environment variable PGPSR_CPU, or else the widest that the hardware accelerates.</summary>
    public string? KernelSet { get; init; }

    /// <summary>
    /// The most bytes that transformed (Winograd) weights may take beside the packed ones, over all convolutions packed by one backend.
    /// A convolution that does not fit takes the direct path. 0 turns Winograd off.
    /// </summary>
    public long WinogradCacheBytes { get; init; } = 2L << 30;
}
