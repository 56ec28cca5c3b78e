using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>Steps that evaluate the outermost level alone and take the deeper features of a step before.</summary>
public sealed class FaithDiffReuseTests : IDisposable
{
    const int Width = 12, Height = 10;

    readonly CpuBackend _backend = CpuBackend.Create();

    public void Dispose() => _backend.Dispose();

    [Theory]
    [InlineData(nameof(PhasePlacement.None))]
    [InlineData(nameof(PhasePlacement.Decoder))]
    public void Features_taken_from_an_evaluation_of_the_same_sample_give_its_bytes(string phase)
    {
        var config = SmallFaithDiff.Config with { Phase = Enum.Parse<PhasePlacement>(phase) };
        using var source = new GeneratedSource(SmallFaithDiff.Seed, FaithDiffModel.Declare(config));
        using var model = FaithDiffModel.Load(source, _backend, config);
        using var ws = new Workspace(_backend, new WorkspaceOptions { Poison = true });
        using var scope = ws.Scope();
        var map = ws.Rent(model.Unet.DeepShape(2, Height, Width));
        var guide = Random(ws, config.Unet.StemChannels, 1);
        float[] whole = Evaluate(2, null), keeping = Evaluate(2, new(map, false)), reusing = Evaluate(2, new(map, true));
        Assert.Equal(whole, keeping);
        Assert.Equal(whole, reusing);
        Assert.NotEqual(Evaluate(3, null), Evaluate(3, new(map, true)));

        float[] Evaluate(int seed, DeepFeatures? deep)
        {
            using var inner = ws.Scope();
            var context = ws.Upload(Values(2 * 77 * config.Unet.ContextChannels, 4), new Shape(2, 77, config.Unet.ContextChannels));
            var pooled = ws.Upload(Values(2 * 64, 5), new Shape(2, 64));
            var condition = new UnetCondition(context, pooled, [.. Enumerable.Repeat(64f, 12)]);
            return ws.Download(model.Forward(ws, Random(ws, 4, seed), guide, 500, condition, deep: deep));
        }
    }

    [Fact]
    public void The_levels_below_are_evaluated_in_every_nth_step_alone()
    {
        var evaluated = new List<int>();
        foreach (int reuse in (int[])[1, 2, 3])
        {
            var probe = new Counter();
            using var networks = new FaithDiffNetworks(SmallFaithDiff.Checkpoint(), _backend);
            var model = networks.Denoiser.Get(_backend, new RunContext(null, 0, default));
            var grid = TileGrid.Create(Width, Height, 64);
            var sampling = FaithDiffSampling.Create(new FaithDiffSettings(), 6, 1, "small") with { Reuse = reuse };
            var shape = new Shape(1, 77, SmallFaithDiff.Unet.ContextChannels);
            var prompt = new PromptEmbeddings(Values((int)shape.Count, 6), shape, Values(64, 7));
            var denoiser = new FaithDiffDenoiser(
                model, new FaithDiffTiling(grid, grid, grid, grid, true, true), new FaithDiffCondition(prompt, 1, Height * 8, Width * 8, 512),
                Values(Width * Height * FaithDiffDenoiser.FeatureChannels, 8))
            { Probe = probe, Reuse = reuse };
            using var ws = new Workspace(_backend);
            using var scope = ws.Scope();
            float[] begin = Values(Width * Height * 4, 9);
            sampling.Run(ws, denoiser.Prepare, denoiser.Predict, begin, [], new Shape(1, Height, Width, 4), null);
            evaluated.Add(probe.Of("mid_block"));
            Assert.Equal(evaluated[^1], probe.Of("up_blocks.0"));
            Assert.Equal((6, 6), (probe.Of("down_blocks.0"), probe.Of("up_blocks.1")));
        }
        Assert.Equal([6, 3, 2], evaluated);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Each_tile_and_each_guidance_row_takes_its_own_features(bool together)
    {
        using var networks = new FaithDiffNetworks(SmallFaithDiff.Checkpoint(), _backend);
        var model = networks.Denoiser.Get(_backend, new RunContext(null, 0, default));
        var grid = TileGrid.Create(Width, Height, 8);
        Assert.True(grid.Count > 1);
        var shape = new Shape(2, 77, SmallFaithDiff.Unet.ContextChannels);
        var prompt = new PromptEmbeddings(Values((int)shape.Count, 6), shape, Values(2 * 64, 7));
        var denoiser = new FaithDiffDenoiser(
            model, new FaithDiffTiling(grid, grid, grid, grid, together, true), new FaithDiffCondition(prompt, 4, Height * 8, Width * 8, 512),
            Values(Width * Height * FaithDiffDenoiser.FeatureChannels, 8))
        { Reuse = 2 };
        using var ws = new Workspace(_backend);
        using var scope = ws.Scope();
        denoiser.Prepare(ws);
        var x = Random(ws, 4, 9);
        // The second evaluation is of the same sample: features from anywhere else would change it.
        Assert.Equal(ws.Download(denoiser.Predict(ws, x, 500)), ws.Download(denoiser.Predict(ws, x, 500)));
    }

    [Fact]
    public void The_bytes_are_the_same_for_any_threads_tiles_row_by_row_and_with_one_as_without()
    {
        var source = SmallFaithDiff.Picture(24, 20);
        var options = new UpscaleOptions { Steps = 4, Tile = 16, Reuse = 2 };
        float[]? expected = null;
        foreach (int threads in (int[])[1, 2, 3])
        {
            using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = threads });
            using var pipeline = SmallFaithDiff.Pipeline(backend);
            float[] rows = SmallFaithDiff.Run(pipeline, source, options).Rows;
            Assert.Equal(expected ??= rows, rows);
        }
        using var here = SmallFaithDiff.Pipeline(_backend);
        var plan = (FaithDiffPlan)here.Plan(SmallFaithDiff.Request(source, options));
        Assert.True(plan.Tiling.Denoise.Count > 1 && plan.Tiling.RowsTogether);
        var networks = new FaithDiffNetworks(SmallFaithDiff.Checkpoint(), _backend);
        var rehearsal = new FaithDiffRehearsal(networks, _backend, plan.Sampling, Width, Height);
        var apart = plan with
        {
            Tiling = plan.Tiling with { RowsTogether = false, KeepGuides = false },
            Denoise = rehearsal.Denoise(plan.Tiling.Denoise, false, false),
        };
        var taken = new List<float>();
        here.Run(apart, source, part => taken.AddRange(part), new RunContext(null, plan.MultiplyAdds, default) { Poison = true });
        Assert.Equal(expected, taken);
        float[] complete = SmallFaithDiff.Run(here, source, options with { Reuse = 1 }).Rows;
        Assert.NotEqual(expected, complete);
        Assert.Equal(SmallFaithDiff.Run(here, source, new UpscaleOptions { Steps = 4, Tile = 16 }).Rows, complete);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void What_is_kept_is_planned_and_what_is_left_out_is_not(int reuse)
    {
        using var pipeline = SmallFaithDiff.Pipeline(_backend);
        var source = SmallFaithDiff.Picture(24, 20);
        var options = new UpscaleOptions { Steps = 10, Tile = 16 };
        var whole = (FaithDiffPlan)pipeline.Plan(SmallFaithDiff.Request(source, options));
        var (plan, _, context) = SmallFaithDiff.Run(pipeline, source, options with { Reuse = reuse });
        Assert.True(context.PeakBytes <= plan.PeakBytes, $"planned {plan.PeakBytes}, held {context.PeakBytes}");
        var grid = plan.Tiling.Denoise;
        // Of both rows of every tile, the channels that the last level up is given.
        long kept = 2L * grid.Count * grid.TileWidth * grid.TileHeight * SmallFaithDiff.Unet.Up[0].Channels * sizeof(float);
        Assert.InRange(plan.Denoise.Workspace.PeakBytes - whole.Denoise.Workspace.PeakBytes, kept * 0.99, kept * 1.05);
        long work = whole.Denoise.UnitWork - plan.Denoise.UnitWork, all = (whole.Denoise.UnitWork - Outer()) * (reuse - 1) / reuse;
        Assert.InRange(work, all - 10, all + 10); // ten steps are a multiple of either number; divisions round

        // What an evaluation costs that takes everything below: that of a run whose first step alone is complete.
        long Outer()
        {
            var most = (FaithDiffPlan)pipeline.Plan(SmallFaithDiff.Request(source, options with { Reuse = 10 }));
            return (10 * most.Denoise.UnitWork - whole.Denoise.UnitWork) / 9;
        }
    }

    [Fact]
    public void A_run_without_an_earlier_step_and_a_network_without_an_outermost_level_are_refused()
    {
        using var pipeline = SmallFaithDiff.Pipeline(_backend);
        Assert.Contains("one step", Refused(pipeline, new() { Steps = 1, Reuse = 2 }), StringComparison.Ordinal);
        Assert.Contains("is 0; expected 1 to 1000", Refused(pipeline, new() { Steps = 4, Reuse = 0 }), StringComparison.Ordinal);
        Assert.Contains("is 1001; expected 1 to 1000", Refused(pipeline, new() { Steps = 4, Reuse = 1001 }), StringComparison.Ordinal);
        var oneStep = SmallFaithDiff.Checkpoint(new FaithDiffSettings { OneStep = Sampling.OneStep.FromNoised });
        using var single = SmallFaithDiff.Pipeline(_backend, oneStep);
        Assert.Contains("one step", Refused(single, new() { Reuse = 2 }), StringComparison.Ordinal);
        var pruned = SmallFaithDiff.Unet with { Up = [new(64, 1, [1], true), new(32, 1, [-1, -1, -1], false)] };
        Assert.False(pruned.HasOuterLevel);
        Assert.True(UnetConfig.Sdxl.HasOuterLevel);
        using var other = SmallFaithDiff.Pipeline(_backend, SmallFaithDiff.Checkpoint(config: SmallFaithDiff.Config with { Unet = pruned }));
        Assert.Contains("outermost level", Refused(other, new() { Steps = 4, Reuse = 2 }), StringComparison.Ordinal);
        using var small = SuperResolver.Load(_backend);
        string refusal = Assert.Throws<ArgumentException>(() => small.Plan(16, 16, new UpscaleOptions { Reuse = 2 })).Message;
        Assert.Contains("one step", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_is_cancelled_between_its_steps_leaves_nothing_to_the_next()
    {
        using var pipeline = SmallFaithDiff.Pipeline(_backend);
        var source = SmallFaithDiff.Picture(12, 10);
        var options = new UpscaleOptions { Steps = 4, Reuse = 2 };
        float[] expected = SmallFaithDiff.Run(pipeline, source, options).Rows;
        using var stop = new CancellationTokenSource();
        var stopper = new Stopper(stop);
        Assert.ThrowsAny<OperationCanceledException>(
            () => SmallFaithDiff.Run(pipeline, source, options, progress: stopper, cancellation: stop.Token));
        Assert.Equal(expected, SmallFaithDiff.Run(pipeline, source, options).Rows);
    }

    static string Refused(FaithDiffPipeline pipeline, UpscaleOptions options)
    {
        var refusal = Assert.Throws<ArgumentException>(() => pipeline.Plan(SmallFaithDiff.Request(SmallFaithDiff.Picture(8, 8), options)));
        Assert.Equal(nameof(UpscaleOptions.Reuse), refusal.ParamName);
        return refusal.Message;
    }

    static Tensor Random(Workspace ws, int channels, int seed) =>
        ws.Upload(Values(Width * Height * channels, seed), new Shape(1, Height, Width, channels));

    static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextSingle() - 1)];
    }

    sealed class Counter : FeatureProbe
    {
        readonly Dictionary<string, int> _seen = [];

        public int Of(string path) => _seen.GetValueOrDefault(path);

        public override void OnStage(Workspace ws, string path, Tensor output) => _seen[path] = Of(path) + 1;
    }

    sealed class Stopper(CancellationTokenSource stop) : IProgress<UpscaleProgress>
    {
        public void Report(UpscaleProgress value)
        {
            // After the third step's map was kept, in the midst of those that take it.
            if (value is { Stage: UpscaleStage.Restoring, Step: 3 }) stop.Cancel();
        }
    }
}
