using System.Text.Json;
using PgpSr.Cpu;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Pruning.Tests;

/// <summary>Public upscalers are measured and pruned as this project's own models are: run as they restore.</summary>
public sealed class PublicFamilyTests : IDisposable
{
    readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AdcSR_of_one_file_or_two()
    {
        AdcSrCases.Publish(_folder["parts"], AdcSrCases.Narrow, seed: 1);
        Converter.Run(_folder["parts"], null, _folder["adcsr.safetensors"]);
        foreach (string model in (string[])[_folder["parts"], _folder["adcsr.safetensors"]])
        {
            MeasureAndPrune(model, _folder["pruned.safetensors"], "up_blocks.1.attentions.1", CheckpointKind.AdcSr, ("one_step", 1, "picture"));
            // What was pruned restores: its own configuration describes it.
            using var whole = AdcSrFolder.Open(_folder["pruned.safetensors"]);
            Assert.Equal([1, 0], whole.Config.Unet.Up[1].TransformerDepths);
            File.Delete(_folder["pruned.safetensors"]);
        }
    }

    [Fact]
    public void A_one_step_restorer_once_its_adapters_are_merged()
    {
        string model = _folder["model"];
        using var config = JsonDocument.Parse(File.ReadAllBytes(Goldens.Checkpoint("one_step_config.json")));
        var (unet, vae) = (config.RootElement.GetProperty("unet"), config.RootElement.GetProperty("vae"));
        var topology = UnetConfigJson.Read(unet);
        NetworkFolder.Write(model, "unet", unet.GetRawText(), Unet.Declare(topology), 82, "");
        NetworkFolder.Write(model, "vae", vae.GetRawText(), AutoencoderKl.Declare(AutoencoderConfig.Read(vae)), 82, "vae.");
        new PromptEmbeddings(new SeededData(5).Uniform(77L * topology.ContextChannels), new Shape(1, 77, topology.ContextChannels), default)
            .Save(Path.Combine(model, "prompt.safetensors"));
        File.Copy(Goldens.Checkpoint("osediff.pkl"), Path.Combine(model, "osediff.pkl"));
        Assert.Contains("pgpsr convert", Assert.Throws<PruningException>(() => Checkpoint.Open(model)).Message, StringComparison.Ordinal);
        PipelineConverter.Run(model, null, _folder["one.safetensors"], () => CpuBackend.Create());
        string stack = BlockStack.Of(topology)[0].Path;
        MeasureAndPrune(_folder["one.safetensors"], _folder["pruned.safetensors"], stack, CheckpointKind.OneStep, ("one_step", 1, "degraded"));
        Assert.Equal(OneStepRecipe.OseDiff, OneStepFolder.Open(_folder["pruned.safetensors"]).Recipe);
    }

    [Fact]
    public void The_x4_upscaler_stays_a_folder()
    {
        string model = _folder["x4"];
        using (var golden = GoldenCase.Open(Goldens.Of(GoldenKinds.X4Pipeline).First())) X4Folders.Write(model, golden);
        string stack;
        using (var checkpoint = Checkpoint.Open(model))
        {
            stack = BlockStack.Of(checkpoint.Unet)[0].Path;
            // What the tree counts is what a run does, blocks that see text alone included.
            using var backend = new ReferenceBackend();
            using var source = checkpoint.Source();
            using var unet = Unet.Load(source, backend, checkpoint.Unet);
            var plan = Workspace.Plan(backend, ws =>
            {
                using var scope = ws.Scope("count");
                var text = ws.Rent(new Shape(1, 77, checkpoint.Unet.ContextChannels));
                unet.Forward(ws, ws.Rent(new Shape(1, 16, 16, checkpoint.Unet.InChannels)), 1, new UnetCondition(text, null, []) { ClassLabels = [3] });
            });
            var tree = ModelTree.Of(checkpoint, side: 16 * checkpoint.PixelsPerPosition);
            Assert.Equal(plan.MultiplyAdds, tree.MultiplyAdds + tree.MultiplyAddsOnce);
        }
        MeasureAndPrune(model, _folder["pruned"], stack, CheckpointKind.X4Upscaler, ("ddim", Analyzer.DefaultSteps, "noise"));
        Assert.True(File.Exists(Path.Combine(_folder["pruned"], "low_res_scheduler", "scheduler_config.json")));
        Assert.True(X4Folder.LooksLikeOne(_folder["pruned"]));
    }

    [Fact]
    public void LDM_SR_has_nothing_to_prune()
    {
        using (var golden = GoldenCase.Open(Goldens.Of(GoldenKinds.LdmSrPipeline).First())) LdmSrFolders.Write(_folder["ldm"], golden);
        Assert.Contains("no transformer blocks", Assert.Throws<PruningException>(() => Checkpoint.Open(_folder["ldm"])).Message, StringComparison.Ordinal);
    }

    // A run without the last block of a stack is a run of the model that was pruned of it, bit for bit.
    static void MeasureAndPrune(string model, string destination, string stack, CheckpointKind kind, (string Solver, int Steps, string Start) run)
    {
        using var checkpoint = Checkpoint.Open(model);
        Assert.Equal(kind, checkpoint.Kind);
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2 });
        int side = 2 * Analyzer.MultipleOf(checkpoint) * (kind == CheckpointKind.OneStep ? 4 : 1);
        var picture = TestModels.Picture(side, side, Analyzer.EnlargementOf(checkpoint)?.Times ?? 0);
        var report = Analyzer.Run(checkpoint, backend, [picture]);
        Assert.Equal(run, (report.Run.Solver, report.Run.Timesteps.Length, report.Run.Start));
        var stacks = BlockStack.Of(checkpoint.Unet);
        Assert.Equal(stacks.Sum(one => one.Depth), report.Blocks.Length);
        Assert.All(report.Blocks, block => Assert.True(double.IsFinite(block.MeanPhiCos) && block.MeanPhiCos != 0));

        var thinned = stacks.Single(one => one.Path == stack);
        var plan = PruningPlan.KeepAll with { Keep = PruningPlan.KeepAll.Keep.SetItem(stack, [.. Enumerable.Range(0, thinned.Depth - 1)]) };
        var result = Pruner.Run(checkpoint, plan, destination);
        Assert.True(result.After.MultiplyAdds < result.Before.MultiplyAdds);
        using var pruned = Checkpoint.Open(result.Path);
        Assert.Equal(kind, pruned.Kind);
        float[] whole = Restore(checkpoint, null), skipped = Restore(checkpoint, new Run.Skipping(thinned.Block(thinned.Depth - 1)));
        Assert.Equal(skipped, Restore(pruned, null));
        Assert.NotEqual(whole, skipped);

        float[] Restore(Checkpoint from, FeatureProbe? probe)
        {
            using var subject = TileSubject.Of(from, backend, new AnalysisOptions { Steps = kind == CheckpointKind.X4Upscaler ? 2 : null }, default)!;
            using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
            using var scope = ws.Scope();
            using var prepared = subject.Prepare(ws, picture);
            return ws.Download(prepared.Sample(ws, probe, () => { }));
        }
    }
}
