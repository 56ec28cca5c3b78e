using PgpSr.Tensors;

namespace PgpSr.Sampling;

static partial class Sampler
{
    // Lu et al. 2022 (DPM-Solver++), Algorithm 2 in its midpoint form: D = x0 + (x0 - x0_before)/(2r), x' = (s'/s) x - alpha' (e^-h - 1) D, with
    // h the step in lambda and r the ratio of the step before to this one. First and last step are of first order.
    static Tensor DpmSolverPlusPlus2M(in Progression run, Tensor first)
    {
        var ws = run.Workspace;
        var x = first;
        Tensor? before = null;
        for (int i = 0; i < run.Count; i++)
        {
            using var scope = ws.Scope(nameof(DpmSolverPlusPlus2M));
            double sigma = run.Sigma(i), end = run.Sigma(i + 1), alpha = Alpha(end);
            double h = Lambda(end) - Lambda(sigma); // infinite when end is 0, and e^-h is then 0
            double gain = -alpha * ExpMinusOne(-h);
            var x0 = scope.Return(run.CleanPreserving(x, i));
            var direction = x0;
            if (before is not null && end > 0)
            {
                double r = (Lambda(sigma) - Lambda(run.Sigma(i - 1))) / h;
                direction = ws.Combine((float)(1 + 0.5 / r), x0, (float)(-0.5 / r), before);
            }
            var next = scope.Return(ws.Combine((float)(end * alpha / (sigma * Alpha(sigma))), x, (float)gain, direction));
            before?.Dispose();
            before = x0;
            x = run.Advance(first, x, next, i);
        }
        before?.Dispose();
        return x;
    }
}
