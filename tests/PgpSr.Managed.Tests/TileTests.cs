using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

public sealed class TileTests : IDisposable
{
    // The default model makes blocks of four by four pixels, and its tiles begin and end between them.
    const int Patch = 4;

    readonly CpuBackend _backend = CpuBackend.Create();

    public void Dispose() => _backend.Dispose();

    [Fact]
    public void Borders_of_tiles_are_like_any_other_line_where_tiles_overlap()
    {
        using var resolver = SuperResolver.Load(_backend);
        foreach (var source in (Image[])[TestPictures.Make(200, 160), Slope(200, 160)])
        {
            float[] whole = TestPictures.Luma(resolver.Upscale(source));
            foreach (var (tile, overlap) in ((int, int?)[])[(64, null), (96, null), (96, 16)])
                Assert.InRange(Seam(new() { Tile = tile, Overlap = overlap }), 0.98, 1.02);
            if (source.BitDepth == 8)
            {
                double seam = Seam(new() { Tile = 64, Overlap = 0 });
                Assert.False(seam is > 0.98 and < 1.02, $"{seam} without overlap");
            }

            double Seam(UpscaleOptions options)
            {
                var plan = resolver.Plan(200, 160, options);
                Assert.True(plan.Tiles >= 6, $"{plan.Tiles} tiles");
                var grid = ((TilePlan)plan.PassPlans[0]).Grid.Scale(4);
                float[] tiled = TestPictures.Luma(resolver.Upscale(source, options));
                return SeamMetric.Measure(tiled, whole, 800, 640, grid.ColumnBorders, grid.RowBorders, Patch);
            }
        }
    }

    [Fact]
    public void The_same_bytes_come_out_for_any_thread_count()
    {
        var source = TestPictures.Make(150, 130);
        Image? expected = null;
        foreach (int threads in (int[])[1, 2, 3])
        {
            using var backend = CpuBackend.Create(new() { Threads = threads });
            using var resolver = SuperResolver.Load(backend);
            var result = resolver.Upscale(source, new() { Tile = 96 });
            TestPictures.AssertSame(expected ??= result, result);
        }
    }

    [Fact]
    public void The_same_bytes_come_out_for_any_tile_and_budget_that_give_the_same_tiling()
    {
        using var resolver = TestModels.Load(TestModels.Residual, _backend);
        var source = TestPictures.Make(100, 90);
        var whole = resolver.Upscale(source);
        TestPictures.AssertSame(whole, resolver.Upscale(source, new() { Tile = 100 }));
        TestPictures.AssertSame(whole, resolver.Upscale(source, new() { Tile = 700 }));
        TestPictures.AssertSame(whole, resolver.Upscale(source, new() { MemoryBudget = 1L << 34 }));
        // 100 pixels by tiles of at most 66 and 64: both are two of 64.
        TestPictures.AssertSame(resolver.Upscale(source, new() { Tile = 66, Overlap = 16 }),
            resolver.Upscale(source, new() { Tile = 64, Overlap = 16 }));
    }

    [Fact]
    public void A_second_run_gives_the_bytes_of_the_first()
    {
        using var resolver = SuperResolver.Load(_backend);
        var source = TestPictures.Make(60, 50);
        var first = resolver.Upscale(source);
        resolver.Upscale(TestPictures.Make(90, 40));
        TestPictures.AssertSame(first, resolver.Upscale(source));
    }

    static Image Slope(int width, int height)
    {
        var image = new Image(width, height, 3, 16);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < 3; c++)
                    image.Words[(y * width + x) * 3 + c] = (ushort)(10000 + 150 * x + 90 * y + 4000 * c + (x * 7919 + y * 104729) % 97 * 20);
        return image;
    }
}
