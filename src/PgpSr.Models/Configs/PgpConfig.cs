namespace PgpSr.Models;

/// <summary>
/// One of this project's own small models: a <see cref="PgpSr.Models.Unet"/> without text over a patchified latent, told of the degraded picture,
/// with or without phase-exchange adapters. The latent is the restored picture in patches (<see cref="PatchAutoencoder"/>), so there is no VAE.
/// Stored with the weights, see <see cref="PgpConfigJson"/>.
/// </summary>
sealed record PgpConfig
{
    /// <summary>Channels of a picture.</summary>
    public const int ImageChannels = 3;

    /// <summary>The network; without text (no context channels, no added condition).</summary>
    public required UnetConfig Unet { get; init; }

    /// <summary>Where phase-exchange adapters sit.</summary>
    public PhasePlacement Phase { get; init; }

    /// <summary>How many times larger the restored picture is than the degraded one, in each direction: 1, 2, 4 or 8.</summary>
    public int Scale { get; init; } = 4;

    /// <summary>Pixels of the restored picture per latent position, in each direction: 2, 4 or 8, and no less than <see cref="Scale"/>.</summary>
    public int PatchFactor { get; init; } = 4;

    /// <summary>Channels of the guide's features (what the stem makes of the degraded picture for the adapters); 0 for a network without a
    /// guide.</summary>
    public int GuideChannels { get; init; }

    /// <summary>What conv_in sees.</summary>
    public PgpInput Input { get; init; }

    /// <summary>What the network predicts.</summary>
    public PgpPrediction Prediction { get; init; }

    /// <summary>Evaluations for one restoration, by default; 1 for one-step models.</summary>
    public int Steps { get; init; } = 1;

    /// <summary>Timestep of a one-step model's evaluation.</summary>
    public int Timestep { get; init; } = 999;

    /// <summary>
    /// Above 0: a one-step network was trained with pictures of known damage too, and timestep d x this tells it of a damage d, 0 (clean) to 1 (the
    /// strongest noise and JPEG compression it saw). At <see cref="Timestep"/> it finds out for itself.
    /// </summary>
    public int DamageTimestep { get; init; }

    /// <summary>One-step models of the second family (method 2.5): the start is the degraded latent noised to <see cref="Timestep"/>.</summary>
    public bool NoisedStart { get; init; }

    /// <summary>
    /// 0: the latent is the restored picture. Above: the latent is what the restored picture has over the degraded one enlarged by bicubic
    /// interpolation, divided by this deviation (in units of [-1, 1]), so that about unit variance is left to generate.
    /// </summary>
    public float ResidualDeviation { get; init; }

    /// <summary>
    /// Part of the noise that sampling starts from, 1 being what the network was trained to start from: of its gray component, the mean over the
    /// colors. Less keeps nearer to the expected picture: smoother, and with less of the grain that a small network leaves where it does not know
    /// better.
    /// </summary>
    public float StartNoise { get; init; } = 1;

    /// <summary>The same of what the colors' noise has over the gray component.</summary>
    public float StartColorNoise { get; init; } = 1;

    /// <summary>Whether the enlarged degraded picture is added to what the network makes.</summary>
    public bool AddsEnlarged => Prediction == PgpPrediction.Residual || ResidualDeviation > 0;

    /// <summary>Channels of the latent: the restored picture's patches.</summary>
    public int LatentChannels => ImageChannels * PatchFactor * PatchFactor;

    /// <summary>Pixels of the degraded picture per latent position, in each direction.</summary>
    public int DegradedPatch => PatchFactor / Scale;

    /// <summary>Channels of the degraded picture on the latent's grid.</summary>
    public int DegradedChannels => ImageChannels * DegradedPatch * DegradedPatch;

    /// <summary>Channels of conv_in's input, as <see cref="Input"/> makes them.</summary>
    public int InputChannels => Input switch
    {
        PgpInput.Degraded => DegradedChannels,
        PgpInput.Latent => LatentChannels,
        _ => LatentChannels + DegradedChannels,
    };

    /// <summary>Checks that the parts fit one another.</summary>
    /// <exception cref="ArgumentException">They do not; the message says where.</exception>
    public void Validate()
    {
        Unet.Validate();
        if (Unet.ContextChannels != 0 || Unet.AddedCondition is not null)
            throw new ArgumentException("these models take no text: context_channels is 0");
        if (PatchFactor is not (2 or 4 or 8)) throw new ArgumentException($"patch_factor is {PatchFactor}; expected 2, 4 or 8");
        if (Scale is not (1 or 2 or 4 or 8) || Scale > PatchFactor)
            throw new ArgumentException($"scale is {Scale}; expected 1, 2, 4 or 8, and no more than the patch factor {PatchFactor}");
        if (Unet.InChannels != InputChannels)
            throw new ArgumentException($"the network takes {Unet.InChannels} channels, its input ({Input}) has {InputChannels}");
        if (Unet.OutChannels != LatentChannels)
        {
            throw new ArgumentException(
                $"the network predicts {Unet.OutChannels} channels, a latent of {PatchFactor}x{PatchFactor} patches has {LatentChannels}");
        }
        if (Phase != PhasePlacement.None && GuideChannels == 0) throw new ArgumentException("phase adapters need a guide: guide_channels is 0");
        if (GuideChannels < 0 || GuideChannels % Unet.NormGroups != 0)
            throw new ArgumentException($"{GuideChannels} guide channels do not divide into {Unet.NormGroups} groups");
        if (Prediction == PgpPrediction.Residual && (Steps != 1 || NoisedStart))
            throw new ArgumentException("a residual over the enlarged picture is predicted in one step, without noise");
        if (Input == PgpInput.Degraded && Prediction != PgpPrediction.Residual)
            throw new ArgumentException("a network that sees only the degraded picture predicts a residual");
        if (!(ResidualDeviation >= 0 && ResidualDeviation <= 2))
            throw new ArgumentException($"residual_deviation is {ResidualDeviation}; expected 0 to 2");
        if (!(StartNoise >= 0 && StartNoise <= 2 && StartColorNoise >= 0 && StartColorNoise <= 2))
            throw new ArgumentException($"start_noise is {StartNoise} and start_colour_noise {StartColorNoise}; expected 0 to 2");
        if ((StartNoise, StartColorNoise) != (1, 1) && Steps < 2)
            throw new ArgumentException("start_noise is set, but a model of one step does not sample");
        if (ResidualDeviation > 0 && (Prediction == PgpPrediction.Residual || Input != PgpInput.LatentAndDegraded || NoisedStart || Steps < 2))
        {
            throw new ArgumentException("a latent of residuals starts from noise, in two steps or more, beside the degraded picture: "
                + "prediction epsilon or velocity, input latent_and_degraded");
        }
        if (Steps is < 1 or > 1000) throw new ArgumentException($"steps is {Steps}; expected 1 to 1000");
        if (DamageTimestep is < 0 or > 998 || (DamageTimestep > 0 && (Steps > 1 || DamageTimestep >= Timestep)))
            throw new ArgumentException($"damage_timestep is {DamageTimestep}; expected 0, or less than the timestep of a one-step model");
        if (Timestep is < 0 or > 999) throw new ArgumentException($"timestep is {Timestep}; expected 0 to 999");
    }
}

/// <summary>What a small model's conv_in sees.</summary>
enum PgpInput
{
    /// <summary>The degraded picture in patches: one-step models whose start is the degraded picture itself.</summary>
    Degraded,

    /// <summary>The noisy latent.</summary>
    Latent,

    /// <summary>The noisy latent, then the degraded picture in patches.</summary>
    LatentAndDegraded,
}

/// <summary>What a small model predicts.</summary>
enum PgpPrediction
{
    /// <summary>What the restored picture's latent has over the latent of the degraded picture, enlarged by antialiased bicubic
    /// interpolation.</summary>
    Residual,

    /// <summary>The noise in the latent.</summary>
    Epsilon,

    /// <summary>v = sqrt(abar) noise - sqrt(1 - abar) signal.</summary>
    Velocity,
}
