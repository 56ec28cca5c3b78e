using PgpSr.Tensors;

namespace PgpSr.Sampling;

static partial class Sampler
{
    // Song et al. 2021, equation 12: x' = sqrt(abar') x0 + sqrt(1 - abar' - s^2) eps + s n, with eps = (x - sqrt(abar) x0)/sqrt(1 - abar) and, after
    // equation 16, s = eta sqrt((1 - abar')/(1 - abar)) sqrt(1 - abar/abar'). The step goes to the timestep N/steps below, whatever the spacing, as
    // the published scheduler does.
    static Tensor Ddim(in Progression run, Tensor first, StepNoise? stochastic)
    {
        var ws = run.Workspace;
        var x = first;
        for (int i = 0; i < run.Count; i++)
        {
            using var scope = ws.Scope(nameof(Ddim));
            int previous = (int)run.Timestep(i) - run.Noise.Count / run.Count;
            var (signal, noise) = run.Noise.Parts((int)run.Timestep(i));
            var (nextSignal, nextNoise) = previous < 0 && run.EndsClean ? (1, 0) : run.Noise.Parts(Math.Max(previous, 0));
            double spread = (stochastic?.Eta ?? 0) * (nextNoise / noise) * Math.Sqrt(Math.Max(0, 1 - signal * signal / (nextSignal * nextSignal)));
            var x0 = run.CleanPreserving(x, i);
            double keep = spread == 0 ? nextNoise / noise : Math.Sqrt(Math.Max(0, nextNoise * nextNoise - spread * spread)) / noise;
            var next = ws.Combine((float)keep, x, (float)(nextSignal - keep * signal), x0);
            if (spread > 0) next = ws.Replace(next, ws.Combine(1, next, (float)spread, stochastic!.At(ws, i)));
            x = run.Advance(first, x, scope.Return(next), i);
        }
        return x;
    }
}
