using PgpSr.Cpu;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Pruning.Tests;

public sealed class AnalyzerTests
{
    [Fact]
    public void Every_level_and_block_of_a_teacher_is_measured_at_every_evaluation()
    {
        using var folder = new TestFolder();
        var report = Analyze(TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]),
            pictures: [TestModels.Picture(8, 6), TestModels.Picture(6, 8)]);
        Assert.Equal(["down_blocks.0", "down_blocks.1", "mid_block", "up_blocks.0", "up_blocks.1"], report.Stages.Select(s => s.Path));
        Assert.Equal(BlockStack.Of(TestModels.Teacher.Unet).SelectMany(s => Enumerable.Range(0, s.Depth).Select(s.Block)),
            report.Blocks.Select(b => b.Path));
        Assert.All(report.Stages, s => Assert.Equal((3, 3), (s.PhiCos.Length, s.PsiKl.Length)));
        Assert.All(report.Blocks, b => Assert.Equal((4, 4), (b.PhiCos.Length, b.PsiKl.Length)));
        Assert.All(report.Blocks, b => Assert.True(b.MeanPhiCos > 0 && b.MeanPsiKl > 0));
        Assert.Equal((4, 999.0), (report.Run.Timesteps.Length, report.Run.Timesteps[0]));
        Assert.Equal("small", System.Text.Json.JsonDocument.Parse(report.ToJson()).RootElement.GetProperty("model").GetProperty("kind").GetString());
    }

    [Fact]
    public void A_sampler_of_residuals_starts_from_noise_however_few_its_steps()
    {
        using var folder = new TestFolder();
        string model = TestModels.Write(TestModels.Teacher with { ResidualDeviation = 0.06f }, folder["sampler.safetensors"]);
        Assert.Equal((4, "noise"), (Analyze(model).Run.Timesteps.Length, Analyze(model).Run.Start));
        Assert.Equal((1, "noise"),
            (Analyze(model, new AnalysisOptions { Steps = 1 }).Run.Timesteps.Length, Analyze(model, new AnalysisOptions { Steps = 1 }).Run.Start));
    }

    [Fact]
    public void The_numbers_are_those_of_dumped_features()
    {
        using var folder = new TestFolder();
        string model = TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]);
        foreach (var axis in Enum.GetValues<SoftmaxAxis>())
        {
            var report = Analyze(model, new AnalysisOptions { Axis = axis, Seed = 7 });
            var dump = new Dump();
            using var checkpoint = Checkpoint.Open(model);
            using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2 });
            using var subject = TileSubject.Of(checkpoint, backend, new AnalysisOptions { Seed = 7 }, default)!;
            using var ws = new Workspace(backend);
            using var scope = ws.Scope();
            using var prepared = subject.Prepare(ws, TestModels.Picture(8, 6));
            prepared.Sample(ws, dump, () => dump.Evaluation++);
            foreach (var block in report.Blocks)
            {
                for (int step = 0; step < block.PhiCos.Length; step++)
                {
                    var (input, output, channels) = dump.Blocks[(block.Path, step)];
                    var (phi, psi) = Reference.Distance(input, output, channels, axis);
                    Assert.Equal(phi, block.PhiCos[step], 1e-5);
                    Assert.Equal(psi, block.PsiKl[step], 1e-5);
                }
                Assert.Equal(block.PhiCos.Average(), block.MeanPhiCos, 1e-12);
            }
            foreach (var stage in report.Stages)
            {
                for (int step = 0; step < stage.PhiCos.Length; step++)
                {
                    var (now, channels) = dump.Stages[(stage.Path, step + 1)];
                    var (phi, psi) = Reference.Distance(now, dump.Stages[(stage.Path, step)].Output, channels, axis);
                    Assert.Equal(phi, stage.PhiCos[step], 1e-5);
                    Assert.Equal(psi, stage.PsiKl[step], 1e-5);
                }
            }
        }
    }

    [Fact]
    public void A_memory_limit_is_kept_and_one_that_does_not_do_is_refused()
    {
        using var folder = new TestFolder();
        string model = TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]);
        using var checkpoint = Checkpoint.Open(model);
        foreach (long limit in (long[])[1, checkpoint.ByteCount, checkpoint.ByteCount + 1000])
            Assert.Throws<MemoryLimitException>(() => Analyze(model, new AnalysisOptions { MemoryLimit = limit }));
        Assert.NotEmpty(Analyze(model, new AnalysisOptions { MemoryLimit = checkpoint.ByteCount + (64 << 20) }).Blocks);
    }

    [Fact]
    public void A_one_step_model_has_blocks_to_measure_but_no_neighboring_timesteps()
    {
        using var folder = new TestFolder();
        var report = Analyze(TestModels.Write(TestModels.OneStep, folder["one.safetensors"]));
        Assert.All(report.Stages, s => Assert.Null(s.MeanPhiCos));
        Assert.All(report.Blocks, b => Assert.Single(b.PhiCos));
        Assert.Equal("one_step", report.Run.Solver);
    }

    [Fact]
    public void FaithDiff_is_measured_with_its_own_schedule_and_what_its_folder_lacks_is_said()
    {
        using var folder = new TestFolder();
        string model = TestModels.WriteFolder(TestModels.FaithDiff, folder["faithdiff"]);
        var report = Analyze(model, new AnalysisOptions { Steps = 2 }, TestModels.Picture(16, 24, 1));
        Assert.Equal([501, 1], report.Run.Timesteps);
        Assert.Equal(("zeros", "noise", 1.0), (report.Run.Prompt, report.Run.Start, report.Run.Guidance));
        Assert.Equal(BlockStack.Of(TestModels.FaithDiff.Unet).Sum(s => s.Depth), report.Blocks.Length);
        Assert.Equal(CheckpointKind.FaithDiff, report.Model.Kind);
        Assert.Equal(2, report.Model.Files.Length);
    }

    [Theory]
    [InlineData("""{"one_step": {"timestep": 499}}""", "one_step", "degraded", new[] { 499.0 })]
    [InlineData("""{"steps": 2}""", "euler", "degraded", new[] { 501.0, 1 })]
    [InlineData("""{"steps": 2, "start": "noise"}""", "euler", "noise", new[] { 501.0, 1 })]
    [InlineData("""{"steps": 1, "start": "noise"}""", "euler", "noise", new[] { 999.0 })]
    public void A_folder_is_measured_as_it_says_that_it_restores(string settings, string solver, string start, double[] timesteps)
    {
        using var folder = new TestFolder();
        string model = TestModels.WriteFolder(TestModels.FaithDiff, folder["faithdiff"], autoencoder: true);
        File.WriteAllText(Path.Combine(model, "pgpsr.json"), settings);
        var report = Analyze(model, null, TestModels.Picture(16, 24, 1));
        Assert.Equal((solver, start), (report.Run.Solver, report.Run.Start));
        Assert.Equal(timesteps, report.Run.Timesteps);
    }

    [Fact]
    public void The_folders_solver_its_size_target_and_a_sample_of_the_posterior_are_what_is_measured()
    {
        using var folder = new TestFolder();
        string model = TestModels.WriteFolder(TestModels.FaithDiff, folder["faithdiff"], autoencoder: true);
        string settings = Path.Combine(model, "pgpsr.json"), scheduler = Path.Combine(model, "scheduler", "scheduler_config.json");
        // One step from the degraded latent itself: nothing but the posterior's sample depends on the seed.
        File.WriteAllText(settings, """{"one_step": {"timestep": 499}}""");
        Assert.NotEqual(Blocks(seed: 1), Blocks(seed: 2));
        var target = Blocks(seed: 1);
        File.WriteAllText(settings, """{"one_step": {"timestep": 499}, "size_target": 512}""");
        Assert.NotEqual(target, Blocks(seed: 1));
        File.WriteAllText(settings, """{"steps": 3}""");
        var euler = Blocks(seed: 1);
        File.WriteAllText(scheduler, File.ReadAllText(scheduler).Replace("EulerDiscreteScheduler", "UniPCMultistepScheduler", StringComparison.Ordinal));
        Assert.NotEqual(euler, Blocks(seed: 1));

        double[] Blocks(ulong seed) =>
            [.. Analyze(model, new AnalysisOptions { Seed = seed }, TestModels.Picture(16, 24, 1)).Blocks.Select(block => block.MeanPsiKl)];
    }

    [Fact]
    public void A_phase_adapter_is_found_by_the_key_that_a_restoration_looks_for()
    {
        using var folder = new TestFolder();
        foreach (var phase in (PhasePlacement[])[PhasePlacement.None, PhasePlacement.Stem, PhasePlacement.Decoder])
        {
            string model = TestModels.WriteFolder(TestModels.FaithDiff with { Phase = phase }, folder[phase.ToString()], autoencoder: true);
            using var checkpoint = Checkpoint.Open(model);
            Assert.Equal(phase, checkpoint.FaithDiff!.Phase);
            Assert.Equal(Restoration.FaithDiffFolder.Open(model).Config.Phase, checkpoint.FaithDiff.Phase);
        }
    }

    [Fact]
    public void Under_guidance_the_conditional_row_is_measured()
    {
        using var folder = new TestFolder();
        string model = TestModels.WriteFolder(TestModels.FaithDiff, folder["faithdiff"]);
        int context = TestModels.FaithDiff.Unet.ContextChannels, pooled = TestModels.FaithDiff.Unet.AddedCondition!.PooledChannels;
        float[] text = [.. Enumerable.Range(0, 5 * context).Select(i => (float)Math.Sin(i))], states = new float[pooled];
        PromptEmbeddings prompt = new(text, new Shape(1, 5, context), states);
        PromptEmbeddings guided = new(new float[5 * context].Concat(text).ToArray(), new Shape(2, 5, context), new float[2 * pooled]);
        // The first evaluation sees the same latent either way.
        var alone = Analyze(model, new AnalysisOptions { Steps = 2, Prompt = prompt }, TestModels.Picture(16, 16, 1));
        var both = Analyze(model, new AnalysisOptions { Steps = 2, Prompt = guided, Guidance = 3 }, TestModels.Picture(16, 16, 1));
        Assert.Equal((1.0, 3.0), (alone.Run.Guidance, both.Run.Guidance));
        Assert.Equal(alone.Blocks.Select(b => b.PhiCos[0]), both.Blocks.Select(b => b.PhiCos[0]));
        Assert.NotEqual(alone.Blocks.Select(b => b.PhiCos[1]), both.Blocks.Select(b => b.PhiCos[1]));
    }

    [Fact]
    public void A_UNet_alone_can_be_measured_too()
    {
        using var folder = new TestFolder();
        string model = TestModels.WriteFolder(TestModels.FaithDiff, folder["faithdiff"]);
        var report = Analyze(Path.Combine(model, "unet"), new AnalysisOptions { Steps = 2 }, TestModels.Picture(16, 16, 1));
        Assert.Equal(CheckpointKind.Unet, report.Model.Kind);
        Assert.NotEmpty(report.Blocks);
    }

    [Fact]
    public void Leaving_a_block_out_is_an_error_of_the_latent_as_large_as_pruning_makes_it()
    {
        using var folder = new TestFolder();
        string model = TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]);
        var report = Analyze(model, new AnalysisOptions { SkipErrors = true, Steps = 2 });
        Assert.All(report.Blocks, b => Assert.True(b.SkipError > 0));
        using var source = Checkpoint.Open(model);
        string pruned = Pruner.Run(source, PrunerTests.Keep(("mid_block.attentions.0", [0, 2])), folder["pruned.safetensors"]).Path;
        float[] whole = Latent(model), without = Latent(pruned);
        double error = Math.Sqrt(whole.Zip(without, (a, b) => ((double)a - b) * ((double)a - b)).Sum()) / Math.Sqrt(whole.Sum(a => (double)a * a));
        Assert.Equal(error, report.Blocks.Single(b => b.Path == "mid_block.attentions.0.transformer_blocks.1").SkipError!.Value, 1e-5);

        float[] Latent(string path)
        {
            using var checkpoint = Checkpoint.Open(path);
            using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2 });
            using var subject = TileSubject.Of(checkpoint, backend, new AnalysisOptions { Steps = 2 }, default)!;
            using var ws = new Workspace(backend);
            using var scope = ws.Scope();
            using var prepared = subject.Prepare(ws, TestModels.Picture(8, 6));
            return ws.Download(prepared.Sample(ws, null, () => { }));
        }
    }

    [Fact]
    public void Memory_goes_back_and_a_run_can_be_stopped()
    {
        using var folder = new TestFolder();
        using var checkpoint = Checkpoint.Open(TestModels.Write(TestModels.Teacher, folder["teacher.safetensors"]));
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2 });
        using var cancellation = new CancellationTokenSource();
        var progress = new Counting(value => { if (value.Evaluation == 2) cancellation.Cancel(); });
        Assert.ThrowsAny<OperationCanceledException>(() =>
            Analyzer.Run(checkpoint, backend, [TestModels.Picture(8, 6)], null, progress, cancellation.Token));
        Assert.False(backend.CancellationToken.IsCancellationRequested);
        var told = new List<int>();
        Analyzer.Run(checkpoint, backend, [TestModels.Picture(8, 6)], null, new Counting(value => told.Add(value.Evaluation)), default);
        Assert.Equal([0, 1, 2, 3, 4], told);
    }

    [Fact]
    public void What_cannot_be_measured_is_refused_by_name()
    {
        using var folder = new TestFolder();
        string model = TestModels.Write(TestModels.OneStep, folder["one.safetensors"]);
        using var checkpoint = Checkpoint.Open(model);
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 1 });
        Assert.Equal(PruningFault.NoPictures, Assert.Throws<PruningException>(() => Analyzer.Run(checkpoint, backend, [])).Fault);
        Assert.Equal(PruningFault.Unsupported, Assert.Throws<PruningException>(() =>
            Analyzer.Run(checkpoint, backend, [TestModels.Picture(4, 4)], new AnalysisOptions { Steps = 3 })).Fault);
        Directory.CreateDirectory(folder["empty"]);
        Assert.Equal(PruningFault.NotAModel, Assert.Throws<PruningException>(() => Checkpoint.Open(folder["empty"])).Fault);
        Assert.Equal(PruningFault.NotAModel, Assert.Throws<PruningException>(() => Checkpoint.Open(folder["nowhere"])).Fault);
    }

    static PruningReport Analyze(string model, AnalysisOptions? options = null, params CalibrationPicture[] pictures)
    {
        using var checkpoint = Checkpoint.Open(model);
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2 });
        return Analyzer.Run(checkpoint, backend, pictures.Length == 0 ? [TestModels.Picture(8, 6)] : pictures, options);
    }

    sealed class Counting(Action<AnalysisProgress> told) : IProgress<AnalysisProgress>
    {
        public void Report(AnalysisProgress value) => told(value);
    }

    sealed class Dump : FeatureProbe
    {
        public int Evaluation { get; set; } = -1;

        public Dictionary<(string, int), (float[] Input, float[] Output, int Channels)> Blocks { get; } = [];

        public Dictionary<(string, int), (float[] Output, int Channels)> Stages { get; } = [];

        public override void OnStage(Workspace ws, string path, Tensor output) =>
            Stages[(path, Evaluation)] = (ws.Download(output), output.Shape[-1]);

        public override void OnBlock(Workspace ws, string path, Tensor input, Tensor output) =>
            Blocks[(path, Evaluation)] = (ws.Download(input), ws.Download(output), output.Shape[-1]);
    }
}
