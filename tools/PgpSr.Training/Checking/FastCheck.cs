using System.Globalization;
using PgpSr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>Whether networks by our own operations (<see cref="TorchPgpModel"/>, fast) have the results and gradients of libtorch's, in both types that are trained in.</summary>
static class FastCheck
{
    // Lengths of differences. Float32 differs by about 1e-6 a layer; bfloat16 rounds each map by 2^-9. The slope of a phase grows without bound where the amplitude
    // vanishes, so with an adapter bfloat16's gradients say nothing.
    const double SingleTolerance = 1e-4, HalfTolerance = 1.0 / 16;

    public static bool Run(TextWriter log)
    {
        bool all = true;
        foreach (var (name, config, height, width) in Equality.Cases)
        {
            using var scope = NewDisposeScope();
            var expected = Evaluate(config, height, width, ScalarType.Float32, fast: false);
            foreach (var type in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
            {
                var actual = Evaluate(config, height, width, type, fast: true);
                double result = Difference(actual.Result, expected.Result), gradient = Difference(actual.Gradient, expected.Gradient);
                bool half = type == ScalarType.BFloat16;
                bool equal = Math.Max(result, half && config.Phase != PhasePlacement.None ? 0 : gradient) <= (half ? HalfTolerance : SingleTolerance);
                all &= equal;
                log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(equal ? "equal " : "DIFFER")}  result {result:E1}, gradient {gradient:E1} of its length  own operations in {type}: {name}"));
            }
        }
        return all;
    }

    static double Difference(Tensor actual, Tensor expected) => actual.Minus(expected).norm().ToDouble() / expected.norm().ToDouble();

    static (Tensor Result, Tensor Gradient) Evaluate(PgpConfig config, int height, int width, ScalarType type, bool fast)
    {
        var (z, degraded) = Equality.Inputs(config, height, width);
        Tensor Map(float[] values, int channels) => tensor(values, [1, height, width, channels]).permute(0, 3, 1, 2);
        Tensor weights = tensor(Equality.Weights(config)).requires_grad_();
        var model = new TorchPgpModel(config, new TorchParameters(config).See(weights, type), fast);
        Tensor result = model.Forward(Map(z, config.InputChannels), Map(degraded, config.DegradedChannels), [config.Timestep]).to(ScalarType.Float32);
        result.Squared().mean().backward();
        return (result.detach(), weights.grad!);
    }
}
