using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PgpSr.Imaging;
using PgpSr.Managed;
using PgpSr.Tensors;

namespace PgpSr.CommandLine.Commands;

/// <summary><c>pgpsr bench</c>: how fast this machine is with a model, and how much of the processor the kernels reach.</summary>
sealed class BenchCommand : Subcommand
{
    readonly Option<string> _model = new("--model", "-m")
    {
        Description = "an embedded model's name, a file or a folder",
        DefaultValueFactory = _ => ModelCatalog.Default,
        HelpName = "NAME|FILE|FOLDER",
    };
    readonly Option<int> _size = new("--size") { Description = "side of the synthetic picture", DefaultValueFactory = _ => 512, HelpName = "PIXELS" };
    readonly Option<int> _runs = new("--runs")
    {
        Description = "runs of the model; the best and the median are shown",
        DefaultValueFactory = _ => 5,
        HelpName = "N",
    };
    readonly Option<bool> _noKernels = new("--no-kernels") { Description = "the model only" };
    readonly DeviceOptions _device;

    public BenchCommand()
        : base("bench", "How fast this machine is: a model on a synthetic picture, and the kernels beside the processor's peak.")
    {
        Options.Add(_model);
        Options.Add(_size);
        Options.Add(_runs);
        Options.Add(_noKernels);
        _size.Between(8, 8192);
        _runs.Between(1, 1000);
        _device = new DeviceOptions(this);
    }

    public override ExitCode Run(CommandContext context)
    {
        int size = context.Arguments.GetValue(_size), runs = context.Arguments.GetValue(_runs);
        using Backend backend = _device.Open(context, out IBackendProvider provider);
        context.Console.Line(backend.Name);
        double? peak = provider.MeasurePeak(backend);
        if (peak is { } flops) context.Console.Line($"multiply-add peak  {Rate(flops)}");
        context.Console.Json("machine", w =>
        {
            w.WriteString("backend", backend.Name);
            w.WriteString("version", CommandEnvironment.Version);
            if (peak is { } p) w.WriteNumber("peak-flops", Math.Round(p));
        });
        RunModel(context, backend, size, runs, peak);
        if (!context.Arguments.GetValue(_noKernels)) RunKernels(context, backend, peak);
        if (peak is { } before && provider.MeasurePeak(backend) is { } after && BusyMachine(before, after) is { } warning)
            context.Console.Warning(warning);
        return ExitCode.Ok;
    }

    /// <summary>What to say where the peak changed in the meantime, so that shares of it mean little; null where it did not.</summary>
    internal static string? BusyMachine(double before, double after)
    {
        // Repeated measurements of an idle machine lie within a few percent.
        const double Steady = 0.9;
        return Math.Min(before, after) >= Steady * Math.Max(before, after) ? null
            : $"the machine is busy: its multiply-add peak was {Rate(before)} before and {Rate(after)} after; run again when it is idle";
    }

    void RunModel(CommandContext context, Backend backend, int size, int runs, double? peak)
    {
        long started = Stopwatch.GetTimestamp();
        using SuperResolver resolver = SuperResolver.Load(context.Arguments.GetValue(_model)!, backend, context.Cancellation);
        TimeSpan loading = Stopwatch.GetElapsedTime(started);
        var options = new UpscaleOptions { MemoryBudget = _device.Memory(context) };
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
        double first = seconds[0];
        seconds.Sort();
        double best = seconds[0], median = seconds[seconds.Count / 2], flops = 2.0 * plan.MultiplyAdds / best;
        double megapixels = plan.OutputWidth * (double)plan.OutputHeight * 1e-6;
        context.Console.Line();
        context.Console.Line($"{resolver.Model.Name}, {size}x{size} to {plan.OutputWidth}x{plan.OutputHeight}");
        context.Console.Line($"  loading    {Milliseconds(loading.TotalSeconds)}");
        context.Console.Line($"  first run  {Milliseconds(first)}");
        string speed = $"{Number(megapixels / best, "0.00")} megapixels a second, {Rate(flops)}{Part(flops, peak)}";
        context.Console.Line($"  best       {Milliseconds(best)}, {speed}");
        context.Console.Line($"  median     {Milliseconds(median)}");
        context.Console.Line($"  memory     {ByteSize.Format(plan.PeakBytes)}");
        context.Console.Json("model", w =>
        {
            w.WriteString("model", resolver.Model.Name);
            w.WriteNumber("size", size);
            w.WriteNumber("runs", runs);
            w.WriteNumber("loading-seconds", Math.Round(loading.TotalSeconds, 4));
            w.WriteNumber("first-seconds", Math.Round(first, 4));
            w.WriteNumber("best-seconds", Math.Round(best, 4));
            w.WriteNumber("median-seconds", Math.Round(median, 4));
            w.WriteNumber("multiply-adds", plan.MultiplyAdds);
            w.WriteNumber("memory", plan.PeakBytes);
        });
    }

    static void RunKernels(CommandContext context, Backend backend, double? peak)
    {
        var rows = new List<string[]> { new[] { "kernel", "time", "", "of the peak" } };
        foreach (KernelFigure figure in KernelFigures.Measure(backend, context.Cancellation))
        {
            double flops = figure.Flops / figure.Seconds;
            bool counted = figure.Flops > 0;
            rows.Add([figure.Name, Milliseconds(figure.Seconds), counted ? Rate(flops) : "", counted ? Percent(flops, peak) : ""]);
            context.Console.Json("kernel", w =>
            {
                w.WriteString("name", figure.Name);
                w.WriteNumber("seconds", figure.Seconds);
                if (counted) w.WriteNumber("flops", Math.Round(flops));
            });
        }
        context.Console.Line();
        context.Console.Table(rows);
        context.Console.Line("Rates count direct convolution; a faster algorithm (Winograd) can pass the peak.");
    }

    static string Part(double flops, double? peak) => peak is null ? "" : $", {Percent(flops, peak)} of the peak";

    static string Percent(double flops, double? peak) => peak is { } p ? $"{Number(flops / p * 100, "0")} %" : "";

    static string Milliseconds(double seconds) => $"{Number(seconds * 1e3, seconds < 0.1 ? "0.0" : "0")} ms";

    static string Rate(double flops) => flops >= 1e12 ? $"{Number(flops * 1e-12, "0.00")} TFLOP/s" : $"{Number(flops * 1e-9, "0")} GFLOP/s";

    static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
