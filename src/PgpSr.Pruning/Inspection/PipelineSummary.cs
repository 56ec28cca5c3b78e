using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Safetensors;

namespace PgpSr.Pruning;

/// <summary>What the folder of a public pipeline that is run as it is (Stable Diffusion's x4 upscaler, LDM-SR) is made of.</summary>
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

    /// <summary>Whether a folder is one, or is meant to be.</summary>
    public static bool Accepts(string path) => X4Folder.LooksLikeOne(path) || LdmSrFolder.LooksLikeOne(path);

    /// <summary>Looks at a folder; only configurations and headers are read.</summary>
    /// <exception cref="ConfigException">A part is missing, or parts do not belong together.</exception>
    public static PipelineSummary Of(string path) => X4Folder.LooksLikeOne(path) ? OfX4(X4Folder.Open(path)) : OfLdmSr(LdmSrFolder.Open(path));

    static PipelineSummary OfX4(X4Checkpoint checkpoint)
    {
        using WeightSource unet = checkpoint.OpenUnet(), vae = checkpoint.OpenVae();
        return new()
        {
            Description = $"Stable Diffusion's x4 upscaler, noise levels 0 to {checkpoint.MaxNoiseLevel}, {checkpoint.Scheduler.Solver}",
            Text = checkpoint.PromptFile is null ? "any prompt" : "the prompt saved in the folder",
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

/// <summary>What a network of Real-ESRGAN's forms is made of.</summary>
sealed record UpscalerSummary
{
    /// <summary>The publishers' name of the network, and its sizes.</summary>
    public required string Description { get; init; }

    /// <summary>How many times larger its result is.</summary>
    public required int Scale { get; init; }

    /// <summary>Tensors of the network.</summary>
    public required int Tensors { get; init; }

    /// <summary>Bytes of these tensors.</summary>
    public required long Bytes { get; init; }

    /// <summary>The type most of its numbers have.</summary>
    public required SafetensorsDType DominantType { get; init; }

    /// <summary>Numbers of each part, in the order of the file; the blocks are one.</summary>
    public required ImmutableArray<(string Name, long Parameters)> Parts { get; init; }

    /// <summary>Numbers of all parts.</summary>
    public long Parameters => Parts.Sum(part => part.Parameters);

    /// <summary>Whether a file holds such a network, or a part of one.</summary>
    public static bool Accepts(string path) => RealEsrganFile.LooksLikeOne(path);

    /// <summary>Looks at a file; only headers are read.</summary>
    /// <exception cref="ConfigException">Its keys describe no network that is known.</exception>
    public static UpscalerSummary Of(string path)
    {
        IPixelUpscalerConfig config;
        using (var source = RealEsrgan.Open(path)) config = RealEsrgan.Describe(source);
        using var files = TensorFiles.OpenRealEsrgan(path);
        return new()
        {
            Description = config.Description,
            Scale = config.Scale,
            Tensors = files.Tensors.Count,
            Bytes = files.Tensors.Sum(tensor => tensor.ByteCount),
            DominantType = files.Tensors.GroupBy(tensor => tensor.Type).MaxBy(group => group.Sum(tensor => tensor.ElementCount))!.Key,
            Parts = [.. files.Tensors.GroupBy(tensor => tensor.Name.Split('.')[0])
                .Select(part => (part.Key, part.Sum(tensor => tensor.ElementCount)))],
        };
    }
}

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
