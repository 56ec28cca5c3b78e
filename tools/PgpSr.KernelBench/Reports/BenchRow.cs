namespace PgpSr.KernelBench;

/// <summary>One kernel beside one peer on one work. What was not measured is null.</summary>
sealed record BenchRow
{
    public required Work Work { get; init; }

    /// <summary>Type of the weights, e.g. <c>f16</c>, where there are any.</summary>
    public string? Weights { get; init; }

    /// <summary>Kernel set and form of ours.</summary>
    public string? Kernel { get; init; }

    public double? Milliseconds { get; init; }

    /// <summary>Multiply-add throughput in GFLOP/s, measured between the turns of this work.</summary>
    public required double PeakGflops { get; init; }

    /// <summary>Milliseconds of two reads and one write of this tensor (caches included, ordinary stores as a consumer of the result wants them),
    /// measured between the turns of a work that is bound by memory.</summary>
    public double? StreamMilliseconds { get; init; }

    /// <summary>Milliseconds of the same bytes at the bandwidth of tensors far larger than the caches.</summary>
    public double? LargeStreamMilliseconds { get; init; }

    /// <summary>Turns of this work, anyone's, during which other processes used the processors, however often they were repeated.</summary>
    public int DisturbedTurns { get; init; }

    public string? Peer { get; init; }

    public string? PeerForm { get; init; }

    public double? PeerMilliseconds { get; init; }

    /// <summary>Root mean square of ours minus the peer's, relative to the peer's.</summary>
    public double? Difference { get; init; }

    /// <summary>What <see cref="Difference"/> may be.</summary>
    public double Tolerance { get; init; }

    public double? Gflops => Work.Flops / Milliseconds * 1e-6;

    public double? PeerGflops => Work.Flops / PeerMilliseconds * 1e-6;

    /// <summary>Of the multiply-add peak, or of two reads and one write.</summary>
    public double? FractionOfPeak => StreamMilliseconds is { } stream ? stream / Milliseconds : Gflops / PeakGflops;

    /// <summary>Of two reads and one write from memory, which a tensor that fits the last-level cache may pass.</summary>
    public double? FractionOfMemory => LargeStreamMilliseconds / Milliseconds;

    /// <summary>How much faster ours is.</summary>
    public double? Ratio => PeerMilliseconds / Milliseconds;
}
