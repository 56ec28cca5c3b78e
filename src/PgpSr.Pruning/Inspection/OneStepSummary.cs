using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Restoration;

namespace PgpSr.Pruning;

/// <summary>What a one-step restorer on Stable Diffusion is made of.</summary>
sealed record OneStepSummary
{
    /// <summary>The family.</summary>
    public required string Recipe { get; init; }

    /// <summary>Where the network is evaluated.</summary>
    public required int Timestep { get; init; }

    /// <summary>How many times larger its result is.</summary>
    public required int Scale { get; init; }

    /// <summary>The adapters' license, or empty.</summary>
    public required string License { get; init; }

    /// <summary>What whoever uses the weights must know, or empty.</summary>
    public required string Notice { get; init; }

    /// <summary>The networks: numbers, and how many tensors adapters change.</summary>
    public required ImmutableArray<(string Name, long Parameters, int Merged)> Parts { get; init; }

    /// <summary>Whether a folder or file is one.</summary>
    public static bool Accepts(string path) => OneStepFolder.LooksLikeOne(path);

    /// <summary>Looks at a folder or file; only headers are read.</summary>
    /// <exception cref="ConfigException">A part is missing, or parts do not belong together.</exception>
    public static OneStepSummary Of(string path)
    {
        var checkpoint = OneStepFolder.Open(path);
        using WeightSource unet = checkpoint.OpenUnet(), vae = checkpoint.OpenVae();
        return new()
        {
            Recipe = checkpoint.Recipe.Name,
            Timestep = checkpoint.Recipe.Timestep,
            Scale = checkpoint.Recipe.Scale,
            License = checkpoint.Recipe.License,
            Notice = checkpoint.Recipe.Notice,
            Parts = [Part("unet", unet), Part("vae", vae)],
        };
    }

    static (string, long, int) Part(string name, WeightSource source) => (name,
        source.Keys.Sum(key => source.TryDescribe(key, out var found) ? found.Shape.Count : 0), source is LoraSource merged ? merged.MergedCount : 0);
}
