using System.CommandLine;
using System.Globalization;
using PgpSr.CommandLine.Pruning;
using PgpSr.Models;
using PgpSr.Pruning;

namespace PgpSr.CommandLine.Commands;

/// <summary><c>pgpsr prune</c>: writes a smaller model.</summary>
sealed class PruneCommand : Subcommand
{
    readonly Argument<string> _model =
        new("MODEL") { Description = "an embedded model, the file of a small model, a UNet folder, or a folder with unet/ in it; never changed" };
    readonly Option<string?> _plan =
        new("--plan")
        {
            Description = "coarse (encoder and bottleneck), fine (decoder, by the report), pairs (ResNets with their transformers), joined by +",
            HelpName = "coarse+fine",
        };
    readonly Option<string?> _keep = new("--keep") { Description = "use this plan (JSON), written by hand, instead", HelpName = "PLAN" };
    readonly Option<string?> _report = new("--report") { Description = "report written by pgpsr analyze", HelpName = "REPORT" };
    readonly Option<double> _tauCos = new("--tau-cos")
    {
        Description = "keep decoder blocks whose Phi_cos is at least X",
        DefaultValueFactory = _ => new PlanRules().TauCos,
        HelpName = "X",
    };
    readonly Option<double> _tauKl = new("--tau-kl") { Description = "and whose Psi_KL is at least X", HelpName = "X" };
    readonly Option<int> _keepPerStack =
        new("--keep-per-stack") { Description = "keep at least N blocks of a stack", DefaultValueFactory = _ => 1, HelpName = "N" };
    readonly Option<string> _coarseKeeps = new("--coarse-keeps")
    {
        Description = "which blocks the coarse stage keeps",
        DefaultValueFactory = _ => "first",
        HelpName = "first|strongest",
    };
    readonly Option<string?> _insert =
        new("--insert-peam") { Description = "add phase-exchange adapters, which change nothing until they are trained", HelpName = "stem|decoder" };
    readonly Option<int> _guide =
        new("--guide-channels")
        {
            Description = "channels of the adapters' guide, if the small model has none",
            DefaultValueFactory = _ => new PruneOptions().GuideChannels,
            HelpName = "N",
        };
    readonly Option<ulong> _seed = new("--seed") { Description = "seed of the adapters' initial weights", HelpName = "N" };
    readonly Option<string?> _out =
        new("--output", "-o", "--out")
        {
            Description = "a new folder, or a .safetensors file for a small model",
            HelpName = "FOLDER",
        };
    readonly Option<bool> _overwrite = new("--overwrite") { Description = "replace an existing model" };
    readonly Option<bool> _unetOnly = new("--unet-only") { Description = "do not copy the folder's other networks" };
    readonly Option<string?> _savePlan =
        new("--save-plan") { Description = "write the plan (JSON); without --output, only that", HelpName = "PLAN" };
    readonly CountSideOption _size;

    public PruneCommand()
        : base("prune", "Writes a smaller model without the blocks that contribute little. The model itself is never changed.")
    {
        Arguments.Add(_model);
        foreach (Option option in (Option[])[_plan, _keep, _report, _tauCos, _tauKl, _keepPerStack, _coarseKeeps,
            _insert, _guide, _seed, _out, _overwrite, _unetOnly, _savePlan]) Options.Add(option);
        _size = new CountSideOption(this);
        _coarseKeeps.OneOf("first", "strongest");
        _insert.OneOf("stem", "decoder");
        _keepPerStack.AtLeast(0);
        _guide.AtLeast(1);
        _tauCos.Finite();
        _tauKl.Finite();
    }

    public override ExitCode Run(CommandContext context)
    {
        var arguments = context.Arguments;
        string? destination = arguments.GetValue(_out), planFile = arguments.GetValue(_savePlan);
        if (destination is null && planFile is null) Throw.Usage("say where the smaller model goes: -o FOLDER");
        PruningReport? report = arguments.GetValue(_report) is { } path ? PruningReport.Parse(ReadText(path), path) : null;
        using var file = ModelFile.Open(arguments.GetValue(_model)!);
        using Checkpoint checkpoint = Checkpoint.Open(file.Path);
        int side = _size.Read(arguments, checkpoint);
        var (plan, rules) = Decide(context, checkpoint, report);
        PlannedTopology.Of(checkpoint.Unet, plan);
        RefuseNothing(checkpoint, plan);
        if (planFile is not null)
        {
            OutputNaming.RefuseInputs(_savePlan.Name, planFile,
                [.. checkpoint.Files, .. ((string?[])[arguments.GetValue(_report), arguments.GetValue(_keep)]).OfType<string>()]);
            TextFile.Write(planFile, writer => writer.Write(plan.ToJson()));
            context.Console.Info($"wrote {planFile}");
            context.Console.Json("pruning-plan", w => w.WriteString("file", planFile));
        }
        ShowPlan(context, checkpoint, plan);
        if (destination is null) return ExitCode.Ok;
        OutputNaming.RefuseInputs("-o", destination, checkpoint.Files);
        var options = new PruneOptions
        {
            Rules = rules,
            Report = report,
            CopyOtherFiles = !arguments.GetValue(_unetOnly),
            Overwrite = arguments.GetValue(_overwrite),
            Seed = arguments.GetValue(_seed),
            GuideChannels = arguments.GetValue(_guide),
            CountSide = side,
        };
        PruneResult result = Pruner.Run(checkpoint, plan, destination, options, new ByteProgress(context), context.Cancellation);
        context.Console.Status("");
        foreach (string warning in result.Warnings) context.Console.Warning(warning);
        ShowResult(context, result, options.CountSide);
        return ExitCode.Ok;
    }

    (PruningPlan Plan, PlanRules? Rules) Decide(CommandContext context, Checkpoint checkpoint, PruningReport? report)
    {
        var arguments = context.Arguments;
        string? stages = arguments.GetValue(_plan), byHand = arguments.GetValue(_keep);
        if (stages is not null && byHand is not null) Throw.Usage("--plan and --keep exclude each other");
        PhasePlacement insert = arguments.GetValue(_insert) switch
        {
            "stem" => PhasePlacement.Stem,
            "decoder" => PhasePlacement.Decoder,
            _ => PhasePlacement.None,
        };
        if (byHand is not null)
        {
            PruningPlan read = PruningPlan.Parse(ReadText(byHand), byHand);
            return (insert == PhasePlacement.None ? read : read with { InsertPeam = insert }, null);
        }
        if (stages is null && insert == PhasePlacement.None)
            Throw.Usage("say what to prune: --plan coarse, fine, coarse+fine, or --keep PLAN for a plan made by hand");
        if (stages is null) return (PruningPlan.KeepAll with { InsertPeam = insert }, null);
        string[] words = stages.Split('+');
        foreach (string word in words)
            if (word is not ("coarse" or "fine" or "pairs")) Throw.Usage($"--plan {stages}: unknown stage '{word}'; use coarse, fine or pairs");
        var rules = new PlanRules
        {
            Coarse = words.Contains("coarse"),
            Fine = words.Contains("fine"),
            Pairs = words.Contains("pairs"),
            TauCos = arguments.GetValue(_tauCos),
            TauKl = arguments.GetValue(_tauKl),
            KeepPerStack = arguments.GetValue(_keepPerStack),
            CoarseKeepsStrongest = arguments.GetValue(_coarseKeeps) == "strongest",
        };
        return (Planner.Decide(checkpoint.Unet, report, rules) with { InsertPeam = insert }, rules);
    }

    static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.NoInput, $"{path}: cannot be read: {e.Message}", e);
        }
    }

    static void ShowPlan(CommandContext context, Checkpoint checkpoint, PruningPlan plan)
    {
        foreach (BlockStack stack in BlockStack.Of(checkpoint.Unet))
            if (plan.Keep.TryGetValue(stack.Path, out var kept))
            {
                string which = kept.IsEmpty ? "" : $": {string.Join(", ", kept)}";
                context.Console.Line($"{stack.Path}: keeps {kept.Length} of {stack.Depth} blocks{which}");
            }
        foreach (string pair in plan.RemovePairs) context.Console.Line($"{pair}: removed with its transformer");
        if (plan.RemoveMiddle) context.Console.Line("mid_block: removed");
    }

    // A file like the one there was, and exit code 0, would be taken for a smaller model.
    static void RefuseNothing(Checkpoint checkpoint, PruningPlan plan)
    {
        if (plan.InsertPeam != PhasePlacement.None || plan.RemoveMiddle || !plan.RemovePairs.IsEmpty) return;
        var stacks = BlockStack.Of(checkpoint.Unet);
        if (stacks.Any(stack => plan.Keep.TryGetValue(stack.Path, out var kept) && kept.Length < stack.Depth)) return;
        throw new CommandException(ExitCode.Model, stacks.IsEmpty
            ? "nothing to prune: the model has no transformer blocks"
            : "nothing to prune: every block meets the thresholds; raise --tau-cos or --tau-kl, or name blocks with --keep PLAN");
    }

    static void ShowResult(CommandContext context, PruneResult result, int side)
    {
        var before = result.Before.Stages().ToDictionary();
        var after = result.After.Stages().ToDictionary();
        string gmac = string.Create(CultureInfo.InvariantCulture, $"GMAC at {side}x{side}");
        List<IReadOnlyList<string>> rows = [["", "parameters", "after", gmac, "after", "size", "after"]];
        ModelNode none = new("", 0, 0, 0, 0, []);
        foreach (string stage in before.Keys.Concat(after.Keys.Except(before.Keys)))
            rows.Add(Row(stage, before.GetValueOrDefault(stage, none), after.GetValueOrDefault(stage, none)));
        rows.Add(Row("all", result.Before, result.After));
        context.Console.Line();
        context.Console.Table(rows);
        context.Console.Line();
        context.Console.Line($"wrote {result.Path}");
        context.Console.Json("pruned", w =>
        {
            w.WriteString("model", result.Path);
            foreach (var (name, node) in ((string, ModelNode)[])[("before", result.Before), ("after", result.After)])
            {
                w.WriteStartObject(name);
                w.WriteNumber("parameters", node.Parameters);
                w.WriteNumber("multiply-adds", node.MultiplyAdds + node.MultiplyAddsOnce);
                w.WriteNumber("bytes", node.Bytes);
                w.WriteEndObject();
            }
        });
    }

    static string[] Row(string name, ModelNode before, ModelNode after) =>
        [name, Quantity.Count(before.Parameters), Quantity.Count(after.Parameters),
            Quantity.Giga(before.MultiplyAdds + before.MultiplyAddsOnce), Quantity.Giga(after.MultiplyAdds + after.MultiplyAddsOnce),
            ByteSize.Format(before.Bytes), ByteSize.Format(after.Bytes)];
}
