using PgpSr.Tensors;

namespace PgpSr.Sampling;

static partial class Sampler
{
    // Zhao et al. 2023 (UniPC), multistep, order 2, data prediction, B(h) = e^h - 1. Each step first corrects the sample that the last step
    // predicted, using the new evaluation, then predicts the next.
    static Tensor UniPc(in Progression run, Tensor first)
    {
        var ws = run.Workspace;
        var x = first;
        Tensor? x0Before = null, x0BeforeThat = null, corrected = null;
        int order = 1;
        for (int i = 0; i < run.Count; i++)
        {
            using var scope = ws.Scope(nameof(UniPc));
            var x0 = scope.Return(run.CleanPreserving(x, i));
            var start = x;
            if (corrected is not null && x0Before is not null)
            {
                // Corrector over the step i-1 -> i, with the order that the predictor had.
                var step = new UniStep(run.Sigma(i - 1), run.Sigma(i));
                var (onThis, onBefore) = step.CorrectorWeights(order, Ratio(run, i - 1, step));
                start = scope.Return(step.Apply(ws, corrected, x0Before, (x0, onThis), order == 2 ? (x0BeforeThat!, onBefore) : null));
            }
            order = Math.Min(Math.Min(2, run.Count - i), i + 1);
            var predictor = new UniStep(run.Sigma(i), run.Sigma(i + 1));
            // Order 2 has the closed-form weight 1/2 on (x0_before - x0)/r.
            var next = scope.Return(order == 2
                ? predictor.Apply(ws, start, x0, null, (x0Before!, 0.5 / Ratio(run, i, predictor)))
                : predictor.Apply(ws, start, x0, null, null));
            x0BeforeThat?.Dispose();
            x0BeforeThat = x0Before;
            x0Before = x0;
            if (corrected is not null && corrected != first) corrected.Dispose();
            if (start != x) x.Dispose();
            corrected = start;
            x = run.Advance(first, first, next, i);
        }
        x0BeforeThat?.Dispose();
        x0Before?.Dispose();
        if (corrected is not null && corrected != first) corrected.Dispose();
        return x;
    }

    // lambda of the point before the step's start, relative to the start, in units of the step: negative.
    static double Ratio(in Progression run, int start, in UniStep step) =>
        start == 0 ? -1 : (Lambda(run.Sigma(start - 1)) - Lambda(run.Sigma(start))) / step.H;

    readonly struct UniStep
    {
        readonly double _sigma;
        readonly double _end;

        public UniStep(double sigma, double end)
        {
            _sigma = sigma;
            _end = end;
            H = Lambda(end) - Lambda(sigma);
            Growth = ExpMinusOne(-H);
        }

        public double H { get; }

        /// <summary>e^-h - 1, the integral of the exponential weight over the step; also B(h).</summary>
        public double Growth { get; }

        // x' = (s'/s) x - alpha' (e^-h - 1) (m0 + sum of weights * (m - m0))
        public Tensor Apply(Workspace ws, Tensor x, Tensor m0, (Tensor M, double Weight)? a, (Tensor M, double Weight)? b)
        {
            using var scope = ws.Scope(nameof(UniStep));
            double alpha = Alpha(_end), gain = -alpha * Growth;
            double onM0 = 1 - (a?.Weight ?? 0) - (b?.Weight ?? 0);
            var y = ws.Combine((float)(_end * alpha / (_sigma * Alpha(_sigma))), x, (float)(gain * onM0), m0);
            if (a is { } first) y = ws.Combine(1, y, (float)(gain * first.Weight), first.M);
            if (b is { } second) y = ws.Combine(1, y, (float)(gain * second.Weight), second.M);
            return scope.Return(y);
        }

        // Solves the order conditions (equation 10 of the paper) for the weights on (m_this - m0) and (m_before - m0).
        public (double This, double Before) CorrectorWeights(int order, double r)
        {
            if (order == 1) return (0.5, 0);
            double hh = -H;
            double phi1 = Growth / hh - 1;      // hh * phi_2
            double phi2 = phi1 / hh - 0.5;      // hh * phi_3, times 1/2!
            double b1 = phi1 / Growth, b2 = 2 * phi2 / Growth;
            // [1 1; r 1] [rho_before; rho_this] = [b1; b2]
            double rhoBefore = (b1 - b2) / (1 - r);
            return (b1 - rhoBefore, rhoBefore / r);
        }
    }
}
