using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Safetensors;

namespace PgpSr.Pruning;

/// <summary>What a Real-ESRGAN network is made of.</summary>
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
