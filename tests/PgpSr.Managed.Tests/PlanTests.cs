using PgpSr.Cpu;
using PgpSr.Imaging;

namespace PgpSr.Managed.Tests;

public sealed class PlanTests : IDisposable
{
    const long Gibi = 1L << 30;

    readonly CpuBackend _backend = CpuBackend.Create();
    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr").FullName;

    public void Dispose()
    {
        _backend.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void The_plan_says_sizes_tiles_work_and_memory()
    {
        using var resolver = SuperResolver.Load(_backend);
        var plan = resolver.Plan(512, 512);
        Assert.Equal((2048, 2048, 1, 1), (plan.OutputWidth, plan.OutputHeight, plan.Steps, plan.Passes));
        Assert.InRange(plan.MultiplyAdds, 1e9, 1e12);
        Assert.InRange(plan.PeakBytes, plan.Stages.Max(stage => stage.Bytes) + plan.WeightBytes, 600_000_000); // and 100 MB for the runtime: 700 MB in all
        Assert.Contains("512x512 to 2048x2048", plan.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_smallest_budget_that_is_named_does_and_one_byte_less_does_not()
    {
        using var resolver = SuperResolver.Load(_backend);
        foreach (var (width, height) in ((int, int)[])[(700, 500), (64, 64), (3000, 90)])
        {
            var error = Assert.Throws<MemoryBudgetException>(() => resolver.Plan(width, height, new() { MemoryBudget = 1 }));
            Assert.Equal(1, error.BudgetBytes);
            Assert.Equal(error.SmallestBytes, resolver.Plan(width, height, new() { MemoryBudget = error.SmallestBytes }).PeakBytes);
            var again = Assert.Throws<MemoryBudgetException>(() => resolver.Plan(width, height, new() { MemoryBudget = error.SmallestBytes - 1 }));
            Assert.Equal(error.SmallestBytes, again.SmallestBytes);
        }
    }

    [Theory]
    [InlineData(4000, 4000, 4, 4)] // bleeding of color needs more than the tiles
    [InlineData(200, 150, 3, 9)] // the second of two passes needs more than the first
    public void The_smallest_budget_that_is_named_does_for_the_whole_run_and_not_for_a_part_alone(int width, int height, int channels, double scale)
    {
        using var resolver = SuperResolver.Load(_backend);
        var info = new ImageInfo(width, height, channels, 8);
        var options = new UpscaleOptions { Scale = scale };
        long smallest = Assert.Throws<MemoryBudgetException>(() => Plan(1)).SmallestBytes;
        Assert.True(Plan(smallest).PeakBytes <= smallest);
        Assert.Equal(smallest, Assert.Throws<MemoryBudgetException>(() => Plan(smallest - 1)).SmallestBytes);

        UpscalePlan Plan(long budget) => UpscalePlanner.Plan(resolver.Pipeline, info, options with { MemoryBudget = budget }, new OutputOptions());
    }

    [Fact]
    public void A_plan_keeps_its_budget_and_more_memory_gives_larger_tiles()
    {
        using var resolver = SuperResolver.Load(_backend);
        var random = new Random(21);
        for (int i = 0; i < 12; i++)
        {
            int width = random.Next(16, 3000), height = random.Next(16, 3000), before = 0;
            long smallest = Assert.Throws<MemoryBudgetException>(() => resolver.Plan(width, height, new() { MemoryBudget = 1 })).SmallestBytes;
            for (double share = 1; share < 8; share *= 1.7)
            {
                long budget = (long)(smallest * share);
                var plan = resolver.Plan(width, height, new() { MemoryBudget = budget });
                int area = plan.Stages[0].TileWidth * plan.Stages[0].TileHeight;
                Assert.True(plan.PeakBytes <= budget, $"{width}x{height} with {budget}: {plan.PeakBytes}");
                Assert.True(area >= before, $"{width}x{height} with {budget}: tiles became smaller, {plan.Stages[0]}");
                before = area;
            }
        }
    }

    [Fact]
    public void Kernels_hold_no_more_beside_tensors_than_was_planned()
    {
        foreach (int side in (int[])[64, 200, 320])
        {
            using var backend = CpuBackend.Create();
            using var resolver = SuperResolver.Load(backend);
            var bound = backend.ScratchFor(side, side);
            long planned = bound.Bytes + Math.Max(0, backend.Threads - bound.Workers) * bound.BytesOfWorker;
            resolver.Upscale(TestPictures.Make(side, side));
            Assert.InRange(backend.ScratchBytes, 1, planned);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_plan_is_the_same_for_any_number_of_threads_and_whatever_ran_before(bool large)
    {
        var plans = new List<string>();
        foreach (int threads in (int[])[1, 2, 7, 64])
        {
            foreach (string set in CpuBackend.AvailableKernelSets)
            {
                using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = threads, KernelSet = set });
                using var resolver = large ? SmallFaithDiff.Resolver(backend) : SuperResolver.Load(backend);
                Add(resolver);
                if (threads > 2 || set != CpuBackend.AcceleratedKernelSets[0]) continue;
                resolver.Upscale(TestPictures.Make(large ? 9 : 600, large ? 9 : 40), new() { Steps = 1 });
                Add(resolver);
            }
        }
        Assert.Single(plans.Distinct());

        void Add(SuperResolver resolver)
        {
            long smallest = Assert.Throws<MemoryBudgetException>(() => resolver.Plan(700, 500, new() { MemoryBudget = 1 })).SmallestBytes;
            string plan = $"{smallest} {resolver.Plan(700, 500)}";
            for (double share = 1; share < 3; share *= 1.1) plan += resolver.Plan(700, 500, new() { MemoryBudget = (long)(smallest * share) });
            plans.Add(plan);
        }
    }

    [Fact]
    public void A_run_whose_budget_has_no_room_for_the_scratch_of_all_threads_is_given_fewer_and_gives_the_same_bytes()
    {
        using var few = CpuBackend.Create(new CpuBackendOptions { Threads = 1 });
        using var many = CpuBackend.Create(new CpuBackendOptions { Threads = 12 });
        using var one = TestModels.Load(TestModels.Residual, few);
        using var other = TestModels.Load(TestModels.Residual, many);
        var source = TestPictures.Make(150, 90);
        long smallest = Assert.Throws<MemoryBudgetException>(() => other.Plan(150, 90, new() { MemoryBudget = 1 })).SmallestBytes;
        var options = new UpscaleOptions { MemoryBudget = smallest };
        Assert.Equal(one.Upscale(source, options).Bytes.ToArray(), other.Upscale(source, options).Bytes.ToArray());
        var bound = many.ScratchFor(90, 150);
        Assert.InRange(many.ScratchBytes, 1, bound.Bytes);
        Assert.Equal(bound.Workers + 3, bound.WorkersWithin(3 * bound.BytesOfWorker + 1));
    }

    [Fact]
    public void Six_hundred_million_pixels_are_planned_within_four_gibibytes()
    {
        using var resolver = SuperResolver.Load(_backend);
        var plan = UpscalePlanner.Plan(resolver.Pipeline, new ImageInfo(7500, 5000, 3, 8), new() { MemoryBudget = 4 * Gibi }, new OutputOptions());
        Assert.Equal((30000, 20000), (plan.OutputWidth, plan.OutputHeight));
        Assert.True(plan.PeakBytes <= 4 * Gibi, $"{plan.PeakBytes}");
    }

    // 4 GiB for 30000 x 20000 pixels are 7.2 bytes for each; the same share of a result of 4000 x 2668 pixels is less than the result and its float forms would take.
    [Fact]
    public void A_picture_larger_than_its_budget_goes_strip_by_strip()
    {
        using var resolver = TestModels.Load(TestModels.Residual, _backend);
        var source = TestPictures.Make(1000, 667);
        string from = Path.Combine(_folder, "large.png"), to = Path.Combine(_folder, "result.png");
        source.Save(from, new() { Effort = CompressionEffort.Fast });
        long budget = 4 * Gibi * (4000L * 2668) / (30000L * 20000);
        Assert.Throws<MemoryBudgetException>(() => resolver.Plan(1000, 667, new() { MemoryBudget = budget / 2 }));
        var result = resolver.UpscaleFile(from, to, new() { MemoryBudget = budget });
        Assert.True(result.PeakBytes <= budget, $"{result.PeakBytes} of {budget}");
        Assert.Equal(result.PeakBytes, result.Plan.PeakBytes);
        Assert.True(result.Plan.Strips);
        var stage = result.Plan.Stages[0];
        Assert.True(stage.Tiles > 20, stage.ToString());
        TestPictures.AssertSame(resolver.Upscale(source, new() { Tile = Math.Max(stage.TileWidth, stage.TileHeight), Overlap = result.Plan.Overlap }), Image.Load(to));
    }

    [Fact]
    public void What_an_encoder_holds_counts()
    {
        using var resolver = TestModels.Load(TestModels.Residual, _backend);
        var info = new ImageInfo(1000, 1000, 3, 8);
        long Peak(OutputOptions output) => UpscalePlanner.Plan(resolver.Pipeline, info, new() { Tile = 64 }, output).PeakBytes;
        long rows = Peak(new() { Format = ImageFormat.Png }), lossy = Peak(new() { Format = ImageFormat.WebP }), lossless = Peak(new() { Format = ImageFormat.WebP, Lossless = true });
        // Sixteen million pixels, three bytes each, and what the codec makes of them.
        Assert.InRange(lossy - rows, 16_000_000 * 3L, 16_000_000 * 60L);
        Assert.InRange(lossless - lossy, 16_000_000 * 60L, 16_000_000 * 100L);
        Assert.Throws<MemoryBudgetException>(() => UpscalePlanner.Plan(resolver.Pipeline, info, new() { MemoryBudget = lossy }, new() { Format = ImageFormat.WebP, Lossless = true }));
    }

    [Fact]
    public void A_source_that_no_memory_holds_is_refused_by_its_header()
    {
        using var resolver = TestModels.Load(TestModels.Residual, _backend);
        var refused = Assert.Throws<ArgumentException>(() => UpscalePlanner.Plan(resolver.Pipeline, new ImageInfo(20000, 20000, 3, 16), new() { Scale = 1 }, new()));
        Assert.Contains("8 bits a sample", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_planned_from_its_header()
    {
        using var resolver = SuperResolver.Load(_backend);
        string path = Path.Combine(_folder, "photo.png");
        TestPictures.Make(90, 50).Save(path);
        var plan = resolver.PlanFile(path, new() { Scale = 2 });
        Assert.Equal((90, 50, 180, 100, true), (plan.SourceWidth, plan.SourceHeight, plan.OutputWidth, plan.OutputHeight, plan.Strips));
    }

}
