using PgpSr.Conformance;

namespace PgpSr.Cpu.Tests;

/// <summary>Both kinds of kernels, each skipped where the processor lacks it.</summary>
static class Bfloat16Machines
{
    /// <summary>
    /// Unit roundoff of bfloat16 is 2^-8 where float32 has 2^-24. A product of two factors, each rounded by 2^-8 of itself at most, is off by 2^-7 of
    /// itself, K of them by K 2^-7 of the norm: what <c>Tolerance.Sum</c> allows with this unit. Products of two bfloat16 numbers and their sums
    /// are float32's.
    /// </summary>
    public const double Precision = 1 << 16;

    public static BackendFixture Tiles { get; } = new("cpu AMX-BF16", () => Open(tiles: true), Precision);

    public static BackendFixture Pairs { get; } = new("cpu AVX512-BF16", () => Open(tiles: false), Precision);

    /// <summary>A backend with one kind of kernels.</summary>
    public static CpuBackend Open(bool tiles, int threads = 2)
    {
        Require(tiles);
        return CpuBackend.Create(new CpuBackendOptions
        {
            KernelSet = "v512",
            Threads = threads,
            Precision = CpuPrecision.BF16,
            Features = new ProcessorFeatures(PairProducts: !tiles, TileProducts: tiles),
        });
    }

    /// <summary>Skips the test where this processor or system lacks the kernels.</summary>
    public static void Require(bool tiles)
    {
        var detected = ProcessorFeatures.Detected;
        if (!(tiles ? detected.TileProducts : detected.PairProducts)) Assert.Skip($"the processor has no {(tiles ? "AMX-BF16" : "AVX512-BF16")}");
        string? refusal = null;
        if (tiles && !TilePermission.TryAcquire(out refusal)) Assert.Skip(refusal!);
    }
}

public sealed class Bfloat16LinearTiles() : LinearConformance(Bfloat16Machines.Tiles);

public sealed class Bfloat16LinearPairs() : LinearConformance(Bfloat16Machines.Pairs);

public sealed class Bfloat16Conv2dTiles() : Conv2dConformance(Bfloat16Machines.Tiles);

public sealed class Bfloat16Conv2dPairs() : Conv2dConformance(Bfloat16Machines.Pairs);

public sealed class Bfloat16AttentionTiles() : AttentionConformance(Bfloat16Machines.Tiles);

public sealed class Bfloat16AttentionPairs() : AttentionConformance(Bfloat16Machines.Pairs);
