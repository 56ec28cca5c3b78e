using System.Text.Json;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Sampling;

namespace PgpSr.Restoration;

/// <summary>A recipe with where its parts are.</summary>
/// <param name="Recipe">How the network is run; null where the file names none, so that the adapter's keys decide.</param>
/// <param name="Base">Folder of the base model, relative to the file's; null for the same folder.</param>
/// <param name="Adapter">The adapter's file, relative to the file's folder; null for the only one there.</param>
sealed record OneStepDescription(OneStepRecipe? Recipe, string? Base, string? Adapter);

/// <summary>
/// The settings file of a one-step restorer's folder. <c>recipe</c> is a known family's name or <c>custom</c>, which needs a <c>timestep</c>; every
/// other key is optional and comes before the family's value. An unknown key is refused, for a misspelled setting would silently be the default.
/// </summary>
static class OneStepRecipeJson
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "pgpsr.json";

    const string Custom = "custom", RankAlpha = "rank";
    const int MaxScale = 16;
    const double MaxAlpha = 1 << 16;

    // By their names in settings files.
    internal static readonly (string, ColorFixMethod)[] Colors =
        [("none", ColorFixMethod.None), ("adain", ColorFixMethod.AdaIn), ("wavelet", ColorFixMethod.Wavelet)];

    static readonly (string, OneStepPrediction)[] s_predictions =
        [("epsilon", OneStepPrediction.Epsilon), ("v_prediction", OneStepPrediction.Velocity), ("residual", OneStepPrediction.Residual)];

    static readonly (string, ResizeFilter)[] s_enlargements =
        [("bicubic", ResizeFilter.Bicubic), ("torch_bicubic", ResizeFilter.TorchBicubic)];

    /// <summary>Whether a settings file is of this form.</summary>
    public static bool Describes(JsonElement json) => json.ValueKind == JsonValueKind.Object
        && (json.TryGetProperty("recipe", out _) || json.TryGetProperty("adapter", out _) || json.TryGetProperty("base", out _));

    /// <summary>Reads settings.</summary>
    /// <exception cref="ConfigException">A setting is unknown, missing or out of range; the message names it.</exception>
    public static OneStepDescription Read(JsonElement json, string file) => ConfigJson.Read(json, file, settings => new OneStepDescription(
        // Without a recipe its settings are unknown ones: there is nothing that they would change.
        settings.Has("recipe") ? Walk(settings, Named(settings)) : null, Place(settings, "base"), Place(settings, "adapter")));

    /// <summary>A recipe as settings that <see cref="Read"/> reads.</summary>
    public static string Write(OneStepRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        return ConfigJson.Write(json =>
        {
            json.Text("recipe", OneStepRecipe.Known.Any(known => known.Name == recipe.Name) ? recipe.Name : Custom);
            Walk(json, recipe);
        });
    }

    static OneStepRecipe Named(ConfigJson json)
    {
        string? name = json.Text("recipe");
        if (name == Custom) return new OneStepRecipe { Name = Custom, Timestep = json.Integer("timestep") };
        return OneStepRecipe.Known.FirstOrDefault(known => known.Name == name) ?? throw json.Wrong("recipe",
            $"{string.Join(", ", OneStepRecipe.Known.Select(known => $"'{known.Name}'"))} or '{Custom}'");
    }

    static string? Place(ConfigJson json, string key) => json.Text(key) is var text && text is not "" ? text : throw json.Wrong(key, "a path");

    static OneStepRecipe Walk(ConfigJson json, OneStepRecipe recipe)
    {
        // While writing nothing is left out.
        bool reads = json.Has("recipe");
        return recipe with
        {
            Timestep = json.Integer("timestep", recipe.Timestep, reads ? recipe.Timestep : null, high: NoiseSchedule.Sdxl.Count - 1),
            Prediction = json.Choice("prediction", recipe.Prediction, reads ? recipe.Prediction : null, s_predictions),
            NoisedStart = json.Choice("start", recipe.NoisedStart, reads ? recipe.NoisedStart : null, ("degraded", false), ("noised", true)),
            Alpha = json.Any("lora_alpha", recipe.Alpha, (writer, value) =>
            {
                if (value is { } number) writer.WriteNumberValue(number);
                else writer.WriteStringValue(RankAlpha);
            }, found => found switch
            {
                null => recipe.Alpha,
                { ValueKind: JsonValueKind.String } text when text.GetString() == RankAlpha => null,
                { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out double number) && number is > 0 and <= MaxAlpha => number,
                _ => throw json.Wrong("lora_alpha", $"a number above 0 and up to {MaxAlpha}, or '{RankAlpha}'"),
            }),
            ColorFix = json.Choice(json.Has("colour") ? "colour" : "color", recipe.ColorFix, reads ? recipe.ColorFix : null, Colors),
            Enlargement = json.Choice("enlargement", recipe.Enlargement, reads ? recipe.Enlargement : null, s_enlargements),
            Scale = json.Integer("scale", recipe.Scale, reads ? recipe.Scale : null, low: 1, high: MaxScale),
            License = json.Text("license", recipe.License, reads ? recipe.License : null) ?? "",
        };
    }
}
