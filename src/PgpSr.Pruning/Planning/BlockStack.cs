using System.Collections.Immutable;
using PgpSr.Models;

namespace PgpSr.Pruning;

/// <summary>The transformer blocks of one Transformer2DModel: what pruning thins out.</summary>
/// <param name="Path">Key path, for example <c>up_blocks.0.attentions.1</c>.</param>
/// <param name="Part">Where it stands.</param>
/// <param name="Depth">How many blocks it has.</param>
sealed record BlockStack(string Path, UnetPart Part, int Depth)
{
    /// <summary>All stacks of a network in the order in which they run.</summary>
    public static ImmutableArray<BlockStack> Of(UnetConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var stacks = ImmutableArray.CreateBuilder<BlockStack>();
        Levels("down_blocks", config.Down, UnetPart.Encoder);
        if (config.Middle is { TransformerDepth: >= 0 } middle)
            stacks.Add(new BlockStack("mid_block.attentions.0", UnetPart.Bottleneck, middle.TransformerDepth));
        Levels("up_blocks", config.Up, UnetPart.Decoder);
        return stacks.ToImmutable();

        void Levels(string name, ImmutableArray<UnetStageConfig> levels, UnetPart part)
        {
            for (int level = 0; level < levels.Length; level++)
                for (int layer = 0; layer < levels[level].TransformerDepths.Length; layer++)
                    if (levels[level].TransformerDepths[layer] >= 0)
                        stacks.Add(new BlockStack(FormattableString.Invariant($"{name}.{level}.attentions.{layer}"),
                            part, levels[level].TransformerDepths[layer]));
        }
    }

    /// <summary>Key path of a block.</summary>
    public string Block(int index) => FormattableString.Invariant($"{Path}.transformer_blocks.{index}");

    /// <summary>Which part a path of the UNet belongs to.</summary>
    public static UnetPart PartOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.StartsWith("down_blocks", StringComparison.Ordinal) ? UnetPart.Encoder
            : path.StartsWith("up_blocks", StringComparison.Ordinal) ? UnetPart.Decoder : UnetPart.Bottleneck;
    }
}

/// <summary>The paper's E, B and D.</summary>
enum UnetPart
{
    /// <summary>Levels down.</summary>
    Encoder,

    /// <summary>The middle.</summary>
    Bottleneck,

    /// <summary>Levels up.</summary>
    Decoder,
}
