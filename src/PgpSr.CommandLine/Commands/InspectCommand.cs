using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PgpSr.CommandLine.Pruning;
using PgpSr.Models;
using PgpSr.Pruning;
using PgpSr.Safetensors;

namespace PgpSr.CommandLine.Commands;

/// <summary><c>pgpsr inspect</c>: what a model is made of, and what pruning took from it.</summary>
sealed class InspectCommand : Subcommand
{
    readonly Argument<string> _model =
        new("MODEL") { Description = "an embedded model, the file of a small model, a UNet folder, or a folder with unet/ in it" };
    readonly Option<string?> _diff = new("--diff") { Description = "show the differences from another model of the same family", HelpName = "OTHER" };
    readonly CountSideOption _size;
    readonly Option<int> _depth = new("--depth") { Description = "depth of the tree", DefaultValueFactory = _ => 4, HelpName = "N" };

    public InspectCommand()
        : base("inspect", "Shows the parts of a model as a tree with parameters, multiply-accumulates and bytes.")
    {
        Arguments.Add(_model);
        Options.Add(_diff);
        _size = new CountSideOption(this);
        Options.Add(_depth);
        _depth.AtLeast(0);
    }

    public override ExitCode Run(CommandContext context)
    {
        using var file = ModelFile.Open(context.Arguments.GetValue(_model)!);
        if (OneStepSummary.Accepts(file.Path) && context.Arguments.GetValue(_diff) is null) return DescribeOneStep(context, file.Path);
        if (UpscalerSummary.Accepts(file.Path) && context.Arguments.GetValue(_diff) is null) return DescribeUpscaler(context, file.Path);
        if (PipelineSummary.Accepts(file.Path) && context.Arguments.GetValue(_diff) is null) return DescribePipeline(context, file.Path);
        using Checkpoint checkpoint = Checkpoint.Open(file.Path);
        if (context.Arguments.GetValue(_diff) is not { } path)
        {
            int side = _size.Read(context.Arguments, checkpoint);
            ModelNode tree = ModelTree.Of(checkpoint, side) with { Name = file.Name };
            Describe(context, file.Name, checkpoint, tree, side);
            context.Console.Table([Heading(side), .. Rows(tree, "", "", context.Arguments.GetValue(_depth))]);
            return ExitCode.Ok;
        }
        using var otherFile = ModelFile.Open(path);
        using Checkpoint other = Checkpoint.Open(otherFile.Path);
        int common = _size.Read(context.Arguments, checkpoint, other);
        Difference(context, checkpoint, other, ModelTree.Of(checkpoint, common), ModelTree.Of(other, common), common);
        return ExitCode.Ok;
    }

    static ExitCode DescribeOneStep(CommandContext context, string path)
    {
        OneStepSummary summary = OneStepSummary.Of(path);
        context.Console.Line($"{path}: one-step restorer on Stable Diffusion ({summary.Recipe}), timestep {summary.Timestep}, x{summary.Scale}");
        if (summary.License.Length > 0) context.Console.Line($"license of the adapters: {summary.License}");
        if (summary.Notice.Length > 0) context.Console.Warning(summary.Notice);
        context.Console.Line();
        context.Console.Table([["", "parameters", "tensors with adapters"], .. summary.Parts.Select(part =>
            (IReadOnlyList<string>)[part.Name, Quantity.Count(part.Parameters), part.Merged.ToString(CultureInfo.InvariantCulture)])]);
        context.Console.Json("model", w =>
        {
            w.WriteString("model", path);
            w.WriteString("recipe", summary.Recipe);
            foreach (var part in summary.Parts) w.WriteNumber(part.Name, part.Parameters);
        });
        return ExitCode.Ok;
    }

    static ExitCode DescribeUpscaler(CommandContext context, string path)
    {
        UpscalerSummary summary = UpscalerSummary.Of(path);
        context.Console.Line($"{path}: {summary.Description}, x{summary.Scale}, 1 step");
        string counts = string.Create(CultureInfo.InvariantCulture, $"{summary.Tensors:N0} tensors, {summary.Parameters:N0} parameters");
        context.Console.Line($"{counts}, {ByteSize.Format(summary.Bytes)}, mostly {summary.DominantType.Name()}");
        context.Console.Line();
        context.Console.Table([["", "parameters"],
            .. summary.Parts.Select(part => (IReadOnlyList<string>)[part.Name, Quantity.Count(part.Parameters)])]);
        context.Console.Json("model", w =>
        {
            w.WriteString("model", path);
            w.WriteString("network", summary.Description);
            w.WriteNumber("scale", summary.Scale);
            w.WriteNumber("parameters", summary.Parameters);
            foreach (var part in summary.Parts) w.WriteNumber(part.Name, part.Parameters);
        });
        return ExitCode.Ok;
    }

    static ExitCode DescribePipeline(CommandContext context, string path)
    {
        PipelineSummary summary = PipelineSummary.Of(path);
        context.Console.Line($"{path}: {summary.Description}, x{summary.Scale}");
        context.Console.Line($"text: {summary.Text}");
        context.Console.Line();
        context.Console.Table([["", "parameters"],
            .. summary.Parts.Select(part => (IReadOnlyList<string>)[part.Name, Quantity.Count(part.Parameters)])]);
        context.Console.Json("model", w =>
        {
            w.WriteString("model", path);
            w.WriteString("pipeline", summary.Description);
            w.WriteNumber("scale", summary.Scale);
            foreach (var part in summary.Parts) w.WriteNumber(part.Name, part.Parameters);
        });
        return ExitCode.Ok;
    }

    static void Describe(CommandContext context, string name, Checkpoint checkpoint, ModelNode tree, int side)
    {
        string kind = checkpoint switch
        {
            { Small: { } small } => $"small model, x{small.Scale}, {small.Steps} step{(small.Steps == 1 ? "" : "s")}, {Adapters(small.Phase)}",
            { FaithDiff: { } faithDiff } => $"FaithDiff, {Adapters(faithDiff.Phase)}",
            { AdcSr: { } adcSr } => $"AdcSR, x{adcSr.Scale}, 1 step",
            _ => "SDXL UNet",
        };
        context.Console.Line($"{name}: {kind}");
        string counts =
            string.Create(CultureInfo.InvariantCulture, $"{checkpoint.Tensors.Count:N0} tensors, {checkpoint.ParameterCount:N0} parameters");
        context.Console.Line($"{counts}, {ByteSize.Format(checkpoint.ByteCount)}, mostly {checkpoint.DominantType.Name()}");
        if (PruningHistory.Of(checkpoint) is { } history) context.Console.Line($"pruned from {history.Source}");
        context.Console.Line();
        context.Console.Json("model", w =>
        {
            w.WriteString("model", name);
            w.WriteNumber("size", side);
            w.WritePropertyName("tree");
            Write(w, tree);
        });
    }

    static string Adapters(PhasePlacement phase) => $"phase adapters: {phase.ToString().ToLowerInvariant()}";

    static string[] Heading(int side) =>
        ["", "parameters", string.Create(CultureInfo.InvariantCulture, $"GMAC at {side}x{side}"), "once a picture", "size"];

    static IEnumerable<IReadOnlyList<string>> Rows(ModelNode node, string lead, string childLead, int depth)
    {
        yield return [lead + node.Name, Quantity.Count(node.Parameters), Quantity.Giga(node.MultiplyAdds),
            Quantity.Giga(node.MultiplyAddsOnce), ByteSize.Format(node.Bytes)];
        if (depth == 0) yield break;
        for (int i = 0; i < node.Children.Length; i++)
        {
            bool last = i == node.Children.Length - 1;
            foreach (var row in Rows(node.Children[i], childLead + (last ? "`- " : "|- "), childLead + (last ? "   " : "|  "), depth - 1))
                yield return row;
        }
    }

    static void Difference(CommandContext context, Checkpoint one, Checkpoint two, ModelNode oneTree, ModelNode twoTree, int side)
    {
        IReadOnlyList<StackDifference> stacks = ModelDifference.Stacks(one, two);
        List<IReadOnlyList<string>> rows = [["", "parameters", "other", $"GMAC at {side}", "other"]];
        ModelNode none = new("", 0, 0, 0, 0, []);
        var (first, second) = (oneTree.Stages().ToDictionary(), twoTree.Stages().ToDictionary());
        foreach (string stage in first.Keys.Concat(second.Keys.Except(first.Keys)))
        {
            var (a, b) = (first.GetValueOrDefault(stage, none), second.GetValueOrDefault(stage, none));
            if (a.Parameters != b.Parameters) rows.Add(Row(stage, a, b));
        }
        rows.Add(Row("all", oneTree, twoTree));
        if (stacks.Count == 0) context.Console.Line("both models have the same layers");
        foreach (StackDifference stack in stacks) context.Console.Line(stack.ToString());
        context.Console.Line();
        context.Console.Table(rows);
        context.Console.Json("difference", w =>
        {
            w.WriteStartArray("stacks");
            foreach (StackDifference stack in stacks) w.WriteStringValue(stack.ToString());
            w.WriteEndArray();
            w.WriteNumber("parameters", oneTree.Parameters);
            w.WriteNumber("other-parameters", twoTree.Parameters);
        });
    }

    static string[] Row(string name, ModelNode one, ModelNode two) =>
        [name, Quantity.Count(one.Parameters), Quantity.Count(two.Parameters), Quantity.Giga(one.MultiplyAdds + one.MultiplyAddsOnce),
            Quantity.Giga(two.MultiplyAdds + two.MultiplyAddsOnce)];

    static void Write(Utf8JsonWriter w, ModelNode node)
    {
        w.WriteStartObject();
        w.WriteString("name", node.Name);
        w.WriteNumber("parameters", node.Parameters);
        w.WriteNumber("multiply-adds", node.MultiplyAdds);
        w.WriteNumber("multiply-adds-once", node.MultiplyAddsOnce);
        w.WriteNumber("bytes", node.Bytes);
        w.WriteStartArray("children");
        foreach (ModelNode child in node.Children) Write(w, child);
        w.WriteEndArray();
        w.WriteEndObject();
    }
}
