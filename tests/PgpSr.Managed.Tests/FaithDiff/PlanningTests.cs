using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Restoration;
using PgpSr.Tensors;

namespace PgpSr.Managed.Tests;

/// <summary>A byte budget for a FaithDiff run: what is given up for it, and that it is kept.</summary>
public sealed class FaithDiffPlanningTests
{
    [Fact]
    public void Any_budget_from_the_smallest_up_is_planned_kept_and_all_concessions_before_smaller_tiles_give_the_same_bytes()
    {
        using var backend = CpuBackend.Create();
        using var pipeline = SmallFaithDiff.Pipeline(backend);
        var source = SmallFaithDiff.Picture(36, 28);
        var none = Assert.Throws<MemoryBudgetException>(() => pipeline.Plan(SmallFaithDiff.Request(source, new UpscaleOptions { MemoryBudget = 1 })));
        var (wide, expected, _) = SmallFaithDiff.Run(pipeline, source, new UpscaleOptions());
        Assert.Equal(FaithDiffResidency.All, wide.Residency);
        Assert.Throws<MemoryBudgetException>(() => pipeline.Plan(SmallFaithDiff.Request(source, new UpscaleOptions { MemoryBudget = none.SmallestBytes - 1 })));
        var residencies = new HashSet<FaithDiffResidency>();
        bool smaller = false, apart = false;
        for (int i = 0; i <= 5; i++)
        {
            long budget = none.SmallestBytes + (wide.PeakBytes - none.SmallestBytes) * i / 5;
            using var fresh = SmallFaithDiff.Pipeline(backend);
            var (plan, rows, context) = SmallFaithDiff.Run(fresh, source, new UpscaleOptions { MemoryBudget = budget });
            Assert.True(plan.PeakBytes <= budget && context.PeakBytes <= plan.PeakBytes, $"budget {budget}, planned {plan.PeakBytes}, held {context.PeakBytes}");
            Assert.Equal(0, context.HeldBytes);
            residencies.Add(plan.Residency);
            apart |= !plan.Tiling.RowsTogether;
            if (SameTiles(plan, wide)) Assert.Equal(expected, rows);
            else smaller = true;
        }
        Assert.True(smaller && residencies.Count > 1, $"smaller tiles: {smaller}, rows apart: {apart}, {string.Join(", ", residencies)}");
    }

    [Fact]
    public void Guidance_rows_apart_and_guides_made_anew_give_the_same_bytes()
    {
        using var backend = CpuBackend.Create();
        using var pipeline = SmallFaithDiff.Pipeline(backend);
        var source = SmallFaithDiff.Picture(24, 20);
        var request = SmallFaithDiff.Request(source, new UpscaleOptions { Tile = 16 });
        var plan = (FaithDiffPlan)pipeline.Plan(request);
        Assert.True(plan.Tiling.Denoise.Count > 1);
        float[] expected = Rows(true, true);
        Assert.Equal(expected, Rows(true, false));
        Assert.Equal(expected, Rows(false, true));
        Assert.Equal(expected, Rows(false, false));

        float[] Rows(bool together, bool keep)
        {
            var networks = new FaithDiffNetworks(SmallFaithDiff.Checkpoint(), backend);
            var rehearsal = new FaithDiffRehearsal(networks, backend, plan.Sampling, 12, 10);
            var changed = plan with
            {
                Tiling = plan.Tiling with { RowsTogether = together, KeepGuides = keep },
                Denoise = rehearsal.Denoise(plan.Tiling.Denoise, together, keep),
            };
            var rows = new List<float>();
            pipeline.Run(changed, source, part => rows.AddRange(part), new RunContext(null, plan.MultiplyAdds, default) { Poison = true });
            return [.. rows];
        }
    }

    [Fact]
    public void A_stage_holds_exactly_what_its_rehearsal_said()
    {
        using var backend = CpuBackend.Create();
        using var networks = new FaithDiffNetworks(SmallFaithDiff.Checkpoint(), backend);
        using var vae = networks.Vae.Get(backend, new RunContext(null, 0, default));
        var grid = TileGrid.CreateOverlapping(20, 16, 12, 4);
        var sampling = FaithDiffSampling.Create(new FaithDiffSettings(), null, null, "small");
        var rehearsal = new FaithDiffRehearsal(networks, backend, sampling, 20, 16);
        var plan = rehearsal.Decode(grid).Workspace;
        using var ws = new Workspace(backend, new WorkspaceOptions { LimitBytes = plan.ArenaBytes });
        ws.Reserve(plan);
        int tiles = 0;
        rehearsal.DecodePass(grid).Run(ws, Zeros, (on, x, _) => vae.Decode(on, x), strip => tiles += strip.IsLast ? 1 : 0, (_, _) => { });
        Assert.Equal((grid.Count, plan.PeakBytes, plan.ArenaBytes, 1), (tiles, ws.PeakBytes, ws.ReservedBytes, ws.AllocationCount));
    }

    [Fact]
    public void A_pass_takes_the_host_memory_that_was_planned_and_hands_out_no_more_rows_than_the_stages_after_it_expect()
    {
        using var backend = CpuBackend.Create();
        const int outputChannels = 3, factor = 8;
        var grid = TileGrid.CreateOverlapping(150, 90, 40, 10);
        var pass = new TilePass(grid, 4, grid.Scale(factor), outputChannels);
        using var ws = new Workspace(backend);
        int most = 0, next = 0;
        Run(); // code and the workspace's memory are there now
        (most, next) = (0, 0);
        pass = new TilePass(grid, 4, grid.Scale(factor), outputChannels); // one that holds nothing yet
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        long managed = GC.GetAllocatedBytesForCurrentThread() - before;
        // The merge's band lies outside the collector's heap. Tables of weights are not counted: they are less than a twentieth here.
        long planned = pass.HostBytes - TileMerger.BandBytes(grid.Scale(factor), outputChannels);
        Assert.InRange(managed, planned, planned * 1.05);
        Assert.Equal(grid.Height * factor, next);
        Assert.InRange(most, 1, UpscalePlanner.StripRows);

        void Run() => pass.Run(ws, Zeros, Evaluate, _ => { }, (row, rows) =>
        {
            Assert.Equal(next, row);
            int count = rows.Length / (grid.Width * factor * outputChannels);
            next += count;
            most = Math.Max(most, count);
        });

        static Tensor Evaluate(Workspace on, Tensor x, Tile tile) => on.Rent(new Shape(1, tile.Height * factor, tile.Width * factor, outputChannels));
    }

    static bool Zeros(Tile tile, Span<float> values)
    {
        values.Clear();
        return false;
    }

    [Fact]
    public void One_tile_hands_out_strips_too()
    {
        using var backend = CpuBackend.Create();
        var pass = new TilePass(TileGrid.Create(20, 300, 300), 1, TileGrid.Create(20, 300, 300), 1);
        using var ws = new Workspace(backend);
        var rows = new List<float>();
        pass.Run(ws, (_, values) =>
        {
            for (int i = 0; i < values.Length; i++) values[i] = i;
            return true;
        }, (_, x, _) => x, _ => { }, (row, part) =>
        {
            Assert.InRange(part.Length / 20, 1, UpscalePlanner.StripRows);
            Assert.Equal(rows.Count / 20, row);
            rows.AddRange(part);
        });
        Assert.Equal(Enumerable.Range(0, 6000).Select(i => (float)i), rows);
    }

    [Fact]
    public void More_pixels_than_features_can_be_held_of_are_refused_when_planned()
    {
        using var backend = CpuBackend.Create();
        using var resolver = SmallFaithDiff.Resolver(backend);
        var refusal = Assert.Throws<ArgumentException>(() => resolver.Plan(4500, 4000)); // 288 million pixels of the result
        Assert.Equal("Scale", refusal.ParamName);
        Assert.Contains("268,4", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("18000x16000", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_tells_the_weights_that_are_there_at_once()
    {
        using var backend = CpuBackend.Create();
        using var networks = new FaithDiffNetworks(SmallFaithDiff.Checkpoint(), backend);
        using var resolver = new SuperResolver(new FaithDiffPipeline(networks, backend));
        var wide = resolver.Plan(40, 30);
        Assert.Equal(networks.WeightBytes, wide.WeightBytes);
        long smallest = Assert.Throws<MemoryBudgetException>(() => resolver.Plan(40, 30, new() { MemoryBudget = 1 })).SmallestBytes;
        var narrow = resolver.Plan(40, 30, new() { MemoryBudget = smallest });
        long[] parts = [networks.Denoiser.WeightBytes, networks.Vae.WeightBytes, networks.FirstText!.WeightBytes, networks.SecondText!.WeightBytes];
        Assert.Equal(parts.Max(), narrow.WeightBytes);
        Assert.True(narrow.WeightBytes < narrow.PeakBytes);
    }

    [Fact]
    public void A_plan_tells_of_every_stage_before_a_weight_is_loaded()
    {
        using var backend = CpuBackend.Create();
        using var pipeline = SmallFaithDiff.Pipeline(backend);
        var plan = pipeline.Plan(SmallFaithDiff.Request(SmallFaithDiff.Picture(300, 500), new UpscaleOptions { Steps = 20 }));
        Assert.Equal(["text encoders", "autoencoder", "LQ encoder", "denoiser", "autoencoder"], plan.Stages.Select(stage => stage.Name));
        Assert.Equal([1, 6, 6, 6, 6], plan.Stages.Select(stage => stage.Tiles));
        Assert.Equal(20, plan.Stages[3].Steps);
        Assert.All(plan.Stages, stage => Assert.True(stage.Bytes > 0 && stage.MultiplyAdds > 0, stage.Name));
    }

    [Theory]
    [InlineData(3, null, null, null)]
    [InlineData(null, -1, null, null)]
    [InlineData(null, null, 0, null)]
    [InlineData(null, null, null, float.NaN)]
    public void An_option_that_makes_no_sense_is_refused_by_name(int? tile, int? overlap, int? steps, float? guidance)
    {
        using var backend = CpuBackend.Create();
        using var pipeline = SmallFaithDiff.Pipeline(backend);
        var options = new UpscaleOptions { Tile = tile, Overlap = overlap, Steps = steps, Guidance = guidance };
        var refusal = Assert.Throws<ArgumentException>(() => pipeline.Plan(SmallFaithDiff.Request(SmallFaithDiff.Picture(8, 8), options)));
        Assert.Equal(tile is not null ? "Tile" : overlap is not null ? "Overlap" : steps is not null ? "Steps" : "Guidance", refusal.ParamName);
    }

    static bool SameTiles(FaithDiffPlan a, FaithDiffPlan b) =>
        Size(a.Tiling.EncodeLatent) == Size(b.Tiling.EncodeLatent) && Size(a.Tiling.EncodeFeatures) == Size(b.Tiling.EncodeFeatures)
        && Size(a.Tiling.Denoise) == Size(b.Tiling.Denoise) && Size(a.Tiling.Decode) == Size(b.Tiling.Decode);

    static (int, int) Size(TileGrid grid) => (grid.TileWidth, grid.TileHeight);
}
