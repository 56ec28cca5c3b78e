using System.CommandLine;
using System.Globalization;
using PgpSr.CommandLine.Pruning;
using PgpSr.Models;
using PgpSr.Pruning;
using PgpSr.Restoration;
using PgpSr.Tensors;

namespace PgpSr.CommandLine.Commands;

/// <summary><c>pgpsr analyze</c>: which blocks of a model do little.</summary>
sealed class AnalyzeCommand : Subcommand
{
    // What FaithDiff enlarges by.
    const int DefaultScale = 4;

    // Far beyond what any model restores; a number mistyped is told instead of filling the memory.
    const int MostScale = 64;

    readonly Argument<string> _model =
        new("MODEL") { Description = "an embedded model, the file of a model, a UNet folder, or a folder with unet/ in it" };
    readonly Option<string> _images =
        new("--images") { Description = "folder of low-resolution pictures to measure with", Required = true, HelpName = "FOLDER" };
    readonly Option<string?> _out = new("--output", "-o", "--out") { Description = "report to write (JSON)", Required = true, HelpName = "REPORT" };
    readonly Option<string?> _html =
        new("--html") { Description = "also write a self-contained page with curves and a heat map", HelpName = "PAGE" };
    readonly Option<int?> _steps =
        new("--steps")
        {
            Description = $"sampler steps; default: the model's, or {Analyzer.DefaultSteps} for an SDXL UNet",
            HelpName = "N",
        };
    readonly Option<string> _softmax =
        new("--softmax") { Description = "axis of the softmax in Psi_KL", DefaultValueFactory = _ => "channels", HelpName = "channels|all" };
    readonly Option<bool> _skipErrors =
        new("--skip-errors") { Description = "also measure the error of the final latent without each block; takes one more run for each" };
    readonly Option<int?> _limit = new("--limit") { Description = "take only the first N pictures", HelpName = "N" };
    readonly Option<int?> _crop = new("--crop") { Description = "use only the middle NxN pixels of each picture", HelpName = "N" };
    readonly Option<int?> _scale = new("--scale")
    {
        Description = $"enlargement factor of SDXL-sized models; default: the model's, or {DefaultScale}",
        HelpName = "N",
    };
    readonly Option<ulong> _seed = new("--seed") { Description = "seed of the noise", HelpName = "N" };
    readonly Option<double?> _guidance = new("--guidance")
    {
        Description = "guidance scale, if the prompt has two rows; default: the model's",
        HelpName = "W",
    };
    readonly Option<string?> _prompt =
        new("--prompt-embeddings") { Description = "saved embeddings of a prompt; default: the empty prompt", HelpName = "FILE" };
    readonly DeviceOptions _device;

    public AnalyzeCommand()
        : base("analyze",
            "Measures which levels and transformer blocks of a model contribute little (Phi_cos and Psi_KL over a sampler run), for pgpsr prune.")
    {
        Arguments.Add(_model);
        foreach (Option option in (Option[])[_images, _out, _html, _steps, _softmax, _skipErrors, _limit, _crop, _scale, _seed, _guidance, _prompt])
            Options.Add(option);
        _softmax.OneOf("channels", "all");
        foreach (Option option in (Option[])[_steps, _limit, _crop]) option.AtLeast(1);
        _scale.Between(1, MostScale);
        _guidance.Finite();
        _device = new DeviceOptions(this);
    }

    public override ExitCode Run(CommandContext context)
    {
        var arguments = context.Arguments;
        IReadOnlyList<string> files = CalibrationSet.Files(arguments.GetValue(_images)!, arguments.GetValue(_limit));
        using var file = ModelFile.Open(arguments.GetValue(_model)!);
        using Checkpoint checkpoint = Checkpoint.Open(file.Path);
        // What a checkpoint folder says of itself.
        FaithDiffSettings? own = checkpoint.Kind is CheckpointKind.Unet or CheckpointKind.FaithDiff ? FaithDiffSettings.Find(file.Path) : null;
        int? steps = arguments.GetValue(_steps);
        int scale = arguments.GetValue(_scale) ?? own?.Scale ?? DefaultScale;
        var enlargement = Analyzer.EnlargementOf(checkpoint, steps);
        if (enlargement is (0, var filter)) enlargement = (scale, filter);
        foreach (Option<string?> option in (Option<string?>[])[_out, _html])
        {
            if (arguments.GetValue(option) is not { } output) continue;
            OutputNaming.RefuseInputs(option.Name, output, [.. checkpoint.Files, .. files]);
            OutputFolder.Check(output);
        }
        var pictures = new CalibrationSet(files, arguments.GetValue(_crop), Analyzer.MultipleOf(checkpoint), enlargement, context.Cancellation);
        pictures.Check();
        var options = new AnalysisOptions
        {
            Steps = steps,
            Axis = arguments.GetValue(_softmax) == "all" ? SoftmaxAxis.All : SoftmaxAxis.Channels,
            Seed = arguments.GetValue(_seed),
            Guidance = arguments.GetValue(_guidance),
            Prompt = arguments.GetValue(_prompt) is { } prompt ? PromptEmbeddings.Load(prompt) : null,
            SkipErrors = arguments.GetValue(_skipErrors),
            MemoryLimit = _device.Memory(context),
        };
        PruningReport report;
        using (Backend backend = _device.Open(context)) report =
            Analyzer.Run(checkpoint, backend, pictures, options, new Progress(context), context.Cancellation);
        context.Console.Status("");
        Save(context, report);
        Show(context, report);
        return ExitCode.Ok;
    }

    void Save(CommandContext context, PruningReport report)
    {
        string path = context.Arguments.GetValue(_out)!;
        TextFile.Write(path, writer => writer.Write(report.ToJson()));
        context.Console.Info($"wrote {path}");
        context.Console.Json("report", w => w.WriteString("file", path));
        if (context.Arguments.GetValue(_html) is not { } page) return;
        TextFile.Write(page, writer => HtmlReport.Write(report, writer));
        context.Console.Info($"wrote {page}");
        context.Console.Json("page", w => w.WriteString("file", page));
    }

    static void Show(CommandContext context, PruningReport report)
    {
        if (report.Stages.Any(stage => stage.MeanPhiCos is not null))
        {
            context.Console.Table(
                [["level", "part", "Phi_cos", "Psi_KL"], .. report.Stages
                .Select(s => (string[])[s.Path, PartName(s.Part), Number(s.MeanPhiCos), Number(s.MeanPsiKl)])]);
            context.Console.Line();
        }
        if (report.Blocks.IsEmpty) context.Console.Line("the model has no transformer blocks");
        else context.Console.Table([["block", "part", "Phi_cos", "Psi_KL", "error without"], .. report.Blocks
            .Select(b => (string[])[b.Path, PartName(b.Part), Number(b.MeanPhiCos), Number(b.MeanPsiKl), Number(b.SkipError)])]);
    }

    static string PartName(UnetPart part) => part.ToString().ToLowerInvariant();

    static string Number(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "";

    sealed class Progress(CommandContext context) : IProgress<AnalysisProgress>
    {
        public void Report(AnalysisProgress value)
        {
            string what = value.Skipped is null ? "measuring" : $"without {value.Skipped}";
            context.Console.Status(string.Create(CultureInfo.InvariantCulture,
                $"picture {value.Picture + 1} of {value.Pictures}, evaluation {value.Evaluation} of {value.Evaluations}, {what}"));
        }
    }
}
