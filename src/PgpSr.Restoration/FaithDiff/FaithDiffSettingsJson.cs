using PgpSr.Models;
using PgpSr.Sampling;

namespace PgpSr.Restoration;

// The settings file of a checkpoint folder. Every key is optional; an unknown one is refused, for a misspelt setting would silently be the default.
static class FaithDiffSettingsJson
{
    // A thousand training timesteps bound both; a tile of 1024 positions is 8192 pixels, beyond any memory that runs an SDXL UNet on it.
    const int MaxSteps = 1000, MaxTile = 1024, MaxSize = 1 << 15, MaxScale = 16;
    const float MaxGuidance = 100;

    public static FaithDiffSettings Read(string file, FaithDiffSettings defaults) =>
        ConfigJson.Read(ConfigFile.Read(file), file, json => Walk(json, defaults));

    static FaithDiffSettings Walk(ConfigJson json, FaithDiffSettings defaults) => defaults with
    {
        Steps = json.Integer("steps", absent: defaults.Steps, low: 1, high: MaxSteps),
        Guidance = json.Number("guidance", absent: defaults.Guidance, low: 0, high: MaxGuidance),
        Start = json.Choice("start", default, defaults.Start, ("degraded", FaithDiffStart.Degraded), ("noise", FaithDiffStart.Noise)),
        OneStep = json.Says("one_step") ? json.ObjectOrNull("one_step", null, OneStep.FromDegraded, ReadOneStep) : defaults.OneStep,
        LatentTile = json.Integer("latent_tile", absent: defaults.LatentTile, low: FaithDiffSettings.SmallestTile, high: MaxTile),
        SizeTarget = json.Integer("size_target", absent: defaults.SizeTarget, low: 8, high: MaxSize),
        Scale = json.Integer("scale", absent: defaults.Scale, low: 1, high: MaxScale),
        ColorFix = json.Choice(json.Has("colour_fix") ? "colour_fix" : "color_fix", default, defaults.ColorFix, OneStepRecipeJson.Colors),
        Phase = json.Has("phase") ? json.Choice("phase", PhasePlacement.None) : defaults.Phase,
    };

    // {"timestep": 999, "noised_start": false, "prediction": "epsilon"}
    static OneStep ReadOneStep(ConfigJson json, OneStep defaults) => defaults with
    {
        Timestep = json.Integer("timestep", absent: defaults.Timestep, high: NoiseSchedule.Sdxl.Count - 1),
        NoisedStart = json.Flag("noised_start", absent: defaults.NoisedStart),
        Prediction = json.Choice("prediction", default, defaults.Prediction,
            ("epsilon", PredictionType.Epsilon), ("v_prediction", PredictionType.Velocity)),
    };
}
