using System.Diagnostics;
using PgpSr.Imaging;
using PgpSr.Managed;
using PgpSr.Tensors;

namespace PgpSr.CommandLine;

/// <summary>How fast a model is on a synthetic picture.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Size">Side of the picture.</param>
/// <param name="Plan">What a run takes.</param>
/// <param name="Loading">Seconds.</param>
/// <param name="Runs">Seconds of each, in their order.</param>
sealed record ModelFigure(string Model, int Size, UpscalePlan Plan, double Loading, IReadOnlyList<double> Runs)
{
    public double Best => Runs.Min();

    public double Median => Runs.Order().ElementAt(Runs.Count / 2);

    /// <summary>Of the result, in a second.</summary>
    public double Megapixels => Plan.OutputWidth * (double)Plan.OutputHeight * 1e-6 / Median;

    public double ImagesPerMinute => 60 / Median;

    /// <summary>Counted as direct algorithms.</summary>
    public double Flops => 2.0 * Plan.MultiplyAdds / Median;

    /// <summary>Loads and runs.</summary>
    public static ModelFigure Measure(string model, Backend backend, int size, int runs, long? memory, CommandContext context)
    {
        long started = Stopwatch.GetTimestamp();
        using SuperResolver resolver = SuperResolver.Load(model, backend, context.Cancellation);
        double loading = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var options = new UpscaleOptions { MemoryBudget = memory };
        UpscalePlan plan = resolver.Plan(size, size, options);
        Image picture = SyntheticPicture.Create(size, size);
        var seconds = new List<double>();
        for (int run = 0; run < runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            resolver.Upscale(picture, options, null, context.Cancellation);
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            context.Console.Status($"{resolver.Model.Name}: run {run + 1} of {runs}, {seconds[^1]:0.00} s");
        }
        context.Console.Status("");
        return new(resolver.Model.Name, size, plan, loading, seconds);
    }
}
