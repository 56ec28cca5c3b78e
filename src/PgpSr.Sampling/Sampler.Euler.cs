using PgpSr.Tensors;

namespace PgpSr.Sampling;

static partial class Sampler
{
    // Karras et al. 2022, Algorithm 2 without churn, first order: d = (x - x0)/sigma; x += (sigma' - sigma) d.
    static Tensor Euler(in Progression run, Tensor first)
    {
        var ws = run.Workspace;
        var x = first;
        for (int i = 0; i < run.Count; i++)
        {
            using var scope = ws.Scope(nameof(Euler));
            double ratio = run.Sigma(i + 1) / run.Sigma(i);
            var x0 = run.CleanExploding(x, i);
            var next = scope.Return(ws.Combine((float)ratio, x, (float)(1 - ratio), x0));
            x = run.Advance(first, x, next, i);
        }
        return x;
    }

    // The same, second order: the slope is the mean of the slopes at both ends of the step.
    static Tensor Heun(in Progression run, Tensor first)
    {
        var ws = run.Workspace;
        var x = first;
        for (int i = 0; i < run.Count; i += 2)
        {
            using var scope = ws.Scope(nameof(Heun));
            double sigma = run.Sigma(i), end = run.Sigma(i + 1), dt = end - sigma;
            var x0 = run.CleanExploding(x, i);
            var slope = ws.Combine((float)(1 / sigma), x, (float)(-1 / sigma), x0);
            var predicted = scope.Return(ws.Combine(1, x, (float)dt, slope));
            if (i + 1 == run.Count)
            {
                x = run.Advance(first, x, predicted, i); // to sigma 0: there is no slope at the other end
                break;
            }
            run.Advance(first, first, predicted, i);
            var endX0 = run.CleanExploding(predicted, i + 1);
            var endSlope = ws.Combine((float)(1 / end), predicted, (float)(-1 / end), endX0);
            var corrected = scope.Return(ws.Combine(1, x, (float)(dt / 2), ws.Add(slope, endSlope)));
            predicted.Dispose();
            x = run.Advance(first, x, corrected, i + 1);
        }
        return x;
    }
}
