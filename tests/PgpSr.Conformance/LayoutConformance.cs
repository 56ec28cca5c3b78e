using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Conformance;

/// <summary>Operations that only move values: channels, resizing, pixel blocks. All exact.</summary>
public abstract class LayoutConformance(BackendFixture fixture) : BackendConformance(fixture)
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 5)]
    [InlineData(16, 32)]
    [InlineData(33, 7)]
    [InlineData(1, 64)]
    public void Channels_of_two_maps(int first, int second)
    {
        Compare(Tolerance.Exact, ws => ws.ConcatChannels(Map(ws, 1, 2, 3, 5, first), Map(ws, 2, 2, 3, 5, second)));
        Compare(Tolerance.Exact, ws => Guarded(
            ws, new Shape(2, 3, 5, first + second), y => ws.Backend.ConcatChannels(Map(ws, 1, 2, 3, 5, first), Map(ws, 2, 2, 3, 5, second), y)));
    }

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(20, 3, 7)]
    [InlineData(64, 32, 32)]
    [InlineData(35, 34, 1)]
    [InlineData(48, 0, 48)]
    public void Some_channels_of_a_map(int channels, int start, int count)
    {
        Compare(Tolerance.Exact, ws => ws.SliceChannels(Map(ws, 1, 2, 3, 5, channels), start, count));
        Compare(Tolerance.Exact, ws =>
            Guarded(ws, new Shape(2, 3, 5, count), y => ws.Backend.SliceChannels(Map(ws, 1, 2, 3, 5, channels), start, y)));
    }

    [Theory]
    [InlineData(1, 1, 2, 2, 3)]
    [InlineData(3, 4, 6, 8, 16)]
    [InlineData(5, 7, 9, 13, 5)]
    [InlineData(13, 18, 25, 37, 24)]
    [InlineData(7, 6, 3, 5, 33)]
    [InlineData(4, 4, 4, 4, 1)]
    public void Nearest_resize(int height, int width, int toHeight, int toWidth, int channels)
    {
        Compare(Tolerance.Exact, ws => ws.ResizeNearest(Map(ws, 1, 2, height, width, channels), toHeight, toWidth));
        Compare(Tolerance.Exact, ws => Guarded(
            ws, new Shape(2, toHeight, toWidth, channels), y => ws.Backend.ResizeNearest(Map(ws, 1, 2, height, width, channels), y)));
    }

    [Theory]
    [InlineData(1, 3, 4, 5)]
    [InlineData(2, 3, 4, 3)]
    [InlineData(4, 2, 3, 17)]
    [InlineData(8, 1, 2, 3)]
    public void Pixel_blocks_to_channels_and_back(int factor, int height, int width, int channels)
    {
        Compare(Tolerance.Exact, ws => ws.SpaceToDepth(Map(ws, 1, 2, height * factor, width * factor, channels), factor));
        Compare(Tolerance.Exact, ws => ws.DepthToSpace(Map(ws, 1, 2, height, width, channels * factor * factor), factor));
        var x = Stored(new SeededData(1).Uniform(2 * height * width * factor * factor * channels));
        Assert.Equal(x, Run(ws => ws.DepthToSpace(ws.SpaceToDepth(Map(ws, 1, 2, height * factor, width * factor, channels), factor), factor)));
    }

    [Fact]
    public void Values_that_are_not_finite_move_like_any_other()
    {
        float[] x = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, -0f, 1, 2, 3, 4];
        Compare(Tolerance.Exact, ws => ws.SliceChannels(ws.ConcatChannels(ws.Upload(x, new Shape(2, 4)), ws.Upload(x, new Shape(2, 4))), 2, 4));
    }

    static Tensor Map(Workspace ws, int seed, int samples, int height, int width, int channels)
    {
        var shape = new Shape(samples, height, width, channels);
        return Offset(ws, new SeededData(seed).Uniform(shape.Count), shape, seed);
    }
}
