using PgpSr.Tensors;

namespace PgpSr.CommandLine;

/// <summary>What a command asks of a provider.</summary>
sealed record BackendRequest
{
    /// <summary>Which of the provider's devices: an index, or a part of its name; null for the best.</summary>
    public string? Device { get; init; }

    /// <summary>
    /// How networks should store activations; a backend that has float32 alone may ignore it (<see cref="Backend.ActivationType"/> tells).
    /// </summary>
    public DType Activations { get; init; }

    /// <summary>What products should multiply; null for the backend's choice. <see cref="IBackendProvider.PrecisionRefusal"/> tells.</summary>
    public DType? Precision { get; init; }

    /// <summary>Threads on the host, the caller's included; 0 for one per processor.</summary>
    public int Threads { get; init; }

    /// <summary>Bytes the device may take; null for no limit.</summary>
    public long? MemoryLimit { get; init; }
}
