using System.Text;
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

    const string Custom = "custom";
    const int MaxScale = 16;
    const double MaxAlpha = 1 << 16;

    static readonly (string, OneStepPrediction)[] s_predictions =
        [("epsilon", OneStepPrediction.Epsilon), ("v_prediction", OneStepPrediction.Velocity), ("residual", OneStepPrediction.Residual)];

    static readonly (string, ColorFixMethod)[] s_colors =
        [("none", ColorFixMethod.None), ("adain", ColorFixMethod.AdaIn), ("wavelet", ColorFixMethod.Wavelet)];

    static readonly (string, ResizeFilter)[] s_enlargements =
        [("bicubic", ResizeFilter.Bicubic), ("torch_bicubic", ResizeFilter.TorchBicubic)];

    /// <summary>Whether a settings file is of this form.</summary>
    public static bool Describes(JsonElement json) => json.ValueKind == JsonValueKind.Object
        && (json.TryGetProperty("recipe", out _) || json.TryGetProperty("adapter", out _) || json.TryGetProperty("base", out _));

    /// <summary>Reads settings.</summary>
    /// <exception cref="ConfigException">A setting is unknown, missing or out of range; the message names it.</exception>
    public static OneStepDescription Read(JsonElement json, string file)
    {
        if (json.ValueKind != JsonValueKind.Object) throw new ConfigException(file, "expected a JSON object");
        OneStepRecipe? recipe = null;
        bool custom = false;
        if (json.TryGetProperty("recipe", out var named))
        {
            string? name = named.ValueKind == JsonValueKind.String ? named.GetString() : null;
            custom = name == Custom;
            recipe = custom ? new OneStepRecipe { Name = Custom, Timestep = -1 } : OneStepRecipe.Known.FirstOrDefault(known => known.Name == name)
                ?? throw new ConfigException(file, $"recipe is {Shorten(named)}; expected "
                    + $"{string.Join(", ", OneStepRecipe.Known.Select(known => $"'{known.Name}'"))} or '{Custom}'");
        }
        string? basis = null, adapter = null;
        foreach (var entry in json.EnumerateObject())
        {
            switch (entry.Name)
            {
                case "recipe": break;
                case "base": basis = Text(entry, file); break;
                case "adapter": adapter = Text(entry, file); break;
                default: recipe = Set(recipe ?? throw new ConfigException(file, $"{entry.Name} needs a 'recipe' beside it"), entry, file); break;
            }
        }
        if (custom && recipe!.Timestep < 0) throw new ConfigException(file, "a custom recipe needs a 'timestep'");
        return new OneStepDescription(recipe, basis, adapter);
    }

    /// <summary>A recipe as settings that <see cref="Read"/> reads.</summary>
    public static string Write(OneStepRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("recipe", OneStepRecipe.Known.Any(known => known.Name == recipe.Name) ? recipe.Name : Custom);
            json.WriteNumber("timestep", recipe.Timestep);
            json.WriteString("prediction", s_predictions.First(choice => choice.Item2 == recipe.Prediction).Item1);
            json.WriteString("start", recipe.NoisedStart ? "noised" : "degraded");
            if (recipe.Alpha is { } alpha) json.WriteNumber("lora_alpha", alpha);
            else json.WriteString("lora_alpha", "rank");
            json.WriteString("color", s_colors.First(choice => choice.Item2 == recipe.ColorFix).Item1);
            json.WriteString("enlargement", s_enlargements.First(choice => choice.Item2 == recipe.Enlargement).Item1);
            json.WriteNumber("scale", recipe.Scale);
            json.WriteString("license", recipe.License);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    static OneStepRecipe Set(OneStepRecipe recipe, JsonProperty entry, string file) => entry.Name switch
    {
        "timestep" => recipe with { Timestep = Integer(entry, file, 0, NoiseSchedule.Sdxl.Count - 1) },
        "prediction" => recipe with { Prediction = Choice(entry, file, s_predictions) },
        "start" => recipe with { NoisedStart = Choice(entry, file, ("degraded", false), ("noised", true)) },
        "lora_alpha" => recipe with
        {
            Alpha = entry.Value.ValueKind == JsonValueKind.String && entry.Value.GetString() == "rank" ? null
                : entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetDouble(out double alpha) && alpha is > 0 and <= MaxAlpha
                    ? alpha : throw Wrong(entry, file, $"a number above 0 and up to {MaxAlpha}, or 'rank'"),
        },
        "color" or "colour" => recipe with { ColorFix = Choice(entry, file, s_colors) },
        "enlargement" => recipe with { Enlargement = Choice(entry, file, s_enlargements) },
        "scale" => recipe with { Scale = Integer(entry, file, 1, MaxScale) },
        "license" => recipe with { License = Text(entry, file, mayBeEmpty: true) },
        _ => throw new ConfigException(file, $"unknown setting {entry.Name}"),
    };

    static int Integer(JsonProperty entry, string file, int low, int high) =>
        entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetInt32(out int value) && value >= low && value <= high
            ? value : throw Wrong(entry, file, $"a whole number of {low} to {high}");

    static string Text(JsonProperty entry, string file, bool mayBeEmpty = false) =>
        entry.Value.ValueKind == JsonValueKind.String && entry.Value.GetString() is { } text && (mayBeEmpty || text.Length > 0)
            ? text : throw Wrong(entry, file, "a text");

    static T Choice<T>(JsonProperty entry, string file, params ReadOnlySpan<(string Name, T Value)> choices)
    {
        string? found = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null;
        foreach (var (name, value) in choices)
            if (name == found) return value;
        throw Wrong(entry, file, string.Join(", ", choices.ToArray().Select(choice => $"'{choice.Name}'")));
    }

    static ConfigException Wrong(JsonProperty entry, string file, string expected) =>
        new(file, $"{entry.Name} is {Shorten(entry.Value)}; expected {expected}");

    static string Shorten(JsonElement value) => value.GetRawText() is { Length: > 80 } text ? text[..77] + "..." : value.GetRawText();
}
