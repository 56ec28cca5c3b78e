using System.Numerics;

namespace PgpSr.Pruning;

/// <summary>
/// How much two feature maps differ (PGP-DiffSR's two metrics; method 2.3): Phi_cos = E[1 - cos(F1, F2)] over the channel vectors of positions, and
/// Psi_KL = E[KL(softmax F1 || softmax F2)]. Both come out of one walk over the maps: a position's vectors stay in the first-level cache between its
/// passes.
/// </summary>
/// <param name="PhiCos">0 for maps that differ by a positive factor a position, 1 for orthogonal ones, up to 2. A position without features counts as
/// orthogonal.</param>
/// <param name="PsiKl">0 for maps that differ by a constant a distribution; natural logarithm.</param>
readonly record struct FeatureDistance(double PhiCos, double PsiKl)
{
    // PyTorch's cosine_similarity guards the product of the norms so.
    const double NormEpsilon = 1e-8;

    // Positions a unit of work: large beside the cost of handing it out, and the partition does not depend on the number of threads.
    const int Block = 256;

    /// <summary>Compares two maps of one picture, channels last.</summary>
    /// <param name="first">F1, positions x channels.</param>
    /// <param name="second">F2, the same.</param>
    /// <param name="channels">Length of a position's vector.</param>
    /// <param name="axis">What the softmax runs over.</param>
    /// <exception cref="ArgumentException">The maps differ in length, or are empty, or are no whole positions.</exception>
    public static FeatureDistance Between(ReadOnlyMemory<float> first, ReadOnlyMemory<float> second, int channels,
        SoftmaxAxis axis = SoftmaxAxis.Channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (first.Length != second.Length)
            throw new ArgumentException($"maps of {first.Length} and {second.Length} features cannot be compared", nameof(second));
        if (first.Length == 0 || first.Length % channels != 0)
            throw new ArgumentException($"{first.Length} features do not fill positions of {channels} channels", nameof(first));
        int positions = first.Length / channels, blocks = (positions + Block - 1) / Block;
        var parts = new (double Cosines, double Divergences, LogSum Sum)[blocks];
        Parallel.For(0, blocks, block =>
        {
            int start = block * Block, count = Math.Min(Block, positions - start);
            var x = first.Span.Slice(start * channels, count * channels);
            var y = second.Span.Slice(start * channels, count * channels);
            double cosines = 0, divergences = 0;
            for (int row = 0; row < count; row++)
            {
                var p = x.Slice(row * channels, channels);
                var q = y.Slice(row * channels, channels);
                cosines += 1 - Cosine(p, q);
                if (axis == SoftmaxAxis.Channels) divergences += LogSum.Of(p, q).Divergence;
            }
            parts[block] = (cosines, divergences, axis == SoftmaxAxis.All ? LogSum.Of(x, y) : default);
        });
        double phi = 0, psi = 0;
        var all = parts[0].Sum;
        for (int block = 0; block < blocks; block++)
        {
            phi += parts[block].Cosines;
            psi += parts[block].Divergences;
            if (block > 0 && axis == SoftmaxAxis.All) all = all.Join(parts[block].Sum);
        }
        return new FeatureDistance(phi / positions, axis == SoftmaxAxis.All ? all.Divergence : psi / positions);
    }

    // Products of floats are exact in double, so vectors that are multiples of one another come out as 1 to the last bits.
    static double Cosine(ReadOnlySpan<float> p, ReadOnlySpan<float> q)
    {
        Vector<double> dots = default, ps = default, qs = default;
        int i = 0;
        for (; i <= p.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(p[i..]), out var pLow, out var pHigh);
            Vector.Widen(new Vector<float>(q[i..]), out var qLow, out var qHigh);
            dots += pLow * qLow + pHigh * qHigh;
            ps += pLow * pLow + pHigh * pHigh;
            qs += qLow * qLow + qHigh * qHigh;
        }
        double dot = Vector.Sum(dots), pp = Vector.Sum(ps), qq = Vector.Sum(qs);
        for (; i < p.Length; i++)
        {
            dot += (double)p[i] * q[i];
            pp += (double)p[i] * p[i];
            qq += (double)q[i] * q[i];
        }
        return dot / Math.Max(Math.Sqrt(pp * qq), NormEpsilon);
    }

    /// <summary>
    /// What KL(softmax p || softmax q) needs of a run of features: maxima, sums of exponentials below them, and sum exp(p - max p)(p - q). Runs can
    /// be joined, so a distribution over a whole map is summed in parts. Exponentials are float32, their sums and all that cancels double.
    /// </summary>
    readonly record struct LogSum(double PMax, double PSum, double QMax, double QSum, double Weighted)
    {
        // sum softmax(p) (p - q) - logsumexp p + logsumexp q; rounding may leave it a little below zero.
        public double Divergence
        {
            get
            {
                double divergence = Weighted / PSum - (PMax + Math.Log(PSum)) + (QMax + Math.Log(QSum));
                return divergence < 0 ? 0 : divergence;
            }
        }

        public LogSum Join(in LogSum other)
        {
            double pMax = Math.Max(PMax, other.PMax), qMax = Math.Max(QMax, other.QMax);
            double p = Math.Exp(PMax - pMax), otherP = Math.Exp(other.PMax - pMax), q = Math.Exp(QMax - qMax), otherQ = Math.Exp(other.QMax - qMax);
            return new LogSum(pMax, PSum * p + other.PSum * otherP, qMax, QSum * q + other.QSum * otherQ, Weighted * p + other.Weighted * otherP);
        }

        public static LogSum Of(ReadOnlySpan<float> p, ReadOnlySpan<float> q)
        {
            float pMax = System.Numerics.Tensors.TensorPrimitives.Max(p), qMax = System.Numerics.Tensors.TensorPrimitives.Max(q);
            var (pMaxes, qMaxes) = (new Vector<float>(pMax), new Vector<float>(qMax));
            Vector<double> pSums = default, qSums = default, weights = default;
            int i = 0;
            for (; i <= p.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                var (x, y) = (new Vector<float>(p[i..]), new Vector<float>(q[i..]));
                var e = Vector.Exp(x - pMaxes);
                Vector.Widen(e, out var eLow, out var eHigh);
                Vector.Widen(x - y, out var dLow, out var dHigh);
                Vector.Widen(Vector.Exp(y - qMaxes), out var fLow, out var fHigh);
                pSums += eLow + eHigh;
                qSums += fLow + fHigh;
                weights += eLow * dLow + eHigh * dHigh;
            }
            double pSum = Vector.Sum(pSums), qSum = Vector.Sum(qSums), weighted = Vector.Sum(weights);
            for (; i < p.Length; i++)
            {
                double e = Math.Exp((double)p[i] - pMax);
                pSum += e;
                qSum += Math.Exp((double)q[i] - qMax);
                weighted += e * ((double)p[i] - q[i]);
            }
            return new LogSum(pMax, pSum, qMax, qSum, weighted);
        }
    }
}
