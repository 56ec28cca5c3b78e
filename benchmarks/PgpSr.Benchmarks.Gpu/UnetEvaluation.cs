using System.Diagnostics;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks.Gpu;

/// <summary>One evaluation of SDXL's UNet with synthetic weights.</summary>
static class UnetEvaluation
{
    /// <param name="Seconds">Of one evaluation.</param>
    /// <param name="LoadSeconds">Of making, packing and uploading the weights, kernels not included.</param>
    /// <param name="FirstSeconds">Of the first evaluation: kernels are compiled in it.</param>
    /// <param name="MultiplyAdds">Of one evaluation.</param>
    /// <param name="PeakBytes">Activations.</param>
    /// <param name="Finite">No result is NaN or infinite.</param>
    public sealed record Result(double Seconds, double LoadSeconds, double FirstSeconds, long MultiplyAdds, long PeakBytes, long WeightBytes, bool Finite);

    public static Result Measure(Backend backend, UnetConfig config, int side, int rows, int rounds)
    {
        long began = Stopwatch.GetTimestamp();
        using var source = new SyntheticSource(Unet.Declare(config));
        using var unet = Unet.Load(source, backend, config);
        double load = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var plan = Workspace.Plan(backend, ws => Evaluate(ws, null));
        using var ws = new Workspace(backend);
        ws.Reserve(plan);

        float[] result = new float[rows * side * side * config.OutChannels];
        began = Stopwatch.GetTimestamp();
        Evaluate(ws, result);
        double first = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var times = new List<double>();
        for (int round = 0; round < rounds; round++)
        {
            began = Stopwatch.GetTimestamp();
            Evaluate(ws, result);
            times.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
        }
        times.Sort();
        return new(times[times.Count / 2], load, first, plan.MultiplyAdds, plan.PeakBytes, unet.WeightBytes, Array.TrueForAll(result, float.IsFinite));

        // The download of the prediction ends an evaluation, as it does in a sampler's step.
        void Evaluate(Workspace workspace, float[]? destination)
        {
            using var scope = workspace.Scope("evaluation");
            var latent = workspace.Upload(Noise(rows * side * side * config.InChannels), new Shape(rows, side, side, config.InChannels));
            var context = config.ContextChannels == 0 ? null
                : workspace.Upload(Noise(rows * 77 * config.ContextChannels), new Shape(rows, 77, config.ContextChannels));
            var pooled = config.AddedCondition is not { } added ? null : workspace.Upload(Noise(rows * added.PooledChannels), new Shape(rows, added.PooledChannels));
            var condition = new UnetCondition(context, pooled, [.. Enumerable.Repeat(1024f, rows * AddedConditionConfig.Numbers)]);
            var prediction = unet.Forward(workspace, latent, 500, condition);
            if (destination is not null) workspace.Backend.Download(prediction, System.Runtime.InteropServices.MemoryMarshal.AsBytes(destination.AsSpan()));
        }
    }

    static float[] Noise(int count)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
