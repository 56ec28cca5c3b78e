using PgpSr.Testing;

namespace PgpSr.Imaging.Tests.Tiling;

public sealed class TilingTests
{
    [Fact]
    public void Every_sample_is_in_a_tile_and_every_tile_inside()
    {
        Random random = new(5);
        for (int i = 0; i < 500; i++)
        {
            int width = random.Next(1, 300), height = random.Next(1, 300), tile = random.Next(1, 130);
            TileGrid grid = i % 2 == 0 ? TileGrid.Create(width, height, tile, random.NextDouble() * 0.9 + 0.1)
                : TileGrid.CreateOverlapping(width, height, tile, random.Next(tile));
            foreach ((int[] starts, int side, int length) in ((int[], int, int)[])[([.. grid.Columns], grid.TileWidth, width),
                ([.. grid.Rows], grid.TileHeight, height)])
            {
                Assert.Equal(0, starts[0]);
                Assert.Equal(length, starts[^1] + side);
                for (int s = 1; s < starts.Length; s++) Assert.InRange(starts[s], starts[s - 1] + 1, starts[s - 1] + side);
            }
            Assert.Equal(grid.Count, grid.Tiles.Count());
        }
    }

    [Fact]
    public void Feathers_sum_to_one_where_two_tiles_meet()
    {
        TileGrid grid = TileGrid.CreateOverlapping(352, 64, 64, 16);
        double[] sum = new double[grid.Width];
        for (int c = 0; c < grid.Columns.Length; c++)
        {
            double[] weights = TileWeights.FeatherColumns(grid, c);
            for (int i = 0; i < weights.Length; i++) sum[grid.Columns[c] + i] += weights[i];
        }
        Assert.All(sum, s => Assert.Equal(1, s, 1e-12));
        Assert.All(TileWeights.FeatherRows(grid, 0), w => Assert.Equal(1, w));
    }

    static float[] Merge(TileMerger merger, TileGrid grid, Func<int, int, int, float> value)
    {
        float[] merged = new float[grid.Width * grid.Height];
        foreach (Tile tile in grid.Tiles)
        {
            float[] samples = new float[tile.Width * tile.Height];
            for (int i = 0; i < samples.Length; i++) samples[i] = value(tile.X + i % tile.Width, tile.Y + i / tile.Width, tile.Index);
            merger.Add(samples);
            merger.Take(merged.AsSpan(merger.NextRow * grid.Width, merger.RowsReady * grid.Width));
        }
        return merged;
    }

    [Fact]
    public void Tiles_that_agree_merge_into_what_they_show()
    {
        foreach (bool gaussian in (bool[])[false, true])
            foreach ((int width, int height) in ((int, int)[])[(200, 150), (64, 64), (65, 300), (10, 10)])
            {
                TileGrid grid = TileGrid.CreateOverlapping(width, height, 64, 16);
                float[] merged = Merge(gaussian ? TileMerger.CreateGaussian(grid, 1) : new TileMerger(grid, 1), grid, (x, y, _) => x * 0.01f + y);
                for (int i = 0; i < merged.Length; i++) Assert.Equal(i % width * 0.01 + i / width, merged[i], 1e-4);
            }
    }

    [Fact]
    public void A_tile_in_pieces_is_the_same_as_a_tile_at_once()
    {
        TileGrid grid = TileGrid.CreateBalanced(150, 90, 64, 16);
        using TileMerger whole = new(grid, 3), pieces = new(grid, 3);
        Random random = new(5);
        float[] tile = new float[grid.TileWidth * grid.TileHeight * 3], expected = new float[150 * 90 * 3], merged = new float[expected.Length];
        int row = grid.TileWidth * 3;
        foreach (Tile _ in grid.Tiles)
        {
            for (int i = 0; i < tile.Length; i++) tile[i] = random.NextSingle();
            whole.Add(tile);
            for (int y = 0, count = 7; y < grid.TileHeight; y += count) pieces.Add(tile.AsSpan(y * row, Math.Min(count, grid.TileHeight - y) * row));
            whole.Take(expected.AsSpan(whole.NextRow * 450, whole.RowsReady * 450));
            while (pieces.RowsReady > 0) pieces.Take(merged.AsSpan(pieces.NextRow * 450, Math.Min(5, pieces.RowsReady) * 450));
        }
        Assert.Equal(expected, merged);
    }

    [Theory]
    [InlineData(512, 512, 1)]
    [InlineData(513, 288, 2)]
    [InlineData(600, 320, 2)]
    [InlineData(992, 512, 2)]
    [InlineData(993, 368, 3)]
    [InlineData(20000, 512, 42)]
    [InlineData(7, 7, 1)]
    public void Balanced_tiles_are_as_few_and_as_small_as_they_can(int length, int tile, int count)
    {
        TileGrid grid = TileGrid.CreateBalanced(length, 40, 512, 32, 16);
        Assert.Equal((tile, count), (grid.TileWidth, grid.Columns.Length));
        Assert.Equal(length, grid.Columns[^1] + grid.TileWidth);
        for (int i = 1; i < count; i++) Assert.True(grid.Columns[i - 1] + tile - grid.Columns[i] >= 32, $"tiles {i - 1} and {i} share less than 32");
    }

    [Fact]
    public void Rows_come_out_in_order_and_too_early_is_refused()
    {
        TileGrid grid = TileGrid.CreateOverlapping(100, 100, 64, 16);
        TileMerger merger = new(grid, 3);
        float[] tile = new float[64 * 64 * 3];
        Assert.Equal(0, merger.RowsReady);
        merger.Add(tile);
        Assert.Throws<ArgumentException>(() => merger.Take(new float[300]));
        merger.Add(tile);
        Assert.Equal(36, merger.RowsReady);
        Assert.Throws<InvalidOperationException>(() => merger.Add(tile));
        merger.Take(new float[36 * 300]);
        merger.Add(tile);
        merger.Add(tile);
        Assert.Equal(64, merger.RowsReady);
        merger.Take(new float[64 * 300]);
        Assert.Throws<InvalidOperationException>(() => merger.Add(tile));
    }

    [Fact]
    public void The_metric_sees_a_seam_and_feathering_hides_it()
    {
        TileGrid apart = TileGrid.CreateOverlapping(256, 192, 64, 0), feathered = TileGrid.CreateOverlapping(256, 192, 64, 32);
        float[] Scene(TileGrid grid, float tone)
        {
            return Merge(new TileMerger(grid, 1), grid, (x, y, tile) =>
                0.5f + 0.3f * MathF.Sin(x * 0.31f) * MathF.Cos(y * 0.27f) + tone * (tile % 3));
        }
        float[] clean = Scene(apart, 0), seams = Scene(apart, 0.1f), hidden = Scene(feathered, 0.02f);
        double Seam(float[] plane, TileGrid grid) => SeamMetric.Measure(plane, clean, 256, 192, grid.ColumnBorders, grid.RowBorders);
        Assert.Equal(1, Seam(clean, apart));
        Assert.True(Seam(seams, apart) > 1.5, $"{Seam(seams, apart)}");
        Assert.InRange(Seam(hidden, feathered), 0.98, 1.02);
    }

    [Fact]
    public void Noise_has_no_seams()
    {
        Random random = new(9);
        float[] noise = [.. Enumerable.Range(0, 512 * 512).Select(_ => random.NextSingle())];
        TileGrid grid = TileGrid.CreateOverlapping(512, 512, 128, 16);
        Assert.InRange(SeamMetric.Measure(noise, 512, 512, grid.ColumnBorders, grid.RowBorders), 0.95, 1.05);
    }
}
