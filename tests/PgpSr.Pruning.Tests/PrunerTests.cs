using System.Collections.Immutable;
using System.Security.Cryptography;
using PgpSr.Models;
using PgpSr.Safetensors;

namespace PgpSr.Pruning.Tests;

public sealed class PrunerTests
{
    [Fact]
    public void A_plan_that_keeps_all_reproduces_a_small_models_outputs_bit_for_bit()
    {
        using var folder = new TestFolder();
        string model = TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]);
        string pruned = Prune(model, PruningPlan.KeepAll, folder["pruned"]);
        Assert.Equal(Run.Small(model), Run.Small(pruned));
        Assert.Equal(Path.Combine(folder["pruned"], "teacher.safetensors"), pruned);
    }

    [Fact]
    public void A_plan_that_keeps_all_reproduces_FaithDiffs_outputs_bit_for_bit()
    {
        using var folder = new TestFolder();
        string model = TestModels.WriteFolder(TestModels.FaithDiff, folder["faithdiff"]);
        string pruned = Prune(model, PruningPlan.KeepAll, folder["pruned"]);
        Assert.Equal(Run.FaithDiff(model), Run.FaithDiff(pruned));
        Assert.Equal(File.ReadAllText(Path.Combine(model, "scheduler", "scheduler_config.json")),
            File.ReadAllText(Path.Combine(pruned, "scheduler", "scheduler_config.json")));
    }

    [Theory]
    [InlineData("up_blocks.0.attentions.0", 3, 1)]
    [InlineData("down_blocks.1.attentions.1", 3, 0)]
    [InlineData("mid_block.attentions.0", 3, 2)]
    public void Skipping_a_block_and_removing_it_give_the_same_outputs_bit_for_bit(string stack, int depth, int block)
    {
        using var folder = new TestFolder();
        string model = TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]);
        string pruned = Prune(model, Keep((stack, [.. Enumerable.Range(0, depth).Where(i => i != block)])), folder["pruned.safetensors"]);
        float[] skipped = Run.Small(model, new Run.Skipping($"{stack}.transformer_blocks.{block}"));
        Assert.Equal(skipped, Run.Small(pruned));
        Assert.NotEqual(Run.Small(model), skipped);
    }

    [Fact]
    public void The_same_holds_for_many_blocks_of_FaithDiff_and_for_stacks_that_become_empty()
    {
        using var folder = new TestFolder();
        string model = TestModels.WriteFolder(TestModels.FaithDiff, folder["faithdiff"]);
        string pruned = Prune(model,
            Keep(("down_blocks.1.attentions.1", [1]), ("mid_block.attentions.0", [0]), ("up_blocks.0.attentions.1", []),
            ("up_blocks.0.attentions.2", [0, 2])), folder["pruned"]);
        float[] skipped = Run.FaithDiff(model, new Run.Skipping(
            "down_blocks.1.attentions.1.transformer_blocks.0", "mid_block.attentions.0.transformer_blocks.1",
                "up_blocks.0.attentions.1.transformer_blocks.0", "up_blocks.0.attentions.2.transformer_blocks.1"));
        Assert.Equal(skipped, Run.FaithDiff(pruned));
        using var checkpoint = Checkpoint.Open(pruned);
        Assert.Equal([2, 1, 1, 2, 0, 2], BlockStack.Of(checkpoint.Unet).Select(s => s.Depth));
    }

    [Fact]
    public void Whole_pairs_go_and_the_skips_are_paired_anew()
    {
        using var folder = new TestFolder();
        string model = TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]);
        var plan = Planner.Decide(TestModels.Teacher.Unet, null, new PlanRules { Pairs = true });
        Assert.Equal(["down_blocks.0.resnets.1", "down_blocks.1.resnets.1", "up_blocks.0.resnets.1", "up_blocks.1.resnets.1"], plan.RemovePairs);
        string pruned = Prune(model, plan, folder["pruned.safetensors"]);
        using var checkpoint = Checkpoint.Open(pruned);
        Assert.Equal([[2]], checkpoint.Unet.Down.Skip(1).Select(s => s.TransformerDepths.ToArray()));
        Assert.Equal([[3, 1]], checkpoint.Unet.Up.Take(1).Select(s => s.TransformerDepths.ToArray()));
        Assert.All(Run.Small(pruned), value => Assert.True(float.IsFinite(value)));
        // What was the third ResNet of the way up is the second now, unchanged.
        using var source = Checkpoint.Open(model);
        Assert.Equal(Bytes(source, "up_blocks.0.resnets.2.conv1.weight"), Bytes(checkpoint, "up_blocks.0.resnets.1.conv1.weight"));
    }

    [Fact]
    public void The_bottleneck_can_go()
    {
        using var folder = new TestFolder();
        string model = TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]);
        string pruned = Prune(model, new PruningPlan { RemoveMiddle = true }, folder["pruned.safetensors"]);
        using var checkpoint = Checkpoint.Open(pruned);
        Assert.Null(checkpoint.Unet.Middle);
        Assert.All(Run.Small(pruned), value => Assert.True(float.IsFinite(value)));
    }

    [Theory]
    [InlineData(nameof(PhasePlacement.Stem))]
    [InlineData(nameof(PhasePlacement.Decoder))]
    public void Adapters_that_are_put_in_change_nothing_and_can_learn(string placementName)
    {
        var placement = Enum.Parse<PhasePlacement>(placementName);
        using var folder = new TestFolder();
        string model = TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]);
        string with = Prune(model, new PruningPlan { InsertPeam = placement }, folder["with.safetensors"]);
        Assert.Equal(Run.Small(model), Run.Small(with));
        using var checkpoint = Checkpoint.Open(with);
        Assert.Equal((placement, 32), (checkpoint.Small!.Phase, checkpoint.Small.GuideChannels));
        string adapter = placement == PhasePlacement.Stem ? "phase_adapter" : "phase_adapters.1";
        Assert.All(Bytes(checkpoint, $"{adapter}.conv_2.weight"), b => Assert.Equal(0, b));
        Assert.Contains(Bytes(checkpoint, $"{adapter}.conv_1.weight"), b => b != 0);
        Assert.Contains(Bytes(checkpoint, "condition_embedding.conv_out.weight"), b => b != 0);
    }

    [Fact]
    public void Adapters_go_into_FaithDiff_beside_its_other_extras()
    {
        using var folder = new TestFolder();
        string model = TestModels.WriteFolder(TestModels.FaithDiff, folder["faithdiff"]);
        string with = Prune(model, new PruningPlan { InsertPeam = PhasePlacement.Stem }, folder["with"]);
        Assert.Equal(Run.FaithDiff(model), Run.FaithDiff(with));
        using var extras = SafetensorsFile.Open(Path.Combine(with, "faithdiff.safetensors"));
        Assert.True(extras.TryGet("phase_adapter.conv_2.weight", out _));
        var error = Assert.Throws<PruningException>(() => Prune(with, new PruningPlan { InsertPeam = PhasePlacement.Decoder }, folder["twice"]));
        Assert.Equal(PruningFault.PlanMisfit, error.Fault);
    }

    [Theory]
    [InlineData("pruned.safetensors")] // hashed before
    [InlineData("pruned")] // hashed while copying
    public void The_source_is_unchanged_and_its_hash_stands_in_the_result(string destination)
    {
        using var folder = new TestFolder();
        string model = TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]);
        string hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(model)));
        string pruned = Prune(model, Keep(("mid_block.attentions.0", [0])), folder[destination]);
        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(model))));
        using var file = SafetensorsFile.Open(pruned);
        Assert.Contains(hash, file.Metadata["pgpsr.pruning"], StringComparison.Ordinal);
        Assert.Contains("\"mid_block.attentions.0\":[0]", file.Metadata["pgpsr.pruning"], StringComparison.Ordinal);
        Assert.Equal("pt", file.Metadata["format"]);
        using var checkpoint = Checkpoint.Open(pruned);
        var history = PruningHistory.Of(checkpoint);
        Assert.Equal("teacher.safetensors", history!.Source);
        Assert.Equal(Keep(("mid_block.attentions.0", [0])), history.Plan);
    }

    [Fact]
    public void A_second_pruning_keeps_the_record_of_the_first()
    {
        using var folder = new TestFolder();
        string model = TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]);
        string first = Prune(model, Keep(("mid_block.attentions.0", [1, 2])), folder["first.safetensors"]);
        string second = Prune(first, Keep(("mid_block.attentions.0", [1])), folder["second.safetensors"]);
        using var file = SafetensorsFile.Open(second);
        Assert.Contains("\"previous\":{\"format\":\"pgpsr.pruned.1\"", file.Metadata["pgpsr.pruning"], StringComparison.Ordinal);
        Assert.Equal(Run.Small(model,
            new Run.Skipping("mid_block.attentions.0.transformer_blocks.0", "mid_block.attentions.0.transformer_blocks.1")), Run.Small(second));
    }

    [Fact]
    public void Nothing_is_written_over_and_nothing_is_left_of_a_run_that_was_stopped()
    {
        using var folder = new TestFolder();
        string model = TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]);
        Prune(model, PruningPlan.KeepAll, folder["pruned"]);
        Assert.Equal(PruningFault.OutputExists, Assert.Throws<PruningException>(() => Prune(model, PruningPlan.KeepAll, folder["pruned"])).Fault);
        Assert.Equal(PruningFault.OutputExists, Assert.Throws<PruningException>(() => Prune(model, PruningPlan.KeepAll, model)).Fault);
        Assert.Equal(PruningFault.OutputExists,
            Assert.Throws<PruningException>(() => Prune(model, PruningPlan.KeepAll, Path.GetDirectoryName(model)!)).Fault);
        string[] before = folder.Names;
        using var cancellation = new CancellationTokenSource();
        using var source = Checkpoint.Open(model);
        var stop = new Stopping(cancellation);
        Assert.ThrowsAny<OperationCanceledException>(() =>
            Pruner.Run(source, PruningPlan.KeepAll, folder["stopped"], progress: stop, cancellation: cancellation.Token));
        Assert.ThrowsAny<OperationCanceledException>(() =>
            Pruner.Run(source, PruningPlan.KeepAll, folder["stopped.safetensors"], cancellation: cancellation.Token));
        Assert.Equal(before, folder.Names);
        Pruner.Run(source, PruningPlan.KeepAll, folder["pruned"], new PruneOptions { Overwrite = true });
        Assert.Equal(before, folder.Names);
    }

    [Fact]
    public void A_count_that_cannot_be_made_is_refused_before_anything_is_written()
    {
        using var folder = new TestFolder();
        string model = TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]);
        using var source = Checkpoint.Open(model);
        foreach (string place in (string[])["pruned.safetensors", "pruned"])
            Assert.Throws<ArgumentOutOfRangeException>(() =>
                Pruner.Run(source, PruningPlan.KeepAll, folder[place], new PruneOptions { CountSide = ModelTree.SmallestSide(source) - 1 }));
        Assert.Equal(["teacher.safetensors"], folder.Names);
        Assert.Equal(4, ModelTree.SmallestSide(source));
    }

    [Fact]
    public void Only_a_model_is_replaced_never_a_folder_of_other_things()
    {
        using var folder = new TestFolder();
        string model = TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]);
        Directory.CreateDirectory(folder["pictures/summer"]);
        File.WriteAllText(folder["pictures/summer/a.png"], "a");
        using var source = Checkpoint.Open(model);
        var error = Assert.Throws<PruningException>(() =>
            Pruner.Run(source, PruningPlan.KeepAll, folder["pictures"], new PruneOptions { Overwrite = true, CountSide = 64 }));
        Assert.Equal(PruningFault.OutputExists, error.Fault);
        Assert.True(File.Exists(folder["pictures/summer/a.png"]));
        Assert.Equal(["pictures", "teacher.safetensors"], folder.Names);
    }

    [Fact]
    public void The_folder_of_a_result_is_made_where_it_is_not_there()
    {
        using var folder = new TestFolder();
        string model = TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]);
        Assert.True(File.Exists(Prune(model, PruningPlan.KeepAll, folder["new/file.safetensors"])));
        Assert.True(File.Exists(Prune(model, PruningPlan.KeepAll, folder["other/new/folder"])));
        Converter.Run(model, SafetensorsDType.Float16, folder["converted/half.safetensors"]);
        Assert.True(File.Exists(folder["converted/half.safetensors"]));
        Assert.Equal(PruningFault.OutputExists,
            Assert.Throws<PruningException>(() => Converter.Run(model, null, folder["new"], overwrite: true)).Fault);
    }

    [Fact]
    public void What_pruning_saves_is_what_the_methods_table_says()
    {
        // Method 2.2: reading R-B, coarse, then decoder stacks of the first level up at depth 2.
        var plan = Planner.Decide(UnetConfig.Sdxl, null, new PlanRules { Coarse = true });
        var after = PlannedTopology.Of(UnetConfig.Sdxl, plan).After;
        Assert.Equal(1609.05, Unet.Declare(after).Sum(t => t.Shape.Count) / 1e6, 0.005);
        var pairs = PlannedTopology.Of(UnetConfig.Sdxl, Planner.Decide(UnetConfig.Sdxl, null, new PlanRules { Coarse = true, Pairs = true })).After;
        Assert.Equal(1081.67, Unet.Declare(pairs).Sum(t => t.Shape.Count) / 1e6, 0.005);
    }

    static byte[] Bytes(Checkpoint checkpoint, string tensor)
    {
        byte[] bytes = new byte[checkpoint.Tensors[tensor].ByteCount];
        checkpoint.Tensors[tensor].Read(0, bytes);
        return bytes;
    }

    static string Prune(string model, PruningPlan plan, string destination)
    {
        using var checkpoint = Checkpoint.Open(model);
        return Pruner.Run(checkpoint, plan, destination, new PruneOptions { CountSide = 64 }).Path;
    }

    internal static PruningPlan Keep(params (string Stack, int[] Blocks)[] stacks) =>
        new() { Keep = stacks.ToImmutableSortedDictionary(s => s.Stack, s => s.Blocks.ToImmutableArray(), StringComparer.Ordinal) };

    sealed class Stopping(CancellationTokenSource source) : IProgress<RewriteProgress>
    {
        public void Report(RewriteProgress value) => source.Cancel();
    }
}
