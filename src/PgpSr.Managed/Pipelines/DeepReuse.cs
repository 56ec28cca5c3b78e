using PgpSr.Models;

namespace PgpSr.Managed;

/// <summary>Which runs can follow <see cref="UpscaleOptions.Reuse"/>.</summary>
static class DeepReuse
{
    /// <summary>Why a run of one step is refused.</summary>
    public const string OneStep = "this run has one step, and no earlier one whose features it could take; leave the option out";

    /// <summary>Why a network is refused that samples in steps.</summary>
    public const string OtherNetwork = "only FaithDiff and the Stable Diffusion x4 upscaler keep features between steps; leave the option out";

    /// <summary>Refuses what the network or the number of steps cannot follow.</summary>
    /// <param name="reuse">The option.</param>
    /// <param name="unet">The network.</param>
    /// <param name="steps">Of the run.</param>
    /// <param name="model">For messages.</param>
    /// <exception cref="ArgumentException">It cannot.</exception>
    public static void Check(int reuse, UnetConfig unet, int steps, string model)
    {
        if (reuse == 1) return;
        if (reuse is < 1 or > 1000) Throw.Option(model, nameof(UpscaleOptions.Reuse), $"is {reuse}; expected 1 to 1000");
        if (steps == 1) Throw.Option(model, nameof(UpscaleOptions.Reuse), $"is {reuse}; {OneStep}");
        if (!unet.HasOuterLevel)
            Throw.Option(model, nameof(UpscaleOptions.Reuse), $"is {reuse}; this pruned network has no outermost level that can be evaluated alone");
    }
}
