using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PgpSr.Training;

/// <summary>
/// Tells photographs from restored pictures, place by place, knowing the small picture they belong to, enlarged. Convolutions over both in patches of 2x2, down to
/// a patch of 8 pixels and back to 4, each matrix divided by its largest singular value (Miyato et al. 2018). 0.26 M weights in one flat vector.
/// </summary>
sealed class Discriminator
{
    // Pixels of the large picture a side that become channels.
    const int Patch = 2;

    // Rounds of power iteration from a fixed vector: spectral norms are functions of the weights, so a resumed run needs no more state.
    const int Rounds = 6;

    static readonly Scalar s_least = 1e-12;

    const double Slope = 0.2;

    static readonly (string Name, int Outputs, int Inputs, int Stride)[] s_layers =
    [
        ("patches", 32, 2 * PairSource.Channels * Patch * Patch, 1),
        ("down_1", 64, 32, 2),
        ("place", 64, 64, 1),
        ("down_2", 96, 64, 2),
        ("around", 96, 96, 1),
        ("back", 64, 96, 1),
        ("judge", 16, 64, 1),
    ];

    const int Taps = 9;

    readonly long[] _sizes = [.. s_layers.SelectMany(layer => new long[] { (long)layer.Outputs * layer.Inputs * Taps, layer.Outputs })];

    public long Count => _sizes.Sum();

    /// <summary>Weights to begin with (He et al. 2015).</summary>
    public float[] Initial(int seed)
    {
        var flat = new float[Count];
        var random = new Random(seed);
        int at = 0;
        foreach (var (_, outputs, inputs, _) in s_layers)
        {
            double deviation = Math.Sqrt(2.0 / (inputs * Taps));
            foreach (ref float value in flat.AsSpan(at, outputs * inputs * Taps))
                value = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            at += outputs * (inputs * Taps + 1);
        }
        return flat;
    }

    /// <summary>How much each place looks like a photograph, for some weights.</summary>
    /// <param name="flat">[Count].</param>
    /// <param name="type">What convolutions compute in.</param>
    /// <returns>A function of the picture [N, 3, h, w] and of the enlarged one, as large; sides are multiples of 8.</returns>
    public Func<Tensor, Tensor, Tensor> Judge(Tensor flat, ScalarType type)
    {
        Tensor[] parts = flat.split(_sizes);
        var weights = s_layers.Select((layer, i) => (Weight: Normalized(parts[2 * i].view(layer.Outputs, layer.Inputs, 3, 3)).to(type), Bias: parts[2 * i + 1].to(type), layer.Stride)).ToArray();
        Tensor Conv(int i, Tensor x) => functional.conv2d(x, weights[i].Weight, weights[i].Bias, [weights[i].Stride, weights[i].Stride], [1, 1]);
        Tensor Layer(int i, Tensor x) => functional.leaky_relu(Conv(i, x), Slope);
        return (picture, enlarged) =>
        {
            Tensor both = functional.pixel_unshuffle(cat([picture, picture.Minus(enlarged)], 1), Patch);
            Tensor place = Layer(2, Layer(1, Layer(0, Restoration.ChannelsLast(both).to(type))));
            Tensor around = Layer(5, Layer(4, Layer(3, place)));
            Tensor h = place.Plus(functional.interpolate(around, [place.shape[2], place.shape[3]], mode: InterpolationMode.Nearest));
            return Conv(6, h).to(ScalarType.Float32).mean([1]);
        };
    }

    static Tensor Normalized(Tensor weight)
    {
        long rows = weight.shape[0];
        Tensor u, v;
        using (no_grad())
        {
            Tensor matrix = weight.detach().reshape(rows, -1);
            u = ones(rows);
            v = ones(matrix.shape[1]);
            for (int i = 0; i < Rounds; i++)
            {
                v = Unit(matrix.t().mv(u));
                u = Unit(matrix.mv(v));
            }
        }
        return weight.div(u.dot(weight.reshape(rows, -1).mv(v)));
    }

    static Tensor Unit(Tensor x) => x.div(x.norm().add(s_least));
}
