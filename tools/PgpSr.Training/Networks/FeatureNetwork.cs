using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PgpSr.Training;

/// <summary>
/// The first stages of a ResNet18 (He et al. 2016) read from its ONNX file: what two pictures are compared by beside their pixels (Johnson et al. 2016). Only
/// training sees it. Batch norms are folded into the convolutions before them.
/// </summary>
sealed class FeatureNetwork
{
    // Rectifiers whose outputs are compared: after the first convolution and after the first and second stage of residual blocks (strides 2, 4 and 8).
    static readonly int[] s_compared = [0, 4, 8];

    // ImageNet's means, blue first, in gray levels: how the file's network wants its pictures (the mean picture beside it varies by a few levels about them).
    static readonly float[] s_means = [103.5f, 116.3f, 123.7f];

    static readonly Scalar s_halfRange = 127.5, s_least = 1e-6;

    readonly List<(string Kind, string Input, string Other, string Output, Tensor? Weight, Tensor? Bias, long Stride, long Pad)> _nodes = [];
    readonly List<string> _compared = [];
    readonly ScalarType _type;
    readonly Tensor _shift;

    /// <param name="path">An ONNX file of convolutions, batch norms, rectifiers, poolings and sums, in order.</param>
    /// <param name="type">What convolutions compute in.</param>
    public FeatureNetwork(string path, ScalarType type)
    {
        _type = type;
        _shift = tensor(Array.ConvertAll(s_means, mean => (float)(127.5 - mean)), [1, 3, 1, 1]);
        byte[] graph = OnnxFields.Read(File.ReadAllBytes(path)).First(field => field.Number == 7).Bytes;
        var tensors = OnnxFields.Read(graph).Where(field => field.Number == 5).Select(field => OnnxFields.ReadTensor(field.Bytes)).ToDictionary(t => t.Name, StringComparer.Ordinal);
        int rectifiers = 0;
        foreach (var field in OnnxFields.Read(graph).Where(field => field.Number == 1))
        {
            var parts = OnnxFields.Read(field.Bytes).ToLookup(part => part.Number);
            string[] inputs = [.. parts[1].Select(part => part.Text)];
            string output = parts[2].First().Text, kind = parts[4].First().Text;
            var attributes = parts[5].Select(part => OnnxFields.Read(part.Bytes).ToLookup(value => value.Number)).ToDictionary(a => a[1].First().Text, StringComparer.Ordinal);
            switch (kind)
            {
                case "Conv":
                    var weight = tensors[inputs[1]];
                    _nodes.Add((kind, inputs[0], "", output, tensor(weight.Values, weight.Axes), null, attributes["strides"][8].First().Value, attributes["pads"][8].First().Value));
                    break;
                case "BatchNormalization":
                    Fold(tensors, inputs, output, attributes["epsilon"][2].First().Single);
                    break;
                case "Relu":
                    _nodes.Add((kind, inputs[0], "", output, null, null, 1, 0));
                    if (s_compared.Contains(rectifiers++)) _compared.Add(output);
                    break;
                case "MaxPool":
                    _nodes.Add((kind, inputs[0], "", output, null, null, attributes["strides"][8].First().Value, attributes["pads"][8].First().Value));
                    break;
                case "Add":
                    _nodes.Add((kind, inputs[0], inputs[1], output, null, null, 1, 0));
                    break;
                default:
                    throw new InvalidDataException($"{path}: an operation {kind} comes before the features that are compared");
            }
            if (_compared.Count == s_compared.Length) return;
        }
        throw new InvalidDataException($"{path}: ends before the features that are compared");
    }

    void Fold(IReadOnlyDictionary<string, (string Name, long[] Axes, float[] Values)> tensors, string[] inputs, string output, float epsilon)
    {
        int at = _nodes.FindIndex(node => node.Output == inputs[0]);
        float[] scale = tensors[inputs[1]].Values, shift = tensors[inputs[2]].Values, mean = tensors[inputs[3]].Values, variance = tensors[inputs[4]].Values;
        float[] factor = [.. scale.Select((s, i) => s / MathF.Sqrt(variance[i] + epsilon))], bias = [.. shift.Select((b, i) => b - mean[i] * factor[i])];
        var node = _nodes[at];
        Tensor weight = Restoration.ChannelsLast(node.Weight!.mul(tensor(factor, [factor.Length, 1, 1, 1]))).to(_type);
        _nodes[at] = node with { Output = output, Weight = weight, Bias = tensor(bias).to(_type) };
    }

    /// <summary>How different two pictures' features are: the mean modulus of the difference over that of the truth's features, summed over the stages.</summary>
    /// <param name="restored">[N, 3, h, w] in [-1, 1].</param>
    /// <param name="truth">The same.</param>
    public Tensor Difference(Tensor restored, Tensor truth)
    {
        List<Tensor> of;
        using (no_grad()) of = Features(truth);
        Tensor? sum = null;
        foreach (var (x, y) in Features(restored).Zip(of))
        {
            Tensor part = x.Minus(y).abs().mean().div(y.abs().mean().add(s_least));
            sum = sum is null ? part : sum.Plus(part);
        }
        return sum!;
    }

    List<Tensor> Features(Tensor picture)
    {
        Tensor x = Restoration.ChannelsLast(picture.flip(1).mul(s_halfRange).Plus(_shift)).to(_type);
        var values = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [_nodes[0].Input] = x };
        foreach (var (kind, input, other, output, weight, bias, stride, pad) in _nodes)
        {
            values[output] = kind switch
            {
                "Conv" => functional.conv2d(values[input], weight!, bias, [stride, stride], [pad, pad]),
                "Relu" => functional.relu(values[input]),
                "MaxPool" => functional.max_pool2d(values[input], [3, 3], [stride, stride], [pad, pad]),
                _ => values[input].Plus(values[other]),
            };
        }
        return [.. _compared.Select(name => values[name].to(ScalarType.Float32))];
    }
}
