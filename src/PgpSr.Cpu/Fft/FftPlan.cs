using System.Collections.Concurrent;

namespace PgpSr.Cpu;

/// <summary>
/// How to transform a complex line of one length: the radices and their tables. Immutable, so threads share it.
/// </summary>
/// <remarks>
/// Decimation in time (Cooley and Tukey 1965), mixed radix: the first stage gathers its legs in digit-reversed order, which costs nothing where
/// every point is a whole cache line; all later stages work in place. A length whose largest prime factor would cost more than a convolution
/// is transformed by Bluestein's chirp instead (Bluestein 1970).
/// </remarks>
sealed unsafe class FftPlan
{
    readonly int[] _sources = [];
    readonly int[] _positions = [];
    readonly int[] _inPlace = [];

    FftPlan(int length, int[] radices)
    {
        Length = length;
        var stages = new FftStage[radices.Length];
        int before = 1;
        for (int i = 0; i < radices.Length; i++)
        {
            stages[i] = new FftStage(radices[i], before);
            before *= radices[i];
        }
        Stages = stages;
        int first = radices[0];
        int groups = length / first;
        _sources = PinnedTable.CreateIndices(groups);
        _inPlace = PinnedTable.CreateIndices(groups);
        _positions = PinnedTable.CreateIndices(length);
        for (int group = 0; group < groups; group++)
        {
            _sources[group] = ReverseDigits(group, radices);
            _inPlace[group] = group * first;
            for (int leg = 0; leg < first; leg++) _positions[_sources[group] + leg * groups] = group * first + leg;
        }
    }

    FftPlan(int length, ChirpConvolution convolution)
    {
        Length = length;
        Stages = [];
        Chirp = convolution;
        _positions = PinnedTable.CreateIndices(length);
        for (int n = 0; n < length; n++) _positions[n] = n;
    }

    public int Length { get; }

    /// <summary>Passes in the order of their work; empty if <see cref="Chirp"/> does it.</summary>
    public FftStage[] Stages { get; }

    /// <summary>Bluestein's convolution, or null.</summary>
    public ChirpConvolution? Chirp { get; }

    /// <summary>Where group g of the first stage finds its first leg in the line; the others follow at steps of Length / radix.</summary>
    public int* Sources => PinnedTable.Pointer(_sources);

    /// <summary>The same for a line already laid out by <see cref="Positions"/>; its legs follow at steps of one.</summary>
    public int* InPlaceSources => PinnedTable.Pointer(_inPlace);

    /// <summary>Where point n must lie for a transform that starts in place.</summary>
    public int* Positions => PinnedTable.Pointer(_positions);

    /// <summary>Registers of working memory: the points, a prime butterfly's sums and differences, a chirp's two convolution buffers.</summary>
    public long WorkLines
    {
        get
        {
            if (Chirp is not null) return 2L * Length + 4L * Chirp.Inner.Length + Chirp.Inner.WorkLines;
            long prime = 0;
            foreach (var stage in Stages) prime = Math.Max(prime, stage.IsPrime ? 2L * stage.Radix : 0);
            return 2L * Length + prime;
        }
    }

    /// <summary>The plan for a length of at least 1.</summary>
    public static FftPlan Create(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        var radices = FftRadices.Of(length);
        int inner = ChirpConvolution.InnerLength(length);
        return inner != 0 && FftRadices.Cost(length, radices) > ChirpConvolution.Cost(length, inner)
            ? CreateChirp(length, inner)
            : new FftPlan(length, radices);
    }

    /// <summary>A plan that works by the chirp, whatever the length.</summary>
    public static FftPlan CreateChirp(int length, int inner) => new(length, new ChirpConvolution(length, CreateMixed(inner)));

    /// <summary>A plan of stages, whatever the cost.</summary>
    public static FftPlan CreateMixed(int length) => new(length, FftRadices.Of(length));

    // Stage i > 0 takes its sub-transforms from points that lie a product of all later radices apart.
    static int ReverseDigits(int group, int[] radices)
    {
        int source = 0;
        int weight = 1;
        for (int i = radices.Length - 1; i > 0; i--)
        {
            weight = 1;
            for (int later = radices.Length - 1; later > i; later--) weight *= radices[later];
            int below = 1;
            for (int earlier = 1; earlier < i; earlier++) below *= radices[earlier];
            source += group / below % radices[i] * weight;
        }
        return source;
    }
}

/// <summary>The plans of the process, one for each length in use.</summary>
static class FftPlans
{
    // A network of one input size needs a handful of lengths; 64 serve tiles of many sizes. Tables take about 8 bytes a point and stage.
    public const int Capacity = 64;

    static readonly ConcurrentDictionary<int, FftPlan> s_plans = new();

    /// <summary>Plans held now.</summary>
    public static int Count => s_plans.Count;

    /// <summary>The plan for a length, made on first use. A full cache starts anew; running operations keep the plans they hold.</summary>
    public static FftPlan For(int length)
    {
        if (s_plans.TryGetValue(length, out var known)) return known;
        var plan = FftPlan.Create(length);
        if (s_plans.Count >= Capacity) s_plans.Clear();
        return s_plans.GetOrAdd(length, plan);
    }
}
