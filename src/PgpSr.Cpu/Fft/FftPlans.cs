using System.Collections.Concurrent;

namespace PgpSr.Cpu;

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
