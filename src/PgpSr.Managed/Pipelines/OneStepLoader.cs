using PgpSr.Restoration;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>One-step restorers on Stable Diffusion, from folder or file to pipeline.</summary>
static class OneStepLoader
{
    public static bool LooksLikeOne(string path) => OneStepFolder.LooksLikeOne(path);

    public static TilePipeline Load(string path, Backend backend, ModelOptions options, CancellationToken cancellation)
    {
        var checkpoint = OneStepFolder.Open(path);
        var tiny = options.Vae is { } vae ? TinyVaeFile.Find(vae, File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path) : null;
        foreach (float? strength in (float?[])[options.PixelStrength, options.DetailStrength])
            if (strength is { } value && !(value is >= 0 and <= MaxStrength))
                Throw.Option(path, nameof(options.PixelStrength), $"or detail strength is {value}; expected 0 to {MaxStrength}");
        OneStepStrengths? strengths = (options.PixelStrength ?? options.DetailStrength) is null
            ? null : new OneStepStrengths(options.PixelStrength ?? 1, options.DetailStrength ?? 1);
        var recipe = checkpoint.Recipe;
        var info = new ModelInfo
        {
            Name = Path.GetFileNameWithoutExtension(checkpoint.Weights),
            Kind = ModelKind.OneStep,
            Scale = recipe.Scale,
            DefaultSteps = 1,
            Source = path,
            License = recipe.License,
            Notice = recipe.Notice,
            Description = $"one-step restorer on Stable Diffusion 2.1 ({recipe.Name}), without text",
            Hash = new CheckpointHash(() => File.OpenRead(checkpoint.Weights)),
        };
        return new TilePipeline(checkpoint.Load(backend, strengths, tiny, cancellation), info, backend, recipe.ColorFix);
    }

    // Beyond, nobody has looked; the authors go to 1.5.
    const float MaxStrength = 4;
}
