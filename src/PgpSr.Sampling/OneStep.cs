using PgpSr.Tensors;

namespace PgpSr.Sampling;

/// <summary>
/// Restoration in one network evaluation at a fixed timestep (method 2.5): x0 = (z - sqrt(1 - abar) eps)/sqrt(abar). The two published families
/// differ in what z is: the latent of the degraded image itself at the last timestep, or that latent noised to a middle timestep.
/// </summary>
/// <param name="Timestep">Where the network is evaluated: 999 in the first family, 100 in the second.</param>
/// <param name="NoisedStart">False: z is the degraded latent. True: z = sqrt(abar) z_LQ + sqrt(1 - abar) n.</param>
/// <param name="Prediction">What the network predicts.</param>
sealed record OneStep(int Timestep, bool NoisedStart, PredictionType Prediction = PredictionType.Epsilon)
{
    /// <summary>The degraded latent taken as the noisy one at the last timestep.</summary>
    public static OneStep FromDegraded { get; } = new(999, NoisedStart: false);

    /// <summary>The degraded latent noised to timestep 100.</summary>
    public static OneStep FromNoised { get; } = new(100, NoisedStart: true);

    /// <summary>One evaluation. degraded and noise [N, H, W, C]; noise may be null when the start is not noised.</summary>
    public Tensor Run(Workspace ws, Predictor predict, Tensor degraded, Tensor? noise, NoiseSchedule? schedule = null)
    {
        ArgumentNullException.ThrowIfNull(ws);
        ArgumentNullException.ThrowIfNull(predict);
        schedule ??= NoiseSchedule.Sdxl;
        if (NoisedStart && noise is null) throw new ArgumentNullException(nameof(noise), "this one-step form starts from a noised latent");
        using var scope = ws.Scope(nameof(OneStep));
        var (signal, part) = schedule.Parts(Timestep);
        var z = NoisedStart ? schedule.AddNoise(ws, degraded, noise!, Timestep) : degraded;
        var prediction = predict(ws, z, Timestep);
        return scope.Return(Prediction == PredictionType.Epsilon
            ? ws.Combine((float)(1 / signal), z, (float)(-part / signal), prediction)
            : ws.Combine((float)signal, z, (float)-part, prediction));
    }
}
