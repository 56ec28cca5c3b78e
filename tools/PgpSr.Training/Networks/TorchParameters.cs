using System.Collections.Immutable;
using PgpSr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>
/// All weights of a network as one flat vector (so that the optimiser, the average and a checkpoint are a handful of operations), seen by their
/// checkpoint keys. Keys, shapes and their order are those that <see cref="PgpModel.Declare"/> tells: training and library share them by construction.
/// </summary>
sealed class TorchParameters
{
    // Deviation of neighbouring pixels in photographs at the degraded size is about a tenth of the pictures' own.
    const float DetailGain = 8;

    // The residual's deviation in [-1, 1]: about four grey levels.
    const float HeadRate = 0.2f;

    readonly ImmutableArray<TensorDeclaration> _declared;
    readonly Dictionary<string, int> _index;
    readonly long[] _sizes;

    public TorchParameters(PgpConfig config)
    {
        _declared = PgpModel.Declare(config);
        _index = _declared.Select((d, i) => (d.Name, i)).ToDictionary(p => p.Name, p => p.i, StringComparer.Ordinal);
        _sizes = [.. _declared.Select(d => d.Shape.Count)];
        Count = _sizes.Sum();
    }

    public ImmutableArray<TensorDeclaration> Declared => _declared;

    public long Count { get; }

    /// <summary>Every tensor of the flat vector, by key; gradients flow back into the vector through one operation.</summary>
    /// <param name="flat">[Count].</param>
    /// <param name="type">What the network computes in.</param>
    public Views See(Tensor flat, ScalarType type)
    {
        Tensor cast = type == flat.dtype ? flat : flat.to(type);
        Tensor[] parts = cast.split(_sizes);
        return new Views(this, [.. parts.Select((part, i) => part.view(Axes(_declared[i].Shape)))]);
    }

    /// <summary>
    /// Weights to begin with. Convolutions and matrices: He et al. 2015, the second convolution of a residual branch a tenth of it, heads and adapters' last
    /// convolutions zero, so that the network begins as bicubic enlargement. Biases that a group norm sees (conv_in, time projections, the guide's last) are
    /// normal: constants in every channel anchor the norm's statistics, which would otherwise take the contrast of the tile out of the signal.
    /// </summary>
    public float[] Initial(int seed, double anchor)
    {
        var flat = new float[Count];
        var random = new Random(seed);
        long at = 0;
        foreach (var tensor in _declared)
        {
            var values = flat.AsSpan((int)at, (int)tensor.Shape.Count);
            Fill(tensor, values, random, anchor);
            at += values.Length;
        }
        return flat;
    }

    /// <summary>
    /// Factors of the learning rate. What the head predicts is a residual of a few hundredths, and Adam moves every weight by the full rate: at the others'
    /// rate the first steps overshoot the whole residual, and the network learns to be silent instead.
    /// </summary>
    public float[] Rates()
    {
        var rates = new float[Count];
        long at = 0;
        foreach (var tensor in _declared)
        {
            rates.AsSpan((int)at, (int)tensor.Shape.Count).Fill(tensor.Name.StartsWith("conv_out.", StringComparison.Ordinal) ? HeadRate : 1);
            at += tensor.Shape.Count;
        }
        return rates;
    }

    static void Fill(TensorDeclaration tensor, Span<float> values, Random random, double anchor)
    {
        string name = tensor.Name;
        bool head = name.StartsWith("conv_out.", StringComparison.Ordinal) || name.Contains("conv_2.", StringComparison.Ordinal);
        if (name.EndsWith(".bias", StringComparison.Ordinal))
        {
            bool anchored = name is "conv_in.bias" or "condition_embedding.conv_out.bias";
            for (int i = 0; i < values.Length; i++) values[i] = anchored ? (float)(anchor * Gaussian(random)) : 0;
            return;
        }
        if (tensor.Shape.Rank == 1)
        {
            values.Fill(1);
            return;
        }
        double inputs = (double)tensor.Shape.Count / tensor.Shape[0];
        double gain = head ? 0 : name.Contains(".conv2.", StringComparison.Ordinal) || name.Contains("proj_out", StringComparison.Ordinal) ? 0.1 : 1;
        double deviation = gain * Math.Sqrt(2 / inputs);
        for (int i = 0; i < values.Length; i++) values[i] = (float)(deviation * Gaussian(random));
        if (name is "conv_in.weight" or "condition_embedding.conv_in.weight") FavourDetail(tensor, values);
    }

    // Three of four filters lose their answer to flat areas and gain the factor by which detail is weaker than brightness.
    static void FavourDetail(TensorDeclaration tensor, Span<float> values)
    {
        int kernel = tensor.Shape[2] * tensor.Shape[3], filter = tensor.Shape[1] * kernel;
        for (int o = 0; o < tensor.Shape[0]; o++)
        {
            if (o % 4 == 0) continue;
            for (int i = 0; i < tensor.Shape[1]; i++)
            {
                var taps = values.Slice(o * filter + i * kernel, kernel);
                float mean = System.Numerics.Tensors.TensorPrimitives.Sum<float>(taps) / kernel;
                for (int k = 0; k < kernel; k++) taps[k] = DetailGain * (taps[k] - mean);
            }
        }
    }

    static float Gaussian(Random random) => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));

    public static long[] Axes(PgpSr.Tensors.Shape shape)
    {
        var axes = new long[shape.Rank];
        for (int i = 0; i < axes.Length; i++) axes[i] = shape[i];
        return axes;
    }

    /// <summary>The tensors of one flat vector.</summary>
    public sealed class Views(TorchParameters parameters, Tensor[] tensors)
    {
        public Tensor this[string name] => tensors[parameters._index[name]];

        public bool Has(string name) => parameters._index.ContainsKey(name);
    }
}
