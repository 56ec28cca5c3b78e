using System.Text.Json;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Sampling;

namespace PgpSr.Restoration;

// The settings file of a checkpoint folder. Every key is optional; an unknown one is refused, for a misspelt setting would silently be the default.
static class FaithDiffSettingsJson
{
    // A thousand training timesteps bound both; a tile of 1024 positions is 8192 pixels, beyond any memory that runs an SDXL UNet on it.
    const int MaxSteps = 1000, MaxTile = 1024, MaxSize = 1 << 15, MaxScale = 16;
    const float MaxGuidance = 100;

    public static FaithDiffSettings Read(JsonElement json, string file, FaithDiffSettings defaults)
    {
        if (json.ValueKind != JsonValueKind.Object) throw new ConfigException(file, "expected a JSON object");
        var settings = defaults;
        foreach (var entry in json.EnumerateObject())
        {
            settings = entry.Name switch
            {
                "steps" => settings with { Steps = Integer(entry, file, 1, MaxSteps) },
                "guidance" => settings with { Guidance = Number(entry, file, 0, MaxGuidance) },
                "start" => settings with { Start = Choice(entry, file, ("degraded", FaithDiffStart.Degraded), ("noise", FaithDiffStart.Noise)) },
                "one_step" => settings with { OneStep = entry.Value.ValueKind == JsonValueKind.Null ? null : ReadOneStep(entry.Value, file) },
                "latent_tile" => settings with { LatentTile = Integer(entry, file, FaithDiffSettings.SmallestTile, MaxTile) },
                "size_target" => settings with { SizeTarget = Integer(entry, file, 8, MaxSize) },
                "scale" => settings with { Scale = Integer(entry, file, 1, MaxScale) },
                "color_fix" or "colour_fix" => settings with
                {
                    ColorFix =
                        Choice(entry, file, ("none", ColorFixMethod.None), ("adain", ColorFixMethod.AdaIn), ("wavelet", ColorFixMethod.Wavelet)),
                },
                "phase" => settings with
                {
                    Phase = Choice(entry, file, ("none", PhasePlacement.None), ("stem", PhasePlacement.Stem), ("decoder", PhasePlacement.Decoder)),
                },
                _ => throw new ConfigException(file, $"unknown setting {entry.Name}"),
            };
        }
        return settings;
    }

    // {"timestep": 999, "noised_start": false, "prediction": "epsilon"}
    static OneStep ReadOneStep(JsonElement json, string file)
    {
        if (json.ValueKind != JsonValueKind.Object) throw new ConfigException(file, "one_step is not a JSON object");
        var result = OneStep.FromDegraded;
        foreach (var entry in json.EnumerateObject())
        {
            result = entry.Name switch
            {
                "timestep" => result with { Timestep = Integer(entry, file, 0, NoiseSchedule.Sdxl.Count - 1) },
                "noised_start" => result with
                {
                    NoisedStart = entry.Value.ValueKind is JsonValueKind.True or JsonValueKind.False
                        ? entry.Value.GetBoolean() : throw Wrong(entry, file, "true or false"),
                },
                "prediction" => result with
                {
                    Prediction = Choice(entry, file, ("epsilon", PredictionType.Epsilon), ("v_prediction", PredictionType.Velocity)),
                },
                _ => throw new ConfigException(file, $"unknown setting one_step.{entry.Name}"),
            };
        }
        return result;
    }

    static int Integer(JsonProperty entry, string file, int low, int high) =>
        entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetInt32(out int value) && value >= low && value <= high
            ? value : throw Wrong(entry, file, $"a whole number of {low} to {high}");

    static float Number(JsonProperty entry, string file, float low, float high) =>
        entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetSingle(out float value) && value >= low && value <= high
            ? value : throw Wrong(entry, file, $"a number of {low} to {high}");

    static T Choice<T>(JsonProperty entry, string file, params ReadOnlySpan<(string Name, T Value)> choices)
    {
        string? found = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null;
        foreach (var (name, value) in choices)
            if (name == found) return value;
        throw Wrong(entry, file, string.Join(", ", choices.ToArray().Select(choice => $"'{choice.Name}'")));
    }

    static ConfigException Wrong(JsonProperty entry, string file, string expected)
    {
        string found = entry.Value.GetRawText();
        return new ConfigException(file, $"{entry.Name} is {(found.Length > 80 ? found[..77] + "..." : found)}; expected {expected}");
    }
}
