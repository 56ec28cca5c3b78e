using System.Collections.Immutable;

namespace PgpSr.Sampling;

/// <summary>
/// Where a sampling run evaluates the network: a timestep for each evaluation and the sigmas between them, the last of which is 0. Pure data,
/// equal to what diffusers' schedulers of the same names compute.
/// </summary>
sealed record SamplingSchedule
{
    SamplingSchedule(SolverKind solver, PredictionType prediction, NoiseSchedule noise, double[] timesteps, double[] sigmas, double initialNoise,
        bool endsClean)
    {
        EndsClean = endsClean;
        Solver = solver;
        Prediction = prediction;
        Noise = noise;
        Timesteps = ImmutableArray.Create(timesteps);
        Sigmas = ImmutableArray.Create(sigmas);
        InitialNoiseSigma = initialNoise;
    }

    /// <summary>Which solver this schedule is for: solvers place steps differently.</summary>
    public SolverKind Solver { get; }

    /// <summary>What the network predicts.</summary>
    public PredictionType Prediction { get; }

    /// <summary>The training noise behind it.</summary>
    public NoiseSchedule Noise { get; }

    /// <summary>Timestep of each network evaluation, falling, possibly fractional.</summary>
    public ImmutableArray<double> Timesteps { get; }

    /// <summary>sigma of each evaluation and a final 0 (for <see cref="SolverKind.Ddim"/>: of the sample after the last step).</summary>
    public ImmutableArray<double> Sigmas { get; }

    /// <summary>Whether <see cref="SolverKind.Ddim"/> ends on the signal itself, and not on the training schedule's first timestep.</summary>
    public bool EndsClean { get; }

    /// <summary>Unit noise times this is the first sample.</summary>
    public double InitialNoiseSigma { get; }

    /// <summary>A schedule of <paramref name="steps"/> steps.</summary>
    /// <param name="solver">Which solver.</param>
    /// <param name="steps">At least 1, at most the number of training timesteps.</param>
    /// <param name="noise">Training noise; null for SDXL's.</param>
    /// <param name="spacing">How timesteps are placed.</param>
    /// <param name="offset">Added to leading timesteps (SDXL: 1).</param>
    /// <param name="karras">Sigmas after Karras et al. 2022, equation 5 (rho 7), rather than the timesteps' own.</param>
    /// <param name="prediction">What the network predicts.</param>
    /// <param name="endsClean">Whether DDIM ends on the signal itself (diffusers' <c>set_alpha_to_one</c>).</param>
    public static SamplingSchedule Create(
        SolverKind solver,
        int steps,
        NoiseSchedule? noise = null,
        TimestepSpacing spacing = TimestepSpacing.Leading,
        int offset = 1,
        bool karras = false,
        PredictionType prediction = PredictionType.Epsilon,
        bool endsClean = false)
    {
        noise ??= NoiseSchedule.Sdxl;
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, noise.Count);
        if (karras && solver == SolverKind.Ddim)
            throw new ArgumentException("DDIM steps over training timesteps and takes no Karras sigmas", nameof(karras));

        bool multistep = solver is SolverKind.DpmSolverPlusPlus2M or SolverKind.UniPc;
        double[] timesteps = Place(noise.Count, steps, spacing, offset, multistep, rounded: multistep || solver == SolverKind.Ddim);
        double[] sigmas;
        if (karras)
        {
            // The multistep solvers spread over the whole training range, Euler and Heun over the range of their timesteps.
            double high = multistep ? noise.Sigma(noise.Count - 1) : noise.Sigma(timesteps[0]);
            double low = multistep ? noise.Sigma(0) : noise.Sigma(timesteps[^1]);
            sigmas = Karras(low, high, steps);
            timesteps = [.. sigmas.Select(noise.Timestep)];
            if (multistep) timesteps = [.. timesteps.Select(t => Math.Round(t, MidpointRounding.ToEven))];
        }
        else
        {
            sigmas = [.. timesteps.Select(noise.Sigma)];
        }

        double initial = solver switch
        {
            SolverKind.Euler or SolverKind.Heun when spacing == TimestepSpacing.Leading => Math.Sqrt(sigmas[0] * sigmas[0] + 1),
            SolverKind.Euler or SolverKind.Heun => sigmas[0],
            _ => 1, // variance-preserving solvers start from unit noise
        };
        // DDIM ends on the training schedule's first timestep rather than on 0 (diffusers' set_alpha_to_one = false, as SDXL has it), unless asked.
        sigmas = [.. sigmas, solver == SolverKind.Ddim && !endsClean ? noise.Sigma(0) : 0];
        if (solver == SolverKind.Heun)
        {
            // Each inner point is visited twice: as the end of one step and as the start of the next.
            timesteps = [timesteps[0], .. timesteps.Skip(1).SelectMany(t => new[] { t, t })];
            sigmas = [sigmas[0], .. sigmas.Skip(1).SkipLast(1).SelectMany(s => new[] { s, s }), sigmas[^1]];
        }
        return new SamplingSchedule(solver, prediction, noise, timesteps, sigmas, initial, endsClean);
    }

    static double[] Place(int count, int steps, TimestepSpacing spacing, int offset, bool multistep, bool rounded)
    {
        // The multistep solvers of diffusers divide the range by steps + 1 and leave out the lowest point.
        int points = multistep ? steps + 1 : steps;
        var timesteps = new double[steps];
        for (int i = 0; i < steps; i++)
        {
            timesteps[i] = spacing switch
            {
                TimestepSpacing.Leading => (double)(points - 1 - i) * (count / points) + offset,
                TimestepSpacing.Trailing => Math.Round(count - i * ((double)count / steps), MidpointRounding.ToEven) - 1,
                TimestepSpacing.Linspace => points == 1 ? 0 : (double)(count - 1) * (points - 1 - i) / (points - 1),
                _ => throw new ArgumentOutOfRangeException(nameof(spacing), spacing, "not a spacing"),
            };
            if (rounded) timesteps[i] = Math.Round(timesteps[i], MidpointRounding.ToEven);
        }
        return timesteps;
    }

    static double[] Karras(double low, double high, int steps)
    {
        const double rho = 7; // Karras et al. 2022, section 3: chosen there for image quality
        double from = Math.Pow(high, 1 / rho), to = Math.Pow(low, 1 / rho);
        var sigmas = new double[steps];
        for (int i = 0; i < steps; i++) sigmas[i] = Math.Pow(from + (steps == 1 ? 0 : (double)i / (steps - 1)) * (to - from), rho);
        return sigmas;
    }
}
