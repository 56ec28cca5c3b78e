using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Restoration;

namespace PgpSr.Pruning;

/// <summary>What the folder of Stable Diffusion's x4 upscaler is made of.</summary>
public sealed record X4Summary
{
    /// <summary>How many times larger its result is.</summary>
    public required int Scale { get; init; }

    /// <summary>The highest noise level.</summary>
    public required int MaxNoiseLevel { get; init; }

    /// <summary>The solver of its configuration.</summary>
    public required string Solver { get; init; }

    /// <summary>Whether text can be encoded; otherwise the folder has its prompt.</summary>
    public required bool HasTextEncoder { get; init; }

    /// <summary>Numbers of the two networks that stay in memory.</summary>
    public required ImmutableArray<(string Name, long Parameters)> Parts { get; init; }

    /// <summary>Whether a folder is one, or is meant to be.</summary>
    public static bool Accepts(string path) => X4Folder.LooksLikeOne(path);

    /// <summary>Looks at a folder; only configurations and headers are read.</summary>
    /// <exception cref="ConfigException">A part is missing, or parts do not belong together.</exception>
    public static X4Summary Of(string path)
    {
        var checkpoint = X4Folder.Open(path);
        using WeightSource unet = checkpoint.OpenUnet(), vae = checkpoint.OpenVae();
        return new()
        {
            Scale = checkpoint.Vae.Factor,
            MaxNoiseLevel = checkpoint.MaxNoiseLevel,
            Solver = checkpoint.Scheduler.Solver.ToString(),
            HasTextEncoder = checkpoint.PromptFile is null,
            Parts = [("unet", Count(unet)), ("vae", Count(vae))],
        };
    }

    static long Count(WeightSource source) => source.Keys.Sum(key => source.TryDescribe(key, out var found) ? found.Shape.Count : 0);
}
