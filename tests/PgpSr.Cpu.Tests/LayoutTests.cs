using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Cpu.Tests;

/// <summary>Operations that only move values must be exact.</summary>
public sealed class LayoutTests
{
    static readonly SeededData s_data = new(6);

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 3, 5, 7)]
    [InlineData(40, 64, 320, 17)]
    public void Channels_are_joined_and_cut(int samples, int positions, int first, int second)
    {
        var joined = new Shape(samples, positions, first + second);
        new Trial().With(s_data.Uniform(samples * positions * first), samples, positions, first).With(s_data.Uniform(samples * positions * second),
            samples, positions, second)
            .Check($"concat {joined}", joined, Tolerance.Exact, (b, i, y) => b.ConcatChannels(i[0], i[1], y));
        new Trial().With(s_data.Uniform(joined.Count), samples, positions, first + second)
            .Check($"slice {joined}", joined.WithLast(second), Tolerance.Exact, (b, i, y) => b.SliceChannels(i[0], first, y));
    }

    [Theory]
    [InlineData(13, 18, 26, 36)]
    [InlineData(13, 18, 25, 37)]
    [InlineData(13, 18, 7, 5)]
    [InlineData(1, 1, 3, 4)]
    [InlineData(90, 160, 180, 319)]
    [InlineData(5, 47, 5, 101)]
    public void Nearest_neighbors_are_torchs(int height, int width, int toHeight, int toWidth)
    {
        const int Samples = 2, Channels = 5;
        new Trial().With(s_data.Uniform(Samples * height * width * Channels), Samples, height, width, Channels)
            .Check($"nearest {height}x{width} to {toHeight}x{toWidth}", new Shape(Samples, toHeight, toWidth, Channels), Tolerance.Exact, (b, i, y) =>
                b.ResizeNearest(i[0], y));
    }

    [Theory]
    [InlineData(1, 3, 5)]
    [InlineData(2, 3, 5)]
    [InlineData(8, 1, 2)]
    [InlineData(2, 64, 65)]
    public void Blocks_become_channels_and_back(int factor, int channels, int blocks)
    {
        const int Samples = 2;
        var space = new Shape(Samples, 2 * factor, blocks * factor, channels);
        var depth = new Shape(Samples, 2, blocks, channels * factor * factor);
        float[] values = s_data.Uniform(space.Count);
        new Trial().With(values, Samples, 2 * factor, blocks * factor, channels)
            .Check($"space to depth {space} by {factor}", depth, Tolerance.Exact, (b, i, y) => b.SpaceToDepth(i[0], factor, y));
        new Trial().With(values, Samples, 2, blocks, channels * factor * factor)
            .Check($"depth to space {depth} by {factor}", space, Tolerance.Exact, (b, i, y) => b.DepthToSpace(i[0], factor, y));
    }
}
