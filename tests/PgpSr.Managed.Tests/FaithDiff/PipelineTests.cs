using System.Diagnostics;
using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Sampling;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>FaithDiff's pipeline around the networks: sizes, determinism, prompts, failures, cancellation.</summary>
public sealed class FaithDiffPipelineTests
{
    [Theory]
    [InlineData(1, 1, 3, 8)]
    [InlineData(1, 20, 1, 8)]
    [InlineData(13, 7, 3, 16)]
    public void A_picture_of_any_size_and_layout_becomes_four_times_larger(int width, int height, int channels, int bitDepth)
    {
        using var backend = CpuBackend.Create();
        using var pipeline = SmallFaithDiff.Pipeline(backend);
        var (_, rows, _) = SmallFaithDiff.Run(pipeline, SmallFaithDiff.Picture(width, height, channels, bitDepth), new UpscaleOptions());
        Assert.Equal(3 * 4 * width * 4 * height, rows.Length);
    }

    [Fact]
    public void Through_the_resolver_a_transparent_gray_picture_keeps_its_layout_and_its_mean()
    {
        using var backend = CpuBackend.Create();
        using var resolver = SmallFaithDiff.Resolver(backend);
        var source = SmallFaithDiff.Picture(14, 10, channels: 2);
        for (int i = 1; i < source.Bytes.Length; i += 2) source.Bytes[i] = (byte)(i % 3 == 0 ? 128 : 255);
        var large = resolver.Upscale(source, new UpscaleOptions { Scale = 3 }, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal((42, 30, 2, 8), (large.Width, large.Height, large.Channels, large.BitDepth));
        // The color fix sets the mean; clamping and rounding to levels move it by less than two.
        Assert.InRange(Mean(large) - Mean(source), -2, 2);

        static double Mean(Image image) => Enumerable.Range(0, image.Width * image.Height).Average(i => image.Bytes[2 * i]);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_on_any_number_of_threads_and_another_seed_gives_others()
    {
        var source = SmallFaithDiff.Picture(20, 14);
        byte[] one = Upscale(1, 5);
        foreach (int threads in new[] { 2, 3 }) Assert.Equal(one, Upscale(threads, 5));
        Assert.NotEqual(one, Upscale(2, 6));

        byte[] Upscale(int threads, ulong seed)
        {
            using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = threads });
            using var resolver = SmallFaithDiff.Resolver(backend);
            return resolver.Upscale(source, new UpscaleOptions { Seed = seed, Tile = 16 }).Bytes.ToArray();
        }
    }

    [Fact]
    public void Token_ids_and_saved_embeddings_of_them_give_the_same_picture_and_another_prompt_another()
    {
        using var backend = CpuBackend.Create();
        using var pipeline = SmallFaithDiff.Pipeline(backend);
        var source = SmallFaithDiff.Picture(12, 9);
        var prompt = new Prompt { Tokens = SmallFaithDiff.Tokens(320, 1125, 539) };
        var (plan, byTokens, context) = SmallFaithDiff.Run(pipeline, source, new UpscaleOptions { Prompt = prompt });
        Assert.NotNull(plan.Text);
        var embeddings = new FaithDiffPrompts(new FaithDiffNetworks(SmallFaithDiff.Checkpoint(), backend), backend, "small").Get(plan, context);
        string path = Path.Combine(Path.GetTempPath(), $"pgpsr-{Guid.NewGuid():N}.safetensors");
        embeddings.Save(path);
        try
        {
            var (withoutText, byEmbeddings, _) = SmallFaithDiff.Run(pipeline, source, new UpscaleOptions { Prompt = new Prompt { Embeddings = PromptEmbeddings.Load(path) } });
            Assert.Null(withoutText.Text);
            Assert.Equal(byTokens, byEmbeddings);
        }
        finally
        {
            File.Delete(path);
        }
        Assert.NotEqual(byTokens, SmallFaithDiff.Run(pipeline, source, new UpscaleOptions()).Rows);
    }

    [Theory]
    [InlineData(2, 77, 128, 0f, 1)]
    [InlineData(2, 77, 128, float.NaN, 0)]
    [InlineData(2, 0, 128, 0f, 0)]
    [InlineData(3, 77, 128, 0f, 0)]
    [InlineData(2, 77, 64, 0f, 0)]
    public void Embeddings_that_the_network_cannot_take_are_refused_when_planned(int rows, int tokens, int channels, float value, int missing)
    {
        using var backend = CpuBackend.Create();
        using var pipeline = SmallFaithDiff.Pipeline(backend);
        var shape = new Shape(rows, tokens, channels);
        float[] states = new float[shape.Count - missing];
        states.AsSpan().Fill(value);
        var prompt = new Prompt { Embeddings = new PromptEmbeddings(states, shape, new float[rows * 64]) };
        var request = SmallFaithDiff.Request(SmallFaithDiff.Picture(8, 8), new UpscaleOptions { Prompt = prompt });
        Assert.Equal("Prompt", Assert.Throws<ArgumentException>(() => pipeline.Plan(request)).ParamName);
    }

    [Fact]
    public void The_second_encoder_pads_with_its_own_token_and_the_first_with_the_end()
    {
        int[] given = [49406, 320, 49407, 5, 5];
        Assert.Equal([49406, 320, 49407, 49407, 49407], FaithDiffText.For(second: false, given));
        Assert.Equal([49406, 320, 49407, 0, 0], FaithDiffText.For(second: true, given));
    }

    [Fact]
    public void Guidance_of_one_leaves_the_unconditional_row_out()
    {
        using var backend = CpuBackend.Create();
        using var pipeline = SmallFaithDiff.Pipeline(backend);
        var source = SmallFaithDiff.Picture(8, 8);
        var (guided, _, _) = SmallFaithDiff.Run(pipeline, source, new UpscaleOptions());
        var (plain, _, _) = SmallFaithDiff.Run(pipeline, source, new UpscaleOptions { Guidance = 1 });
        Assert.InRange((double)guided.Denoise.UnitWork / plain.Denoise.UnitWork, 1.5, 2);
    }

    [Fact]
    public void Another_solver_of_the_checkpoint_runs_over_tiles_too()
    {
        using var backend = CpuBackend.Create();
        var source = SmallFaithDiff.Picture(20, 16);
        foreach (var solver in Enum.GetValues<SolverKind>())
        {
            var settings = new FaithDiffSettings { Steps = 3, Scheduler = new SchedulerConfig { Solver = solver } };
            using var pipeline = SmallFaithDiff.Pipeline(backend, SmallFaithDiff.Checkpoint(settings));
            Assert.Equal(80 * 64 * 3, SmallFaithDiff.Run(pipeline, source, new UpscaleOptions()).Rows.Length);
            Assert.Equal(80 * 64 * 3, SmallFaithDiff.Run(pipeline, source, new UpscaleOptions { Tile = 16 }).Rows.Length);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_step_is_its_formula(bool noised)
    {
        using var backend = CpuBackend.Create();
        var oneStep = noised ? OneStep.FromNoised : OneStep.FromDegraded;
        var networks = new FaithDiffNetworks(SmallFaithDiff.Checkpoint(new FaithDiffSettings { OneStep = oneStep }), backend);
        using var pipeline = new FaithDiffPipeline(networks, backend);
        var source = SmallFaithDiff.Picture(9, 6);
        Assert.Throws<ArgumentException>(() => SmallFaithDiff.Run(pipeline, source, new UpscaleOptions { Steps = 2 }));
        var (plan, _, context) = SmallFaithDiff.Run(pipeline, source, new UpscaleOptions());
        Assert.Equal(1, plan.Steps);
        var prompt = new FaithDiffPrompts(networks, backend, "small").Get(plan, context);
        var run = new FaithDiffRun(networks, backend, "small", plan, source, new NoiseSource(0).Fill, context);
        float[] degraded = run.EncodeLatent(), features = run.EncodeFeatures(), noise = run.Noise();
        float[] latent = run.Sample(prompt, features, plan.Sampling.Begin(degraded, noise), noise);

        using var ws = new Workspace(backend);
        var model = networks.Denoiser.Get(backend, context);
        double abar = NoiseSchedule.Sdxl.AlphasCumprod[oneStep.Timestep], signal = Math.Sqrt(abar), part = Math.Sqrt(1 - abar);
        float[] start = noised ? [.. degraded.Zip(noise, (z, n) => (float)(signal * z + part * n))] : degraded;
        var shape = new Shape(1, run.Height, run.Width, 4);
        var (text, pooled) = prompt.Upload(ws);
        var condition = new UnetCondition(text, pooled, [24, 40, 0, 0, 1024, 1024]);
        var guide = model.Guide(ws, ws.Upload(features, new Shape(1, run.Height, run.Width, 512)));
        float[] epsilon = ws.Download(model.Forward(ws, ws.Upload(start, shape), guide, oneStep.Timestep, condition));
        float[] expected = [.. start.Zip(epsilon, (z, e) => (float)((z - part * e) / signal))];
        // Two products of float32 of this size, and the network's own rounding, which starting values that differ in their last bit feed.
        new Tolerance(1e-3 * (part / signal), 1e-4).Assert("one step", expected, latent);
    }

    [Theory]
    [InlineData(nameof(PhasePlacement.Stem))]
    [InlineData(nameof(PhasePlacement.Decoder))]
    public void Phase_adapters_that_are_not_trained_yet_change_nothing_and_trained_ones_do(string placementName)
    {
        var placement = Enum.Parse<PhasePlacement>(placementName);
        using var backend = CpuBackend.Create();
        var source = SmallFaithDiff.Picture(10, 10);
        var config = SmallFaithDiff.Config with { Phase = placement };
        float[] plain = Rows(SmallFaithDiff.Config, null), fresh = Rows(config, source => new FilledSource(source, IsLast, 0)), trained = Rows(config, null);
        new Tolerance(1e-5).Assert("an untrained adapter", plain, fresh);
        Assert.NotEqual(plain, trained);

        float[] Rows(FaithDiffConfig config, Func<WeightSource, WeightSource>? change)
        {
            using var pipeline = SmallFaithDiff.Pipeline(backend, SmallFaithDiff.Checkpoint(config: config, denoiser: change));
            return SmallFaithDiff.Run(pipeline, source, new UpscaleOptions()).Rows;
        }

        static bool IsLast(string key) => key.StartsWith("phase_", StringComparison.Ordinal) && key.Contains(".conv_2.", StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_that_is_black_all_over_is_refused_unless_the_source_is_one_color()
    {
        using var backend = CpuBackend.Create();
        // A decoder that says -2 everywhere, as one does whose numbers have run away.
        var checkpoint = SmallFaithDiff.Checkpoint(vae: source => new FilledSource(new FilledSource(source, key => key == "decoder.conv_out.weight", 0), key => key == "decoder.conv_out.bias", -2));
        using var pipeline = SmallFaithDiff.Pipeline(backend, checkpoint);
        var broken = Assert.Throws<BrokenOutputException>(() => SmallFaithDiff.Run(pipeline, SmallFaithDiff.Picture(8, 8), new UpscaleOptions()));
        Assert.Equal((UpscaleStage.Decoding, 0), (broken.Stage, broken.Tile));
        // What follows the decoder sees a picture.
        Assert.All(SmallFaithDiff.Run(pipeline, new Image(8, 8, 3), new UpscaleOptions()).Rows, value => Assert.Equal(-1, value));
    }

    [Theory]
    [InlineData("conv_out.weight", UpscaleStage.Restoring)]
    [InlineData("denoise_encoder.mid_block.resnets.1.conv2.weight", UpscaleStage.Encoding)]
    public void Numbers_that_are_not_finite_stop_the_run_where_they_appear(string tensor, UpscaleStage stage)
    {
        using var backend = CpuBackend.Create();
        using var pipeline = SmallFaithDiff.Pipeline(backend, SmallFaithDiff.Checkpoint(denoiser: source => new FilledSource(source, key => key == tensor, 3e38f)));
        var broken = Assert.Throws<BrokenOutputException>(() => SmallFaithDiff.Run(pipeline, SmallFaithDiff.Picture(8, 8), new UpscaleOptions()));
        Assert.Equal(stage, broken.Stage);
    }

    [Fact]
    public void Progress_never_falls_and_ends_at_all_of_the_planned_work()
    {
        using var backend = CpuBackend.Create();
        using var pipeline = SmallFaithDiff.Pipeline(backend);
        var seen = new Seen();
        SmallFaithDiff.Run(pipeline, SmallFaithDiff.Picture(30, 18), new UpscaleOptions { Tile = 16, Steps = 3 }, progress: seen);
        var fractions = seen.Reports.Select(report => report.Fraction).ToList();
        Assert.Equal(fractions.Order(), fractions);
        Assert.Equal(1, fractions[^1], 6);
        Assert.Contains(seen.Reports, report => report is { Stage: UpscaleStage.Restoring, Step: 2, Steps: 3, Tile: > 0, Tiles: > 1 });
        Assert.All(seen.Reports.Skip(1), report => Assert.True(report.BytesInUse > 0));
    }

    [Fact]
    public void A_run_that_is_cancelled_anywhere_stops_soon_gives_its_memory_back_and_the_next_one_is_unharmed()
    {
        using var backend = CpuBackend.Create();
        using var pipeline = SmallFaithDiff.Pipeline(backend);
        var source = SmallFaithDiff.Picture(24, 24);
        var options = new UpscaleOptions { Tile = 16, Steps = 2 };
        var clock = Stopwatch.StartNew();
        float[] expected = SmallFaithDiff.Run(pipeline, source, options).Rows;
        double whole = clock.Elapsed.TotalMilliseconds;
        var random = new Random(3);
        var late = new List<double>();
        for (int i = 0; i < 12; i++)
        {
            using var stop = new StopRequest(TimeSpan.FromMilliseconds(random.NextDouble() * 0.7 * whole));
            var request = SmallFaithDiff.Request(source, options);
            var plan = pipeline.Plan(request);
            var context = new RunContext(null, plan.MultiplyAdds, stop.Token);
            try
            {
                while (true) pipeline.Run(plan, source, _ => { }, context);
            }
            catch (OperationCanceledException)
            {
                late.Add(stop.Late.TotalMilliseconds);
            }
            Assert.Equal(0, context.HeldBytes);
        }
        late.Sort();
        Assert.True(late[late.Count / 2] < 100, $"{string.Join(", ", late.Select(ms => $"{ms:F1}"))} ms");
        Assert.Equal(expected, SmallFaithDiff.Run(pipeline, source, options).Rows);
    }

    sealed class Seen : IProgress<UpscaleProgress>
    {
        public List<UpscaleProgress> Reports { get; } = [];

        public void Report(UpscaleProgress value) => Reports.Add(value);
    }
}
