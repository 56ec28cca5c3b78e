using PgpSr.Tensors;

namespace PgpSr.Sampling;

/// <summary>
/// The network as solvers see it: a sample of about unit variance and a timestep to a prediction of the same shape (noise or velocity, as the
/// schedule says). Tiling and guidance are composed into it, so a solver knows neither.
/// </summary>
/// <param name="ws">Where the result is rented.</param>
/// <param name="x">The sample, scaled for the network.</param>
/// <param name="timestep">Possibly fractional.</param>
delegate Tensor Predictor(Workspace ws, Tensor x, float timestep);

/// <summary>State after a network evaluation, for progress and previews.</summary>
/// <param name="Index">0-based evaluation that has ended.</param>
/// <param name="Count">Evaluations of the run.</param>
/// <param name="Timestep">Its timestep.</param>
/// <param name="Sigma">sigma of <paramref name="Sample"/>.</param>
/// <param name="Sample">The sample after it, in the solver's own scaling; valid during the call only.</param>
readonly record struct SamplerStep(int Index, int Count, double Timestep, double Sigma, Tensor Sample);

/// <summary>The solvers, each a function from noise to signal. All scalars are computed in double and rounded once.</summary>
static partial class Sampler
{
    /// <summary>Runs the solver that the schedule is for.</summary>
    /// <param name="ws">Workspace; the result is rented from its innermost scope.</param>
    /// <param name="predict">The network.</param>
    /// <param name="x">First sample: unit noise times <see cref="SamplingSchedule.InitialNoiseSigma"/>. Kept.</param>
    /// <param name="schedule">Timesteps and sigmas.</param>
    /// <param name="observe">Called after each evaluation, or null.</param>
    /// <param name="stochastic">Noise that DDIM adds in every step; null for none.</param>
    /// <exception cref="ArgumentException">Noise in every step for a solver that adds none.</exception>
    /// <returns>The sample at sigma 0, [N, H, W, C] like <paramref name="x"/>.</returns>
    public static Tensor Run(Workspace ws, Predictor predict, Tensor x, SamplingSchedule schedule, Action<SamplerStep>? observe = null,
        StepNoise? stochastic = null)
    {
        ArgumentNullException.ThrowIfNull(ws);
        ArgumentNullException.ThrowIfNull(predict);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(schedule);
        if (stochastic is not null && schedule.Solver != SolverKind.Ddim)
            throw new ArgumentException($"{schedule.Solver} adds no noise in its steps; DDIM does", nameof(stochastic));
        var run = new Progression(ws, predict, schedule, observe);
        return schedule.Solver switch
        {
            SolverKind.Euler => Euler(run, x),
            SolverKind.Heun => Heun(run, x),
            SolverKind.Ddim => Ddim(run, x, stochastic),
            SolverKind.DpmSolverPlusPlus2M => DpmSolverPlusPlus2M(run, x),
            SolverKind.UniPc => UniPc(run, x),
            _ => throw new ArgumentOutOfRangeException(nameof(schedule), schedule.Solver, "not a solver"),
        };
    }

    /// <summary>What every solver needs: the schedule, and the network's prediction turned into the clean sample x0.</summary>
    readonly struct Progression(Workspace ws, Predictor predict, SamplingSchedule schedule, Action<SamplerStep>? observe)
    {
        public Workspace Workspace => ws;

        public int Count => schedule.Timesteps.Length;

        public NoiseSchedule Noise => schedule.Noise;

        public bool EndsClean => schedule.EndsClean;

        public double Sigma(int i) => schedule.Sigmas[i];

        public double Timestep(int i) => schedule.Timesteps[i];

        /// <summary>x0 from a sample in the variance-exploding scaling (signal + sigma * noise), which the network sees divided by sqrt(sigma^2 +
        /// 1).</summary>
        public Tensor CleanExploding(Tensor x, int i)
        {
            using var scope = ws.Scope();
            double sigma = Sigma(i), norm = Math.Sqrt(sigma * sigma + 1);
            var prediction = predict(ws, ws.Scale((float)(1 / norm), x), (float)Timestep(i));
            return scope.Return(schedule.Prediction == PredictionType.Epsilon
                ? ws.Combine(1, x, (float)-sigma, prediction)
                : ws.Combine((float)(1 / (norm * norm)), x, (float)(-sigma / norm), prediction));
        }

        /// <summary>x0 from a sample in the variance-preserving scaling (alpha * signal + s * noise).</summary>
        public Tensor CleanPreserving(Tensor x, int i)
        {
            using var scope = ws.Scope();
            double alpha = Alpha(Sigma(i)), s = Sigma(i) * alpha;
            var prediction = predict(ws, x, (float)Timestep(i));
            return scope.Return(schedule.Prediction == PredictionType.Epsilon
                ? ws.Combine((float)(1 / alpha), x, (float)(-s / alpha), prediction)
                : ws.Combine((float)alpha, x, (float)-s, prediction));
        }

        /// <summary>Tells the observer and frees the sample before, unless it is the caller's.</summary>
        public Tensor Advance(Tensor first, Tensor before, Tensor after, int i)
        {
            if (before != first && !before.IsReturned) before.Dispose();
            observe?.Invoke(new SamplerStep(i, Count, Timestep(i), Sigma(Math.Min(i + 1, schedule.Sigmas.Length - 1)), after));
            return after;
        }
    }

    /// <summary>Part of the signal in a variance-preserving sample: 1/sqrt(sigma^2 + 1).</summary>
    static double Alpha(double sigma) => 1 / Math.Sqrt(sigma * sigma + 1);

    /// <summary>Half the log signal-to-noise ratio, the clock of DPM-Solver and UniPC: -log sigma.</summary>
    static double Lambda(double sigma) => -Math.Log(sigma);

    /// <summary>e^x - 1 without the cancellation near 0 (Kahan's form); -1 for minus infinity.</summary>
    static double ExpMinusOne(double x)
    {
        double u = Math.Exp(x);
        if (u == 1) return x;
        double below = u - 1;
        return below == -1 ? -1 : below * x / Math.Log(u);
    }
}
