using System.Collections.Immutable;
using System.Text.Json;
using PgpSr.Models;
using PgpSr.Safetensors;

namespace PgpSr.Training;

/// <summary>Crops of one part of a run.</summary>
/// <param name="UntilStep">First step that is no longer of this part.</param>
/// <param name="Crop">Side of the degraded crops in pixels.</param>
/// <param name="Batch">Crops of a step.</param>
sealed record RecipePart(long UntilStep, int Crop, int Batch);

/// <summary>A training run, as a checked-in file.</summary>
sealed record Recipe
{
    static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>Name of the model and of its files.</summary>
    public required string Name { get; init; }

    /// <summary>The model: a <see cref="PgpConfig"/> in its own JSON; null for that of the model whose weights the run begins with.</summary>
    public JsonElement? Model { get; init; }

    /// <summary>Random numbers of the weights and of the crops.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Parts of the run; the last one's end is the run's.</summary>
    public required ImmutableArray<RecipePart> Parts { get; init; }

    /// <summary>The constants that anchor group norms, see <see cref="TorchParameters.Initial"/>.</summary>
    public double Anchor { get; init; } = 2;

    /// <summary>Steps of hidden layers are orthogonalised, see <see cref="Orthogonalisation"/>.</summary>
    public bool Orthogonal { get; init; }

    /// <summary>Places that a crop is chosen from, by detail; 1 takes any.</summary>
    public int Places { get; init; } = 1;

    /// <summary>Share of crops that are reduced and not degraded further.</summary>
    public double CleanShare { get; init; } = 0.5;

    /// <summary>Share of crops whose photograph is reduced first.</summary>
    public double ReducedShare { get; init; }

    /// <summary>Share of the degraded crops that are degraded widely (<see cref="WideDegradation"/>); the others mildly.</summary>
    public double WideShare { get; init; }

    /// <summary>
    /// Share of crops of which a one-step network is told how much damage to take away, by its timestep: <see cref="ToldTimestep"/> times the damage. What is beyond it
    /// stays in the truth, enlarged. The others have the model's own timestep, at which the network finds out for itself and takes all of it.
    /// </summary>
    public double ToldShare { get; init; }

    /// <summary>Timestep of a damage of 1.</summary>
    public const float ToldTimestep = 500;

    /// <summary>Highest learning rate.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Steps until the learning rate is at its highest.</summary>
    public long WarmUp { get; init; } = 100;

    /// <summary>Adam's decay of the first and the second moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <inheritdoc cref="Beta1"/>
    public double Beta2 { get; init; } = 0.99;

    /// <summary>Longest gradient: longer ones are shortened.</summary>
    public double ClipNorm { get; init; } = 0.5;

    /// <summary>Decay of the averaged weights, which are what is validated and exported; less in the beginning.</summary>
    public double AverageDecay { get; init; } = 0.999;

    /// <summary>Weight of the spectrum's loss beside Charbonnier's.</summary>
    public double SpectrumWeight { get; init; } = 0.05;

    /// <summary>Weight of the luma's Charbonnier loss beside that of the three channels.</summary>
    public double LumaWeight { get; init; }

    /// <summary>The logarithm of each crop's squared error instead of Charbonnier's loss; the luma's weight is fixed then.</summary>
    public bool Relative { get; init; }

    /// <summary>Trains for pictures that look like photographs (<see cref="VividLoss"/>); null for the least error.</summary>
    public VividRecipe? Vivid { get; init; }

    /// <summary>Compute the network in bfloat16 (weights, optimizer and losses stay in float32).</summary>
    public bool Bfloat16 { get; init; }

    /// <summary>Steps between validations.</summary>
    public long ValidateEvery { get; init; } = 250;

    /// <summary>Seconds between checkpoints.</summary>
    public double CheckpointSeconds { get; init; } = 180;

    public long Steps => Parts[^1].UntilStep;

    public static Recipe Read(string path)
    {
        var recipe = JsonSerializer.Deserialize<Recipe>(File.ReadAllText(path), s_options) ?? throw new InvalidDataException($"{path}: holds null");
        if (recipe.Parts.IsDefaultOrEmpty || recipe.Parts.Zip(recipe.Parts.Skip(1)).Any(p => p.First.UntilStep >= p.Second.UntilStep))
            throw new InvalidDataException($"{path}: parts end at growing steps");
        return recipe;
    }

    /// <summary>The model's configuration, checked.</summary>
    /// <param name="from">The model that the run begins with; null for none.</param>
    public PgpConfig Config(string? from = null)
    {
        if (Model is { } model) return PgpConfigJson.Read(model.GetRawText(), Name);
        if (from is null) throw new InvalidDataException($"the recipe {Name} describes no model: name the one to begin with");
        using var file = SafetensorsFile.Open(from);
        return PgpConfigJson.Read(file.Metadata, from);
    }

    public RecipePart At(long step) => Parts.First(part => step < part.UntilStep);

    /// <summary>Warm-up, then half a cosine down to a hundredth.</summary>
    public double LearningRateAt(long step)
    {
        if (step < WarmUp) return LearningRate * (step + 1) / WarmUp;
        double progress = (double)(step - WarmUp) / Math.Max(1, Steps - WarmUp);
        return LearningRate * (0.01 + 0.99 * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, progress))));
    }
}
