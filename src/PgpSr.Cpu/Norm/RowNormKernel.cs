using System.Runtime.CompilerServices;

namespace PgpSr.Cpu;

/// <summary>Normalizations of one row, which stays in L1 between their passes.</summary>
static unsafe class RowNormKernel<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>
    /// y = (x - mean) / sqrt(variance + epsilon) * gamma + beta. The mean is rounded to a float first; the rest of it comes out of the second
    /// pass together with the variance, so a large mean costs no accuracy.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LayerNorm(float* x, int count, float* gamma, float* beta, float epsilon, float* y)
    {
        int whole = count - count % TLanes.Count, rest = count - whole;
        var sum = TLanes.Zero;
        for (int i = 0; i < whole; i += TLanes.Count) sum += TLanes.Load(x + i);
        if (rest > 0) sum += TLanes.LoadPartial(x + whole, rest);
        float mean = TLanes.Sum(sum) / count;

        var center = TLanes.Broadcast(mean);
        var deviations = TLanes.Zero;
        var squares = TLanes.Zero;
        for (int i = 0; i < whole; i += TLanes.Count)
        {
            var d = TLanes.Load(x + i) - center;
            deviations += d;
            squares = TLanes.MultiplyAdd(d, d, squares);
        }
        float restDeviations = 0, restSquares = 0;
        for (int i = whole; i < count; i++)
        {
            float d = x[i] - mean;
            restDeviations += d;
            restSquares += d * d;
        }
        double meanRest = ((double)TLanes.Sum(deviations) + restDeviations) / count;
        double variance = Math.Max(0, ((double)TLanes.Sum(squares) + restSquares) / count - meanRest * meanRest);
        double inverse = 1 / Math.Sqrt(variance + epsilon);

        var scale = TLanes.Broadcast((float)inverse);
        var offset = TLanes.Broadcast((float)(-meanRest * inverse));
        for (int i = 0; i < whole; i += TLanes.Count)
        {
            var normal = TLanes.MultiplyAdd(TLanes.Load(x + i) - center, scale, offset);
            TLanes.Store(TLanes.MultiplyAdd(normal, TLanes.Load(gamma + i), TLanes.Load(beta + i)), y + i);
        }
        if (rest > 0)
        {
            var normal = TLanes.MultiplyAdd(TLanes.LoadPartial(x + whole, rest) - center, scale, offset);
            TLanes.StorePartial(TLanes.MultiplyAdd(normal, TLanes.LoadPartial(gamma + whole, rest), TLanes.LoadPartial(beta + whole, rest)),
                y + whole, rest);
        }
    }
}
