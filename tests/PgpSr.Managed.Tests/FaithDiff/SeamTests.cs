using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>Tile borders of each tiled stage, measured: as much gradient energy on them as beside them.</summary>
public sealed class SeamTests
{
    const double Allowed = 0.02;

    [Fact]
    public void No_seam_shows_where_the_decoder_is_tiled()
    {
        var (tiled, untiled, plan) = Pictures(plan => plan with { Tiling = plan.Tiling with { Decode = TileGrid.CreateOverlapping(40, 32, 20, 5) } });
        Check(tiled, untiled, Scaled(plan.Tiling.Decode));
    }

    [Fact]
    public void No_seam_shows_where_latents_are_tiled()
    {
        var (tiled, untiled, plan) = Pictures(plan => plan with { Tiling = plan.Tiling with { Denoise = TileGrid.Create(40, 32, 20) } });
        Check(tiled, untiled, Scaled(plan.Tiling.Denoise));
    }

    [Fact]
    public void No_seam_shows_where_the_encoders_are_tiled()
    {
        var grid = TileGrid.CreateOverlapping(40, 32, 20, 5);
        var (tiled, untiled, _) = Pictures(plan => plan with { Tiling = plan.Tiling with { EncodeLatent = grid, EncodeFeatures = grid } });
        Check(tiled, untiled, Scaled(grid));
    }

    [Fact]
    public void A_seam_would_be_seen()
    {
        var (_, untiled, _) = Pictures(plan => plan);
        var grid = Scaled(TileGrid.CreateOverlapping(40, 32, 20, 5));
        // A step as high as half the picture's usual difference between neighbors.
        double squares = 0;
        for (int i = 3; i < untiled.Length; i++) squares += Math.Pow(untiled[i] - untiled[i - 3], 2);
        float step = (float)(0.5 * Math.Sqrt(squares / untiled.Length));
        float[] stepped = [.. untiled];
        for (int y = 0; y < grid.Height; y++)
            for (int x = grid.ColumnBorders[0]; x < grid.Width; x++)
                for (int c = 0; c < 3; c++) stepped[(y * grid.Width + x) * 3 + c] += step;
        Assert.True(Measure(stepped, untiled, grid) > 1 + Allowed);
    }

    static (float[] Tiled, float[] Untiled, FaithDiffPlan Plan) Pictures(Func<FaithDiffPlan, FaithDiffPlan> tile)
    {
        using var backend = CpuBackend.Create();
        using var pipeline = SmallFaithDiff.Pipeline(backend);
        var source = SmallFaithDiff.Picture(80, 64);
        var options = new UpscaleOptions { Seed = 2 };
        var (plan, untiled, _) = SmallFaithDiff.Run(pipeline, source, options);
        var changed = tile(plan);
        var networks = new FaithDiffNetworks(SmallFaithDiff.Checkpoint(), backend);
        var rehearsal = new FaithDiffRehearsal(networks, backend, plan.Sampling, 40, 32);
        changed = changed with
        {
            EncodeLatent = rehearsal.EncodeLatent(changed.Tiling.EncodeLatent),
            EncodeFeatures = rehearsal.EncodeFeatures(changed.Tiling.EncodeFeatures),
            Denoise = rehearsal.Denoise(changed.Tiling.Denoise, changed.Tiling.RowsTogether, changed.Tiling.KeepGuides),
            Decode = rehearsal.Decode(changed.Tiling.Decode),
        };
        var rows = new List<float>();
        pipeline.Run(changed, source, part => rows.AddRange(part), new RunContext(null, plan.MultiplyAdds, default));
        return ([.. rows], untiled, changed);
    }

    static TileGrid Scaled(TileGrid grid) =>
        TileGrid.CreateOverlapping(grid.Width * 8, grid.Height * 8, grid.TileWidth * 8,
        (grid.Columns.Length > 1 ? grid.TileWidth - grid.Columns[1] : 0) * 8);

    static void Check(float[] tiled, float[] untiled, TileGrid grid)
    {
        Assert.NotEqual(untiled, tiled);
        double seam = Measure(tiled, untiled, grid);
        TestContext.Current.TestOutputHelper?.WriteLine($"seam metric {seam:F5}");
        Assert.InRange(seam, 1 - Allowed, 1 + Allowed);
    }

    // Luminance, as seams are seen.
    static double Measure(float[] tiled, float[] untiled, TileGrid grid) =>
        SeamMetric.Measure(Luma(tiled), Luma(untiled), grid.Width, grid.Height, [.. grid.ColumnBorders], [.. grid.RowBorders]);

    static float[] Luma(float[] rgb)
    {
        var luma = new float[rgb.Length / 3];
        for (int i = 0; i < luma.Length; i++) luma[i] = 0.299f * rgb[3 * i] + 0.587f * rgb[3 * i + 1] + 0.114f * rgb[3 * i + 2];
        return luma;
    }
}
