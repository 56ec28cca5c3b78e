using System.Collections.Immutable;
using PgpSr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>
/// All weights of a network as one flat vector (so that the optimizer, the average and a checkpoint are a handful of operations), seen by their
/// checkpoint keys. Keys, shapes and their order are those that <see cref="PgpModel.Declare"/> tells: training and library share them by construction.
/// </summary>
sealed class TorchParameters
{
    // Deviation of neighboring pixels in photographs at the degraded size is about a tenth of the pictures' own.
    const float DetailGain = 8;

    // A residual's deviation in [-1, 1]: about four gray levels. Noise and velocity are of unit variance.
    const float HeadRate = 0.2f;

    // Variance of the activations that norms are set for.
    const float SignalVariance = 0.25f;

    readonly ImmutableArray<TensorDeclaration> _declared;
    readonly Dictionary<string, int> _index;
    readonly long[] _sizes;
    readonly bool _residual;

    public TorchParameters(PgpConfig config)
    {
        _declared = PgpModel.Declare(config);
        _residual = config.Prediction == PgpPrediction.Residual;
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
        Tensor[] Parts(Tensor whole) => [.. whole.split(_sizes).Select((part, i) => part.view(Axes(_declared[i].Shape)))];
        Tensor[] full = Parts(flat);
        return new Views(this, full, type == flat.dtype ? full : Parts(flat.to(type)), type);
    }

    /// <summary>
    /// Weights to begin with. Convolutions and matrices: He et al. 2015, the second convolution of a residual branch a tenth of it, heads and adapters' last
    /// convolutions zero, so that the network begins as bicubic enlargement.
    /// <para>Group norms begin as the identity: every channel carries a constant, +a and -a in turn, against which the picture's own contrast hardly counts in
    /// the deviation that a norm divides by; scale a and shift -+a take the constant out again. Without that, each crop's contrast is lost to the network, and
    /// statistics of small crops are not those of large tiles. Convolutions that see the constants (samplers, shortcuts) begin blind to them.</para>
    /// </summary>
    /// <param name="seed">Of the random weights.</param>
    /// <param name="anchor">The constant a.</param>
    public float[] Initial(int seed, double anchor)
    {
        var flat = new float[Count];
        var random = new Random(seed);
        long at = 0;
        foreach (var tensor in _declared)
        {
            var values = flat.AsSpan((int)at, (int)tensor.Shape.Count);
            Fill(tensor, values, random, (float)anchor);
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
            rates.AsSpan((int)at, (int)tensor.Shape.Count).Fill(_residual && tensor.Name.StartsWith("conv_out.", StringComparison.Ordinal) ? HeadRate : 1);
            at += tensor.Shape.Count;
        }
        return rates;
    }

    /// <summary>
    /// Where the matrices of hidden layers lie, a convolution's filters being its rows. First and last layers and what the time alone passes through stay with
    /// Adam: their gradients have few directions.
    /// </summary>
    public IReadOnlyList<(long Start, long Rows, long Columns)> Matrices()
    {
        var matrices = new List<(long, long, long)>();
        long at = 0;
        foreach (var tensor in _declared)
        {
            bool hidden = tensor.Shape.Rank > 1 && !tensor.Name.Contains("time_emb", StringComparison.Ordinal)
                && !tensor.Name.StartsWith("conv_in.", StringComparison.Ordinal) && !tensor.Name.StartsWith("conv_out.", StringComparison.Ordinal)
                && !tensor.Name.StartsWith("condition_embedding.conv_in.", StringComparison.Ordinal);
            if (hidden) matrices.Add((at, tensor.Shape[0], tensor.Shape.Count / tensor.Shape[0]));
            at += tensor.Shape.Count;
        }
        return matrices;
    }

    static void Fill(TensorDeclaration tensor, Span<float> values, Random random, float anchor)
    {
        string name = tensor.Name;
        bool sampler = name.Contains("samplers.", StringComparison.Ordinal), shortcut = name.Contains("conv_shortcut.", StringComparison.Ordinal);
        if (tensor.Shape.Rank == 1)
        {
            bool weight = name.EndsWith(".weight", StringComparison.Ordinal), norm = name.Contains("norm", StringComparison.Ordinal);
            // The norms inside of transformers see no constants; those at their entrance do.
            bool anchored = name.StartsWith("conv_in.", StringComparison.Ordinal) || name is "condition_embedding.conv_out.bias" || sampler || shortcut
                || name.Contains("time_emb_proj.", StringComparison.Ordinal);
            bool plain = name.Contains("transformer_blocks.", StringComparison.Ordinal);
            if (weight) values.Fill(plain ? 1 : MathF.Sqrt(anchor * anchor + SignalVariance));
            else if (norm && !plain) Alternate(values, -anchor);
            else if (anchored) Alternate(values, anchor);
            return;
        }
        double inputs = (double)tensor.Shape.Count / tensor.Shape[0];
        bool silent = name.StartsWith("conv_out.", StringComparison.Ordinal) || name.Contains("conv_2.", StringComparison.Ordinal);
        bool small = name.Contains(".conv2.", StringComparison.Ordinal) || name.Contains("proj_out", StringComparison.Ordinal) || name.Contains("time_emb_proj", StringComparison.Ordinal)
            || name.Contains("to_out", StringComparison.Ordinal) || name.Contains("ff.net.2", StringComparison.Ordinal);
        // Shortcuts and samplers hand the signal on as it is; the others' inputs went through an activation that halves it.
        double gain = silent ? 0 : small ? 0.1 : sampler || shortcut ? Math.Sqrt(0.5) : 1;
        double deviation = gain * Math.Sqrt(2 / inputs);
        for (int i = 0; i < values.Length; i++) values[i] = (float)(deviation * Gaussian(random));
        if (name is "conv_in.weight" or "condition_embedding.conv_in.weight") FavorDetail(tensor, values);
        if (sampler || shortcut) HideConstants(tensor, values);
    }

    static void Alternate(Span<float> values, float anchor)
    {
        for (int i = 0; i < values.Length; i++) values[i] = i % 2 == 0 ? anchor : -anchor;
    }

    // Each tap's answer to +1, -1, +1, ... over the input channels becomes zero.
    static void HideConstants(TensorDeclaration tensor, Span<float> values)
    {
        int kernel = tensor.Shape[2] * tensor.Shape[3], channels = tensor.Shape[1];
        for (int o = 0; o < tensor.Shape[0]; o++)
        {
            for (int k = 0; k < kernel; k++)
            {
                float answer = 0;
                for (int i = 0; i < channels; i++) answer += (i % 2 == 0 ? 1 : -1) * values[(o * channels + i) * kernel + k];
                for (int i = 0; i < channels; i++) values[(o * channels + i) * kernel + k] -= (i % 2 == 0 ? 1 : -1) * answer / channels;
            }
        }
    }

    // Three of four filters lose their answer to flat areas and gain the factor by which detail is weaker than brightness.
    static void FavorDetail(TensorDeclaration tensor, Span<float> values)
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
    public sealed class Views(TorchParameters parameters, Tensor[] full, Tensor[] cast, ScalarType type)
    {
        /// <summary>What convolutions and matrices compute in.</summary>
        public ScalarType Type => type;

        /// <summary>For convolutions and matrices, in <see cref="Type"/>.</summary>
        public Tensor this[string name] => cast[parameters._index[name]];

        /// <summary>For norms, in float32.</summary>
        public Tensor Full(string name) => full[parameters._index[name]];

        public bool Has(string name) => parameters._index.ContainsKey(name);
    }
}
