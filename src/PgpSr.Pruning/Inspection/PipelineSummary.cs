using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Restoration;

namespace PgpSr.Pruning;

/// <summary>What the folder or file of a public pipeline that is run as it is (the Stable Diffusion x4 upscaler, LDM-SR) is made of.</summary>
sealed record PipelineSummary
{
    /// <summary>What it is, and what it is run with.</summary>
    public required string Description { get; init; }

    /// <summary>What is told to it, in a sentence.</summary>
    public required string Text { get; init; }

    /// <summary>How many times larger its result is.</summary>
    public required int Scale { get; init; }

    /// <summary>Numbers of the networks that stay in memory.</summary>
    public required ImmutableArray<(string Name, long Parameters)> Parts { get; init; }

    /// <summary>Whether a folder or file is one, or is meant to be.</summary>
    public static bool Accepts(string path) => X4Folder.LooksLikeOne(path) || LdmSrFolder.LooksLikeOne(path);

    /// <summary>Looks at it; only configurations and headers are read.</summary>
    /// <exception cref="ConfigException">A part is missing, or parts do not belong together.</exception>
    public static PipelineSummary Of(string path) => X4Folder.LooksLikeOne(path) ? OfX4(X4Folder.Open(path)) : OfLdmSr(LdmSrFolder.Open(path));

    static PipelineSummary OfX4(X4Checkpoint checkpoint)
    {
        using WeightSource unet = checkpoint.OpenUnet(), vae = checkpoint.OpenVae();
        return new()
        {
            Description = $"Stable Diffusion x4 upscaler, noise levels 0 to {checkpoint.MaxNoiseLevel}, {checkpoint.Scheduler.Solver}",
            Text = checkpoint.Parts.HasPrompt ? "the saved prompt" : "any prompt",
            Scale = checkpoint.Vae.Factor,
            Parts = [("unet", Count(unet)), ("vae", Count(vae))],
        };
    }

    static PipelineSummary OfLdmSr(LdmSrCheckpoint checkpoint)
    {
        using WeightSource unet = checkpoint.OpenUnet(), vq = checkpoint.OpenVq();
        return new()
        {
            Description = $"LDM-SR, {checkpoint.Vq.Codes} codes, {checkpoint.Scheduler.Solver}",
            Text = "none",
            Scale = checkpoint.Vq.Form.Factor,
            Parts = [("unet", Count(unet)), ("vqvae", Count(vq))],
        };
    }

    static long Count(WeightSource source) => source.Keys.Sum(key => source.TryDescribe(key, out var found) ? found.Shape.Count : 0);
}
