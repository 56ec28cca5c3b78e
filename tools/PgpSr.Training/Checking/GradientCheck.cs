using System.Globalization;
using PgpSr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>Whether gradients are the loss's slopes: central differences along each tensor's own gradient, on one batch.</summary>
static class GradientCheck
{
    public static void Run(Recipe recipe, PairBatch batch, TextWriter log)
    {
        var config = recipe.Config();
        var parameters = new TorchParameters(config);
        float[] initial = parameters.Initial(recipe.Seed, recipe.Anchor);
        var random = new Random(2);
        // Off the zeros of the beginning, where most slopes are zero.
        for (int i = 0; i < initial.Length; i++) initial[i] += 0.02f * (2 * random.NextSingle() - 1);
        using var weights = tensor(initial).clone().requires_grad_();
        double Loss(Tensor flat)
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            return Evaluate(parameters, config, recipe, flat, batch).ToDouble();
        }
        using var all = NewDisposeScope();
        Evaluate(parameters, config, recipe, weights, batch).backward();
        Tensor gradient = weights.grad!.clone();
        long at = 0;
        foreach (var tensor in parameters.Declared)
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            Tensor direction = zeros_like(gradient);
            long count = tensor.Shape.Count;
            direction.narrow(0, at, count).copy_(gradient.narrow(0, at, count));
            at += count;
            double length = direction.norm().ToDouble();
            if (length == 0)
            {
                log.WriteLine($"zero      {tensor.Name}");
                continue;
            }
            direction.div_(length);
            const double step = 2e-3;
            double slope = (Loss(weights + direction * step) - Loss(weights - direction * step)) / (2 * step);
            log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{slope / length,8:F3}  |g| {length:E2}  {tensor.Name}"));
        }
    }

    static Tensor Evaluate(TorchParameters parameters, PgpConfig config, Recipe recipe, Tensor flat, PairBatch batch)
    {
        int large = batch.Side * config.Scale;
        Tensor truth = Restoration.Planes(batch.Truth, batch.Count, large);
        Tensor restored = Restoration.Run(parameters, config, flat, Restoration.Planes(batch.Degraded, batch.Count, batch.Side), Restoration.Planes(batch.Enlarged, batch.Count, large), ScalarType.Float32);
        return Restoration.Loss(restored, truth, recipe);
    }
}
