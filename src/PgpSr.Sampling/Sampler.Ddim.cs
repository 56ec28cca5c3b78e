using PgpSr.Tensors;

namespace PgpSr.Sampling;

public static partial class Sampler
{
    // Song et al. 2021, equation 12 with eta 0: x' = sqrt(abar') x0 + sqrt(1 - abar') eps, with eps = (x - sqrt(abar) x0)/sqrt(1 - abar). The step
    // goes to the timestep N/steps below, whatever the spacing, as the published scheduler does.
    static Tensor Ddim(in Progression run, Tensor first)
    {
        var ws = run.Workspace;
        var x = first;
        for (int i = 0; i < run.Count; i++)
        {
            using var scope = ws.Scope(nameof(Ddim));
            int previous = (int)run.Timestep(i) - run.Noise.Count / run.Count;
            var (signal, noise) = run.Noise.Parts((int)run.Timestep(i));
            var (nextSignal, nextNoise) = run.Noise.Parts(Math.Max(previous, 0));
            var x0 = run.CleanPreserving(x, i);
            double keep = nextNoise / noise;
            var next = scope.Return(ws.Combine((float)keep, x, (float)(nextSignal - keep * signal), x0));
            x = run.Advance(first, x, next, i);
        }
        return x;
    }
}
