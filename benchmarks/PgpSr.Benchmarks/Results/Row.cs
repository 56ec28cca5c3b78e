namespace PgpSr.Benchmarks;

/// <summary>A work measured, ours beside one peer at most. What was not measured is null. A line of JSON has these names in snake case.</summary>
sealed record Row
{
    public required string Op { get; init; }
    public string Shape { get; init; } = "";

    /// <summary>Type of the weights, e.g. <c>f16</c>, where there are any.</summary>
    public string? Weights { get; init; }

    /// <summary>Kernel set and form of ours.</summary>
    public string? Kernel { get; init; }

    /// <summary><see cref="Machine.Native"/>, or null for the JIT.</summary>
    public string? Compiled { get; init; }
    public int? Threads { get; init; }
    public double? Ms { get; init; }
    public double? Gflops { get; init; }
    public double? Gbs { get; init; }

    /// <summary>Of the multiply-add peak; of two reads and one write where <see cref="StreamMs"/> says what those take; of a device's memory.</summary>
    public double? FractionOfPeak { get; init; }

    /// <summary>Multiply-add throughput, measured between the turns of this work.</summary>
    public double? PeakGflops { get; init; }

    /// <summary>Two reads and one write of this tensor (warm caches, ordinary stores, as for who reads the result), measured between the turns.</summary>
    public double? StreamMs { get; init; }

    /// <summary>Of two reads and one write from memory, which a tensor that fits the last-level cache may pass.</summary>
    public double? FractionOfMemory { get; init; }

    /// <summary>The part of all turns, anyone's, during which other processes used the processors, however often they were repeated.</summary>
    public double? Disturbed { get; init; }

    /// <summary>Activations at the worst moment, or a process's resident peak.</summary>
    public double? PeakMb { get; init; }
    public double? WeightsMb { get; init; }
    public string? Peer { get; init; }
    public string? PeerForm { get; init; }
    public double? PeerMs { get; init; }
    public double? PeerGflops { get; init; }

    /// <summary>Resident peak of the peer's own process.</summary>
    public double? PeerPeakMb { get; init; }

    /// <summary>How much faster ours is.</summary>
    public double? Ratio { get; init; }

    /// <summary>Our memory in parts of the peer's.</summary>
    public double? MemoryRatio { get; init; }

    /// <summary>Root mean square of ours minus the peer's, relative to the peer's (a device's check: the largest one).</summary>
    public double? Difference { get; init; }

    /// <summary>What <see cref="Difference"/> may be.</summary>
    public double? Tolerance { get; init; }

    /// <summary>Why something is missing, or where the numbers are from.</summary>
    public string? Note { get; init; }

    /// <summary>What repeats it, where it is not <c>compare</c>.</summary>
    public string? Command { get; init; }

    public bool Wrong => Difference is { } difference && Tolerance is { } tolerance && !(difference <= tolerance);

    /// <summary>The kernel as tables name it.</summary>
    public string KernelText =>
        string.Join(", ", new[] { Kernel, Weights, Threads is { } n ? n == 1 ? "1 thread" : $"{n} threads" : null, Compiled }.OfType<string>());

    /// <summary>A time, and what it means beside operations, bytes and peaks.</summary>
    public Row Timed(Work work, double flops, double milliseconds)
    {
        double? gflops = flops == 0 ? null : flops / milliseconds * 1e-6;
        return this with
        {
            Ms = milliseconds,
            Gflops = gflops,
            Gbs = work.MemoryBound ? work.Bytes / milliseconds * 1e-6 : null,
            FractionOfPeak = StreamMs is { } best ? best / milliseconds : gflops / PeakGflops,
        };
    }

    public static double? Megabytes(long bytes) => bytes == 0 ? null : bytes / 1048576.0;
}
