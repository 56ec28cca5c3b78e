using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>Looks at features inside a UNet while it runs: what pruning measures. Tensors are valid during a call only, and must not be
/// changed.</summary>
abstract class FeatureProbe
{
    /// <summary>A level's result, before its downsampler or upsampler.</summary>
    /// <param name="ws">To compute with.</param>
    /// <param name="path">Its key path: <c>down_blocks.1</c>, <c>mid_block</c>, <c>up_blocks.0</c>.</param>
    /// <param name="output">[N, H, W, C].</param>
    public virtual void OnStage(Workspace ws, string path, Tensor output) { }

    /// <summary>What went into a transformer block and what came out.</summary>
    /// <param name="ws">To compute with.</param>
    /// <param name="path">Its key path: <c>up_blocks.0.attentions.1.transformer_blocks.4</c>.</param>
    /// <param name="input">[N, H, W, C].</param>
    /// <param name="output">[N, H, W, C].</param>
    public virtual void OnBlock(Workspace ws, string path, Tensor input, Tensor output) { }

    /// <summary>What to do at a transformer block; asked before it runs.</summary>
    /// <param name="path">Its key path.</param>
    public virtual BlockVisit Visit(string path) => BlockVisit.Watch;

    internal BlockProbe At(string path) => new(this, path);
}

/// <summary>What a <see cref="FeatureProbe"/> wants of a transformer block.</summary>
enum BlockVisit
{
    /// <summary>Run it and show its input and output.</summary>
    Watch,

    /// <summary>Run it unobserved: its input need not be copied.</summary>
    Run,

    /// <summary>Leave it out: its input goes on as its output, exactly as if the checkpoint lacked it.</summary>
    Skip,
}

/// <summary>A probe that knows which transformer it looks into.</summary>
readonly record struct BlockProbe(FeatureProbe Probe, string Path)
{
    public BlockVisit Visit(int block) => Probe.Visit(BlockPath(block));

    public void OnBlock(Workspace ws, int block, Tensor input, Tensor output) => Probe.OnBlock(ws, BlockPath(block), input, output);

    string BlockPath(int block) => FormattableString.Invariant($"{Path}.transformer_blocks.{block}");
}
