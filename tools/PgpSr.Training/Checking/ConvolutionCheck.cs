using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>Whether <see cref="Convolution"/> and its gradients are those of libtorch in double precision.</summary>
static class ConvolutionCheck
{
    // Of the largest value: Winograd's way amplifies rounding about tenfold (NOTEBOOK, "CPU: Winograd"), and sums of a thousand products round by 2^-20 of it.
    const double Tolerance = 1.0 / (1 << 16);

    public static bool Run(TextWriter log)
    {
        bool all = true;
        foreach (var (inputs, outputs, height, width) in ((int, int, int, int)[])[(32, 64, 16, 16), (64, 48, 10, 7), (128, 64, 33, 9)])
        {
            using var scope = NewDisposeScope();
            manual_seed(3);
            Tensor x = Restoration.ChannelsLast(randn(3, inputs, height, width)), weight = randn(outputs, inputs, 3, 3), bias = randn(outputs), gradient = randn(3, outputs, height, width);
            var ours = Gradients([x, weight, bias], gradient, v => Convolution.Run(v[0], v[1], v[2]));
            var theirs = Gradients([.. new[] { x, weight, bias }.Select(t => t.to(ScalarType.Float64))], gradient.to(ScalarType.Float64),
                v => nn.functional.conv2d(v[0], v[1], v[2], [1, 1], [1, 1]));
            string[] names = ["result", "x", "weight", "bias"];
            for (int i = 0; i < names.Length; i++)
            {
                double largest = theirs[i].abs().max().ToDouble(), difference = theirs[i].Minus(ours[i]).abs().max().ToDouble();
                bool equal = difference <= Tolerance * largest;
                all &= equal;
                log.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{(equal ? "equal " : "DIFFER")}  largest difference {difference:E1} of {largest:F3}  convolution of {inputs} to {outputs} in {height}x{width}: {names[i]}"));
            }
        }
        return all;
    }

    static List<Tensor> Gradients(Tensor[] inputs, Tensor gradient, Func<Tensor[], Tensor> operation)
    {
        Tensor[] leaves = [.. inputs.Select(input => input.detach().requires_grad_())];
        Tensor result = operation(leaves);
        result.backward([gradient]);
        return [.. new[] { result.detach() }.Concat(leaves.Select(leaf => leaf.grad!)).Select(t => t.to(ScalarType.Float64))];
    }
}
