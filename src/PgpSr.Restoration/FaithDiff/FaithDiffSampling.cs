using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>From a start to the restored latent: a solver's steps, or one step by a formula.</summary>
sealed record FaithDiffSampling
{
    /// <summary>Noise that sampling begins with.</summary>
    public const int StartField = 0;

    /// <summary>Noise of the autoencoder's posterior; no solver's step has this number.</summary>
    public const int PosteriorField = -1;

    // Published schedulers count a thousand training timesteps.
    const int MaxSteps = 1000;

    // No solver remembers more than three evaluations, so four show all that a run of any length holds.
    const int StepsRehearsed = 4;

    FaithDiffSampling(SchedulerConfig scheduler, int steps, OneStep? oneStep, float guidance, FaithDiffStart start)
    {
        Scheduler = scheduler;
        Steps = steps;
        OneStep = oneStep;
        Schedule = oneStep is null ? scheduler.For(steps) : null;
        Guidance = guidance;
        Start = start;
    }

    public SchedulerConfig Scheduler { get; }

    public int Steps { get; }

    /// <summary>The formula of a one-step checkpoint; null for a run in steps.</summary>
    public OneStep? OneStep { get; }

    /// <summary>Where the network is evaluated; null for one step by a formula.</summary>
    public SamplingSchedule? Schedule { get; }

    /// <summary>u + guidance (c - u).</summary>
    public float Guidance { get; }

    public FaithDiffStart Start { get; init; }

    /// <summary>Of so many evaluations one is complete, the others take its features below the outermost level.</summary>
    public int Reuse { get; init; } = 1;

    /// <summary>Positions of the prompt's states: CLIP's, unless embeddings of another length are at hand.</summary>
    public int TextLength { get; init; } = FaithDiffText.Length;

    /// <summary>Rows of a prompt: without guidance the unconditional one is not computed.</summary>
    public int Rows => Guidance == 1 ? 1 : 2;

    /// <summary>Network evaluations of each row.</summary>
    public int Evaluations => Schedule?.Timesteps.Length ?? 1;

    /// <summary>Whether the degraded picture's latent is used.</summary>
    public bool NeedsLatent => OneStep is not null || Start == FaithDiffStart.Degraded;

    /// <summary>Whether noise is used.</summary>
    public bool NeedsNoise => OneStep?.NoisedStart ?? true;

    /// <summary>What a checkpoint's settings and a caller's options make together.</summary>
    /// <param name="settings">The checkpoint's.</param>
    /// <param name="givenSteps">The caller's number of steps, or null.</param>
    /// <param name="givenGuidance">The caller's guidance, or null.</param>
    /// <param name="model">For messages.</param>
    /// <exception cref="ArgumentException">An option that the checkpoint cannot follow.</exception>
    public static FaithDiffSampling Create(FaithDiffSettings settings, int? givenSteps, float? givenGuidance, string model)
    {
        int steps = givenSteps ?? (settings.OneStep is null ? settings.Steps : 1);
        if (steps is < 1 or > MaxSteps) Throw.Option(model, nameof(Steps), $"is {steps}; expected 1 to {MaxSteps}");
        if (settings.OneStep is not null && steps != 1) Throw.Option(model, nameof(Steps), $"is {steps}; this model restores in one step");
        float guidance = givenGuidance ?? (settings.OneStep is null ? settings.Guidance : 1);
        if (!(guidance >= 0 && float.IsFinite(guidance))) Throw.Option(model, nameof(Guidance), $"is {guidance}; expected 0 or more");
        var scheduler = settings.Scheduler;
        // Leading steps put a single one at timestep 1, where almost nothing is left to remove (method 5); trailing ones put it at the last.
        if (steps == 1 && scheduler.Spacing == TimestepSpacing.Leading) scheduler = scheduler with { Spacing = TimestepSpacing.Trailing };
        return new FaithDiffSampling(scheduler, steps, settings.OneStep, guidance, settings.Start);
    }

    /// <summary>
    /// The first sample (method 3.7): noise, or the degraded latent with noise at the last training timestep. Both unscaled, [h, w, C].
    /// </summary>
    public float[] Begin(float[] degraded, float[] noise)
    {
        if (Schedule is null) return degraded;
        float initial = (float)Schedule.InitialNoiseSigma;
        var z = new float[noise.Length];
        if (Start == FaithDiffStart.Noise)
        {
            for (int i = 0; i < z.Length; i++) z[i] = noise[i] * initial;
            return z;
        }
        // The noise is scaled for the solver before it is added, so that little of the picture is left beside it: as released.
        var (signal, part) = Schedule.Noise.Parts(Schedule.Noise.Count - 1);
        float keep = (float)signal, add = (float)part;
        for (int i = 0; i < z.Length; i++) z[i] = keep * degraded[i] + add * (noise[i] * initial);
        return z;
    }

    /// <summary>Runs the denoiser from a start to the restored latent.</summary>
    /// <param name="ws">The result is rented from its innermost scope.</param>
    /// <param name="prepare">Makes what stays for all steps, or null.</param>
    /// <param name="predict">The network, guided.</param>
    /// <param name="begin">From <see cref="Begin"/>; empty in a rehearsal.</param>
    /// <param name="noise">Unit noise, for one-step formulas that start noised.</param>
    /// <param name="shape">Of the latent.</param>
    /// <param name="observe">Called after each evaluation, or null.</param>
    /// <returns>The latent, and the multiply-accumulates before the first evaluation and of one (of one tile in a rehearsal; 0 in a run).</returns>
    public (Tensor Latent, long FixedWork, long UnitWork) Run(
        Workspace ws, Action<Workspace>? prepare, Predictor predict, float[] begin, float[] noise, Shape shape, Action<SamplerStep>? observe)
    {
        using var scope = ws.Scope(nameof(FaithDiffSampling));
        var rehearsal = ws.Backend as RehearsalBackend;
        prepare?.Invoke(ws);
        long prepared = rehearsal?.MultiplyAdds ?? 0;
        var counted = new List<long>();
        if (rehearsal is not null && Reuse > 1) predict = Counted(predict);
        var z = FaithDiffDenoiser.Upload(ws, begin, shape);
        Tensor latent;
        int evaluations = 1;
        if (OneStep is not null)
        {
            latent = OneStep.Run(ws, predict, z, OneStep.NoisedStart ? FaithDiffDenoiser.Upload(ws, noise, shape) : null, Scheduler.Noise);
        }
        else
        {
            // A complete evaluation among those that follow what a solver remembers.
            int rehearsed = StepsRehearsed + Reuse - 1;
            var schedule = rehearsal is null || Steps <= rehearsed ? Schedule! : Scheduler.For(rehearsed);
            evaluations = schedule.Timesteps.Length;
            latent = Sampler.Run(ws, predict, z, schedule, observe);
        }
        long unit = ((rehearsal?.MultiplyAdds ?? 0) - prepared) / evaluations;
        if (counted is [long complete, long partial, ..])
        {
            int whole = (Evaluations + Reuse - 1) / Reuse;
            unit = (whole * complete + (Evaluations - whole) * partial) / Evaluations;
        }
        return (scope.Return(latent), prepared, unit);

        Predictor Counted(Predictor network) => (on, x, timestep) =>
        {
            long before = rehearsal.MultiplyAdds;
            var prediction = network(on, x, timestep);
            counted.Add(rehearsal.MultiplyAdds - before);
            return prediction;
        };
    }
}
