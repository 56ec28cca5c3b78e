using System.Collections.Immutable;
using System.Globalization;
using PgpSr.Models;

namespace PgpSr.Pruning;

/// <summary>A model's parts with their sizes and costs.</summary>
static class ModelTree
{
    // As a forward pass meets them; what is not named comes last.
    static readonly ImmutableArray<string> s_order =
    [
        "denoise_encoder", "condition_embedding", "time_embedding", "add_embedding", "conv_in",
            "information_transformer_layes", "spatial_ch_projs", "phase_adapter",
        "down_blocks", "mid_block", "phase_pyramid", "phase_adapters", "up_blocks", "conv_norm_out", "conv_out",
    ];

    /// <summary>The smallest side, in pixels of the result, for which a model's operations can be counted: one position of its latent.</summary>
    public static int SmallestSide(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return checkpoint.PixelsPerPosition;
    }

    /// <summary>The parts of a model.</summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="side">Side of the result in pixels, for which multiply-accumulates are counted.</param>
    /// <exception cref="ArgumentOutOfRangeException">The side is less than <see cref="SmallestSide(Checkpoint)"/>, or the numbers do not fit 64
    /// bits.</exception>
    public static ModelNode Of(Checkpoint checkpoint, int side)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(checkpoint.Path));
        return Build(name, checkpoint.Unet, checkpoint.PixelsPerPosition, side,
            checkpoint.Tensors.Values.Select(t => (t.Name, (IReadOnlyList<long>)t.Shape, t.ByteCount)));
    }

    internal static ModelNode Of(PrunedModel model, int side) =>
        Build("", model.Unet, model.PixelsPerPosition, side, model.Tensors.Select(t => (t.Name, (IReadOnlyList<long>)t.Shape, t.ByteCount)));

    static OperationCount Count(UnetConfig unet, int factor, int side)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(side, factor);
        int latent = side / factor;
        return new OperationCount(unet, latent, latent, factor);
    }

    static ModelNode Build(
        string name, UnetConfig unet, int factor, int side, IEnumerable<(string Name, IReadOnlyList<long> Shape, long Bytes)> tensors)
    {
        try
        {
            return Build(name, Count(unet, factor, side), tensors);
        }
        catch (OverflowException e)
        {
            throw new ArgumentOutOfRangeException($"multiply-accumulates for a side of {side} pixels do not fit 64 bits; ask for a smaller side", e);
        }
    }

    static ModelNode Build(string name, OperationCount count, IEnumerable<(string Name, IReadOnlyList<long> Shape, long Bytes)> tensors)
    {
        var root = new Growing();
        foreach (var (key, shape, bytes) in tensors)
        {
            long elements = shape.Aggregate(1L, (product, axis) => product * axis);
            var (eachStep, once) = count.Of(key, shape);
            var node = root;
            node.Add(elements, bytes, eachStep, once);
            foreach (string word in key.Split('.')[..^1])
            {
                node = node.Child(word);
                node.Add(elements, bytes, eachStep, once);
            }
        }
        return root.Freeze(name, top: true);
    }

    sealed class Growing
    {
        readonly Dictionary<string, Growing> _children = new(StringComparer.Ordinal);
        long _parameters, _bytes, _eachStep, _once;

        public Growing Child(string name) => _children.TryGetValue(name, out var child) ? child : _children[name] = new Growing();

        public void Add(long parameters, long bytes, long eachStep, long once)
        {
            checked
            {
                _parameters += parameters;
                _bytes += bytes;
                _eachStep += eachStep;
                _once += once;
            }
        }

        public ModelNode Freeze(string name, bool top) => new(
            name, _parameters, _bytes, _eachStep, _once,
            [.. _children.OrderBy(c => top ? Rank(c.Key) : Number(c.Key)).ThenBy(c => c.Key, StringComparer.Ordinal)
                .Select(c => c.Value.Freeze(c.Key, top: false))]);

        static int Rank(string name) => s_order.IndexOf(name) is >= 0 and var rank ? rank : s_order.Length;

        // 10 comes after 9.
        static int Number(string name) => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : int.MaxValue;
    }
}
