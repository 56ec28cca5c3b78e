using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>Whether <see cref="NormSilu"/> and its gradients are those of libtorch's separate operations.</summary>
static class NormSiluCheck
{
    // Results or gradients of x are stored in bfloat16 (half an ulp is 2^-9); the sums over pixels average that out.
    const double HalfTolerance = 1.0 / 256;

    // Sums of some hundred float32 products, of the largest value.
    const double SingleTolerance = 1.0 / (1 << 18);

    public static bool Run(TextWriter log)
    {
        bool all = true;
        foreach (var (type, result) in ((ScalarType, ScalarType)[])[(ScalarType.Float32, ScalarType.Float32), (ScalarType.Float32, ScalarType.BFloat16), (ScalarType.BFloat16, ScalarType.BFloat16)])
        {
            using var scope = NewDisposeScope();
            manual_seed(3);
            Tensor x = Restoration.ChannelsLast(randn(2, 32, 9, 7).add(1)).to(type), shift = randn(2, 32), weight = randn(32), bias = randn(32), gradient = randn(2, 32, 9, 7);
            var ours = Gradients([x, shift, weight, bias], gradient, v => NormSilu.Run(v[0], v[1], v[2], v[3], 8, 1e-5, result));
            var theirs = Gradients([x.to(ScalarType.Float32), shift, weight, bias], gradient,
                v => nn.functional.silu(nn.functional.group_norm(v[0].Plus(v[1].unsqueeze(-1).unsqueeze(-1)), 8, v[2], v[3], 1e-5)));
            string[] names = ["result", "x", "shift", "weight", "bias"];
            for (int i = 0; i < names.Length; i++)
            {
                double largest = theirs[i].abs().max().ToDouble(), difference = theirs[i].Minus(ours[i]).abs().max().ToDouble();
                bool equal = difference <= (result == ScalarType.BFloat16 ? HalfTolerance : SingleTolerance) * largest;
                all &= equal;
                log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(equal ? "equal " : "DIFFER")}  largest difference {difference:E1} of {largest:F3}  silu(norm(x)) of {type} to {result}: {names[i]}"));
            }
        }
        return all;
    }

    static List<Tensor> Gradients(Tensor[] inputs, Tensor gradient, Func<Tensor[], Tensor> operation)
    {
        Tensor[] leaves = [.. inputs.Select(input => input.detach().requires_grad_())];
        Tensor result = operation(leaves);
        // The gradient as bfloat16 for both.
        result.backward([gradient.to(ScalarType.BFloat16).to(result.dtype)]);
        return [.. new[] { result.detach() }.Concat(leaves.Select(leaf => leaf.grad!)).Select(t => t.to(ScalarType.Float32))];
    }
}
