using PgpSr.Cpu;
using PgpSr.Models;
using PgpSr.Safetensors;
using PgpSr.Tensors;

namespace PgpSr.Pruning.Tests;

public sealed class InspectionTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(76)] // an odd grid: levels are rounded up
    public void Multiply_adds_of_a_small_model_are_those_of_its_rehearsal(int side)
    {
        using var folder = new TestFolder();
        foreach (var config in (PgpConfig[])[TestModels.Teacher, TestModels.OneStep, TestModels.OneStep with { Phase = PhasePlacement.Decoder }])
        {
            string path = TestModels.Write(config, folder[$"{Guid.NewGuid():N}.safetensors"]);
            using var checkpoint = Checkpoint.Open(path);
            using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 1 });
            using var model = PgpModel.Open(path, backend);
            int latent = side / config.PatchFactor;
            long guide = Workspace.Plan(backend, ws => model.Guide(ws, ws.Rent(new Shape(1, latent, latent, config.DegradedChannels)))).MultiplyAdds;
            long step = Workspace.Plan(backend, ws => model.Forward(
                ws, ws.Rent(new Shape(1, latent, latent, config.InputChannels)), config.GuideChannels == 0
                    ? null : ws.Rent(new Shape(1, latent, latent, config.GuideChannels)), 1)).MultiplyAdds;
            var tree = ModelTree.Of(checkpoint, side);
            Assert.Equal((step, guide), (tree.MultiplyAdds, tree.MultiplyAddsOnce));
            Assert.Equal(model.ParameterCount, tree.Parameters);
            Assert.Equal(tree.Bytes, tree.Children.Sum(c => c.Bytes));
        }
    }

    [Fact]
    public void Multiply_adds_of_FaithDiff_are_those_of_its_rehearsal()
    {
        using var folder = new TestFolder();
        string path = TestModels.WriteFolder(TestModels.FaithDiff, folder["faithdiff"]);
        using var checkpoint = Checkpoint.Open(path);
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 1 });
        using var source = checkpoint.Source();
        using var model = FaithDiffModel.Load(source, backend, checkpoint.FaithDiff!);
        const int side = 64, latent = side / 8;
        var config = checkpoint.Unet;
        long once = Workspace.Plan(backend, ws => model.Guide(ws, model.EncodeLq(ws, ws.Rent(new Shape(1, side, side, 3))))).MultiplyAdds;
        long step = Workspace.Plan(backend, ws => model.Forward(
            ws, ws.Rent(new Shape(1, latent, latent, 4)), ws.Rent(new Shape(1, latent, latent, config.StemChannels)), 1,
            new UnetCondition(ws.Rent(new Shape(1, 77, config.ContextChannels)),
                ws.Rent(new Shape(1, config.AddedCondition!.PooledChannels)), [1, 1, 1, 1, 1, 1]))).MultiplyAdds;
        var tree = ModelTree.Of(checkpoint, side);
        Assert.Equal((step, once), (tree.MultiplyAdds, tree.MultiplyAddsOnce));
    }

    // Method 2.2's table: GMAC of one evaluation with 77 text tokens.
    [Theory]
    [InlineData(64, 794.4)]
    [InlineData(128, 3380.6)]
    public void Multiply_adds_of_SDXL_are_the_known_ones(int latent, double expected)
    {
        var count = new OperationCount(UnetConfig.Sdxl, latent, latent, 8);
        long total = Unet.Declare(UnetConfig.Sdxl)
            .Sum(t => count.Of(t.Name, [.. Enumerable.Range(0, t.Shape.Rank).Select(i => (long)t.Shape[i])]).EachStep);
        Assert.Equal(expected, total / 1e9, 0.1);
    }

    [Fact]
    public void A_tree_has_its_parts_in_the_order_of_running()
    {
        using var folder = new TestFolder();
        using var checkpoint = Checkpoint.Open(TestModels.Write(TestModels.OneStep, folder["one.safetensors"]));
        var tree = ModelTree.Of(checkpoint, 64);
        Assert.Equal(["condition_embedding", "time_embedding", "conv_in", "phase_adapter", "down_blocks",
            "mid_block", "up_blocks", "conv_norm_out", "conv_out"], tree.Children.Select(c => c.Name));
        Assert.Equal(["down_blocks.0", "down_blocks.1"],
            tree.Stages().Select(s => s.Path).Where(p => p.StartsWith("down", StringComparison.Ordinal)));
        Assert.NotNull(tree.Find("up_blocks.0.attentions.1.transformer_blocks.0.attn1.to_q"));
        Assert.Null(tree.Find("up_blocks.0.attentions.9"));
    }

    [Fact]
    public void A_difference_names_blocks_as_the_source_numbers_them()
    {
        using var folder = new TestFolder();
        using var source = Checkpoint.Open(TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]));
        var plan = PrunerTests.Keep(("up_blocks.0.attentions.0", [0, 2])) with { InsertPeam = PhasePlacement.Stem };
        using var pruned = Checkpoint.Open(Pruner.Run(source, plan, folder["pruned.safetensors"]).Path);
        Assert.Equal(["up_blocks.0.attentions.0: 3 blocks, the other keeps only 0, 2", "phase adapters: none, the other stem"],
            ModelDifference.Stacks(source, pruned).Select(d => d.ToString()));
        Assert.Equal(["up_blocks.0.attentions.0: 2 blocks, the other 3", "phase adapters: stem, the other none"],
            ModelDifference.Stacks(pruned, source).Select(d => d.ToString()));
        Assert.Empty(ModelDifference.Stacks(source, source));
    }

    [Theory]
    [InlineData("down_blocks.9.resnets.0.conv1.weight", 2), InlineData("down_blocks.first.resnets.0.conv1.weight", 2)]
    [InlineData("down_blocks.weight", 2), InlineData("mid_block.weight", 2), InlineData("up_blocks.0.attn2.weight", 2)]
    [InlineData("phase_pyramid.weight", 2), InlineData("denoise_encoder.weight", 2), InlineData("denoise_encoder.down_blocks.x.y.weight", 2)]
    [InlineData("denoise_encoder.down_blocks.0.resnets.0.conv1.weight", 0), InlineData("phase_adapters.9.conv_1.weight", 2)]
    [InlineData("denoise_encoder.conv_in.weight", 2), InlineData("down_blocks.1.attentions.0.to_q.weight", 2)]
    public void A_tensor_that_no_network_has_is_listed_and_breaks_nothing(string tensor, int rank)
    {
        using var folder = new TestFolder();
        string path = TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]), odd = folder["odd.safetensors"];
        using (var teacher = SafetensorsFile.Open(path))
        {
            var writer = new SafetensorsWriter();
            foreach (var (key, value) in teacher.Metadata) writer.Metadata[key] = value;
            foreach (var entry in teacher.Tensors) writer.Add(teacher, entry);
            writer.Add(tensor, SafetensorsDType.Float32, rank == 0 ? [] : [1, 1], new byte[sizeof(float)]);
            writer.Write(odd);
        }
        using var checkpoint = Checkpoint.Open(odd);
        var tree = ModelTree.Of(checkpoint, 64);
        using var plain = Checkpoint.Open(path);
        Assert.Equal(ModelTree.Of(plain, 64).Parameters + 1, tree.Parameters);
    }

    [Theory]
    [InlineData("""{"format":"pgpsr.pruned.1","source":[null],"plan":{"format":"pgpsr.pruning-plan.1"}}""")]
    [InlineData("""{"format":"pgpsr.pruned.1","source":[{"name":null,"sha256":""}],"plan":{"format":"pgpsr.pruning-plan.1"}}""")]
    [InlineData("""{"format":"pgpsr.pruned.1","source":[],"plan":{"format":"x","keep":{"mid_block.attentions.0":null}}}""")]
    [InlineData("""{"format":"pgpsr.pruned.1","source":[],"plan":null}"""), InlineData("[[["), InlineData("null"), InlineData("7")]
    public void A_record_of_pruning_that_cannot_be_read_is_no_obstacle(string record)
    {
        using var folder = new TestFolder();
        string path = TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]), odd = folder["odd.safetensors"];
        using (var teacher = SafetensorsFile.Open(path))
        {
            var writer = new SafetensorsWriter { Metadata = { ["pgpsr.pruning"] = record } };
            foreach (var (key, value) in teacher.Metadata) writer.Metadata[key] = value;
            foreach (var entry in teacher.Tensors) writer.Add(teacher, entry);
            writer.Write(odd);
        }
        using var checkpoint = Checkpoint.Open(odd);
        Assert.Null(PruningHistory.Of(checkpoint));
        Pruner.Run(checkpoint, PruningPlan.KeepAll, folder["pruned.safetensors"], new PruneOptions { CountSide = 64 });
    }

    [Theory, InlineData(true), InlineData(false)]
    public void An_encoder_of_FaithDiff_with_a_scalar_for_a_weight_is_a_typed_refusal(bool scalar)
    {
        using var folder = new TestFolder();
        string path = TestModels.WriteFolder(TestModels.FaithDiff, folder["faithdiff"]), extras = Path.Combine(path, "faithdiff.safetensors");
        const string First = "denoise_encoder.down_blocks.0.resnets.0.conv1.weight";
        byte[] changed;
        using (var file = SafetensorsFile.Open(extras))
        {
            var writer = new SafetensorsWriter();
            foreach (var entry in file.Tensors)
                if (entry.Name != First) writer.Add(file, entry);
            writer.Add(First, SafetensorsDType.Float32, scalar ? [] : [long.MaxValue, 0], new byte[scalar ? sizeof(float) : 0]);
            using var stream = new MemoryStream();
            writer.Write(stream);
            changed = stream.ToArray();
        }
        File.WriteAllBytes(extras, changed);
        var error = Assert.ThrowsAny<PgpSrException>(() => Checkpoint.Open(path));
        Assert.Contains(First, error.Message, StringComparison.Ordinal);
    }
}
