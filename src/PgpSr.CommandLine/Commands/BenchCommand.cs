using System.CommandLine;
using System.Globalization;
using PgpSr.Managed;
using PgpSr.Tensors;

namespace PgpSr.CommandLine.Commands;

/// <summary><c>pgpsr bench</c>: how fast this machine is with the models, and how much of the processor the kernels reach.</summary>
sealed class BenchCommand : Subcommand
{
    static readonly string[] s_modelHead = ["model", "picture", "images a minute", "megapixels a second", "best", "loading", "memory", "of the peak"];

    // Time over which others are watched before anything is measured; their processor time is counted in steps of 10 ms.
    static readonly TimeSpan s_watch = TimeSpan.FromMilliseconds(500);

    readonly Option<string?> _model = new("--model", "-m")
    {
        Description = "name of an embedded model, a file or a folder; default: all embedded models",
        HelpName = "NAME|FILE|FOLDER",
    };
    readonly Option<int> _size = new("--size") { Description = "side of the synthetic picture", DefaultValueFactory = _ => 512, HelpName = "PIXELS" };
    readonly Option<int> _runs = new("--runs")
    {
        Description = "runs of each model; best and median are shown",
        DefaultValueFactory = _ => 5,
        HelpName = "N",
    };
    readonly Option<bool> _noKernels = new("--no-kernels") { Description = "measure models, not kernels" };
    readonly Option<string?> _html = new("--html") { Description = "also write a self-contained page with tables and plots", HelpName = "FILE" };
    readonly Option<bool> _busy = new("--busy")
    {
        Description = "measure even if the machine is busy; the numbers are then too low",
    };
    readonly DeviceOptions _device;

    public BenchCommand()
        : base("bench", "Measures this machine: the models on a synthetic picture, and the kernels against the processor's peak.")
    {
        foreach (Option option in (Option[])[_model, _size, _runs, _noKernels, _html, _busy]) Options.Add(option);
        _size.Between(8, 8192);
        _runs.Between(1, 1000);
        _device = new DeviceOptions(this);
    }

    public override ExitCode Run(CommandContext context)
    {
        int size = context.Arguments.GetValue(_size), runs = context.Arguments.GetValue(_runs);
        bool anyway = context.Arguments.GetValue(_busy);
        if (!anyway && OthersHold(context.Cancellation) is { } refusal) throw new CommandException(ExitCode.Device, refusal);
        using Backend backend = _device.Open(context, out IBackendProvider provider);
        foreach (IBackendProvider other in context.Backends)
            foreach (DeviceReport device in other.Describe())
                context.Console.Line($"{other.Name}: {device.Name}{(device.Refusal is null ? "" : " (refused)")}");
        var machine = new List<string> { $"measured on {backend.Name}, version {CommandEnvironment.Version}" };
        double? peak = provider.MeasurePeak(backend);
        if (peak is { } flops) machine.Add($"multiply-add peak {Rate(flops)}");
        foreach (string line in machine) context.Console.Line(line);
        context.Console.Json("machine", w =>
        {
            w.WriteString("backend", backend.Name);
            w.WriteString("version", CommandEnvironment.Version);
            if (peak is { } p) w.WriteNumber("peak-flops", Math.Round(p));
        });
        string[] models = context.Arguments.GetValue(_model) is { } one ? [one] : [.. ModelCatalog.Names];
        List<ModelFigure> figures = [];
        foreach (string model in models)
        {
            figures.Add(ModelFigure.Measure(model, backend, size, runs, _device.Memory(context), context));
            Tell(context, figures[^1]);
        }
        string[][] modelRows = [.. figures.Select(figure => Row(figure, peak))];
        context.Console.Line();
        context.Console.Table([s_modelHead, .. modelRows]);
        List<string[]> kernels = context.Arguments.GetValue(_noKernels) ? [] : RunKernels(context, backend, peak);
        if (peak is { } before && provider.MeasurePeak(backend) is { } after && BusyMachine(before, after) is { } warning)
        {
            machine.Add(warning);
            context.Console.Warning(warning);
        }
        if (anyway) machine.Add("measured beside other programs");
        if (context.Arguments.GetValue(_html) is { } page)
        {
            TextFile.Write(page, writer => BenchPage.Write(machine, modelRows, s_modelHead, kernels, figures, writer));
            context.Console.Line($"wrote {page}");
        }
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

    /// <summary>Why a machine of which others hold so many processors is not judged; null if they hold a tenth of it at most.</summary>
    internal static string? Refusal(double held, int processors) => held <= 0.1 * processors ? null
        : $"the machine is busy: other programs use {Number(held, "0.0")} of {processors} processors; "
            + "close them, or use --busy to measure anyway";

    static string? OthersHold(CancellationToken cancellation)
    {
        var others = new OtherLoad();
        cancellation.WaitHandle.WaitOne(s_watch);
        cancellation.ThrowIfCancellationRequested();
        return Refusal(others.Processors(), Environment.ProcessorCount);
    }

    static string[] Row(ModelFigure figure, double? peak) =>
    [
        figure.Model, $"{figure.Size}x{figure.Size} to {figure.Plan.OutputWidth}x{figure.Plan.OutputHeight}", Number(figure.ImagesPerMinute, "0.0"),
        Number(figure.Megapixels, "0.00"), Milliseconds(figure.Best), Milliseconds(figure.Loading), ByteSize.Format(figure.Plan.PeakBytes),
        Percent(figure.Flops, peak),
    ];

    static void Tell(CommandContext context, ModelFigure figure) => context.Console.Json("model", w =>
    {
        w.WriteString("model", figure.Model);
        w.WriteNumber("size", figure.Size);
        w.WriteNumber("runs", figure.Runs.Count);
        w.WriteNumber("loading-seconds", Math.Round(figure.Loading, 4));
        w.WriteNumber("first-seconds", Math.Round(figure.Runs[0], 4));
        w.WriteNumber("best-seconds", Math.Round(figure.Best, 4));
        w.WriteNumber("median-seconds", Math.Round(figure.Median, 4));
        w.WriteNumber("images-per-minute", Math.Round(figure.ImagesPerMinute, 3));
        w.WriteNumber("megapixels-per-second", Math.Round(figure.Megapixels, 4));
        w.WriteNumber("multiply-adds", figure.Plan.MultiplyAdds);
        w.WriteNumber("memory", figure.Plan.PeakBytes);
    });

    static List<string[]> RunKernels(CommandContext context, Backend backend, double? peak)
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
        context.Console.Line("Rates count direct convolution, so a faster algorithm (Winograd) can exceed the peak.");
        return rows;
    }

    static string Percent(double flops, double? peak) => peak is { } p ? $"{Number(flops / p * 100, "0")} %" : "";

    static string Milliseconds(double seconds) => $"{Number(seconds * 1e3, seconds < 0.1 ? "0.0" : "0")} ms";

    static string Rate(double flops) => flops >= 1e12 ? $"{Number(flops * 1e-12, "0.00")} TFLOP/s" : $"{Number(flops * 1e-9, "0")} GFLOP/s";

    static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
