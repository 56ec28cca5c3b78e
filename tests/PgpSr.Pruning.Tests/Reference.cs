namespace PgpSr.Pruning.Tests;

/// <summary>The two metrics as their formulas read, in double precision.</summary>
static class Reference
{
    public static (double Phi, double Psi) Distance(float[] first, float[] second, int channels, SoftmaxAxis axis)
    {
        int positions = first.Length / channels;
        double phi = 0, psi = 0;
        for (int p = 0; p < positions; p++)
        {
            double[] a = [.. first.Skip(p * channels).Take(channels).Select(x => (double)x)], b =
                [.. second.Skip(p * channels).Take(channels).Select(x => (double)x)];
            phi += 1 - a.Zip(b, (x, y) => x * y).Sum() / Math.Max(Math.Sqrt(a.Sum(x => x * x)) * Math.Sqrt(b.Sum(x => x * x)), 1e-8);
            if (axis == SoftmaxAxis.Channels) psi += Divergence(a, b);
        }
        if (axis == SoftmaxAxis.All) return (phi / positions, Divergence([.. first.Select(x => (double)x)], [.. second.Select(x => (double)x)]));
        return (phi / positions, psi / positions);
    }

    static double Divergence(double[] a, double[] b)
    {
        double[] p = LogSoftmax(a), q = LogSoftmax(b);
        return p.Zip(q, (x, y) => Math.Exp(x) * (x - y)).Sum();
    }

    static double[] LogSoftmax(double[] x)
    {
        double max = x.Max(), log = max + Math.Log(x.Sum(v => Math.Exp(v - max)));
        return [.. x.Select(v => v - log)];
    }
}
