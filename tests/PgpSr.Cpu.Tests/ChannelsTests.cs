using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Cpu.Tests;

/// <summary><see cref="Tensor.Channels"/> of wider maps: read and written by convolutions, written by copies, refused elsewhere.</summary>
public sealed class ChannelsTests
{
    [Theory]
    [InlineData(20, 12, 3, true)]
    [InlineData(64, 32, 3, true)]
    [InlineData(20, 12, 3, false)]
    [InlineData(3, 5, 3, false)] // without a pitch, one pointer would serve a row of the kernel
    [InlineData(33, 70, 1, false)]
    public void A_convolution_within_a_map_gives_the_bits_of_one_between_maps(int seen, int grown, int kernel, bool winograd)
    {
        const int height = 9, width = 14, behind = 7;
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2, ConvMethod = winograd ? ConvMethod.Winograd : ConvMethod.Direct });
        using var ws = new Workspace(backend);
        using var weight = TestWeights.PackConv2d(backend, 5, "conv", seen, grown, Conv2dGeometry.Square(kernel, 1, kernel / 2));
        var x = ws.Upload(new SeededData(1).Uniform(2 * height * width * seen), new Shape(2, height, width, seen));
        float[] filling = new SeededData(2).Uniform(2 * height * width * (seen + grown + behind));
        var map = ws.Upload(filling, new Shape(2, height, width, seen + grown + behind));
        var residual = ws.Upload(new SeededData(3).Uniform(2 * height * width * grown), new Shape(2, height, width, grown));
        var epilogue = new Epilogue(Activation.LeakyRelu, Residual: residual);

        ws.Copy(x, map.Channels(0, seen));
        ws.Conv2d(map.Channels(0, seen), weight, epilogue, map.Channels(seen, grown));

        float[] expected = ws.Download(ws.Conv2d(x, weight, epilogue));
        Assert.Equal(ws.Download(x), ws.Download(ws.SliceChannels(map, 0, seen)));
        Assert.Equal(expected, ws.Download(ws.SliceChannels(map, seen, grown)));
        Assert.Equal(filling.Chunk(seen + grown + behind).SelectMany(pixel => pixel[^behind..]), ws.Download(ws.SliceChannels(map, seen + grown, behind)));
    }

    [Theory]
    [InlineData(20, 12, true)]
    [InlineData(12, 37, true)]
    [InlineData(20, 12, false)]
    public void A_scaled_result_and_a_residual_within_a_map_give_the_bits_of_separate_operations(int inputs, int outputs, bool winograd)
    {
        const int height = 9, width = 14;
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2, ConvMethod = winograd ? ConvMethod.Winograd : ConvMethod.Direct });
        using var ws = new Workspace(backend);
        using var weight = TestWeights.PackConv2d(backend, 5, "conv", inputs, outputs, Conv2dGeometry.Square(3, 1, 1));
        var x = ws.Upload(new SeededData(1).Uniform(2 * height * width * inputs), new Shape(2, height, width, inputs));
        var map = ws.Upload(new SeededData(2).Uniform(2 * height * width * (outputs + 3)), new Shape(2, height, width, outputs + 3));

        float[] found = ws.Download(ws.Conv2d(x, weight, new Epilogue(Activation.LeakyRelu, Residual: map.Channels(2, outputs), Scale: 0.2f)));

        float[] convolved = ws.Download(ws.Conv2d(x, weight, new Epilogue(Activation.LeakyRelu)));
        float[] residual = ws.Download(ws.SliceChannels(map, 2, outputs));
        Assert.Equal(convolved.Zip(residual, (value, added) => value * 0.2f + added), found);
    }

    [Fact]
    public void Other_operations_and_other_backends_refuse_them()
    {
        using var backend = CpuBackend.Create();
        using var ws = new Workspace(backend);
        var channels = ws.Upload(new float[2 * 2 * 4], new Shape(1, 2, 2, 4)).Channels(1, 2);
        Assert.Throws<ArgumentException>(() => ws.Add(channels, channels));
        Assert.Throws<ArgumentException>(() => ws.Download(channels));
        Assert.Throws<InvalidOperationException>(() => channels.Reshape(new Shape(1, 4, 2)));
        Assert.Throws<InvalidOperationException>(() => channels.Slice(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => channels.Channels(1, 2));

        using var reference = new ReferenceBackend();
        using var other = new Workspace(reference);
        using var weight = TestWeights.PackConv2d(reference, 5, "conv", 2, 3, Conv2dGeometry.Square(1, 1, 0));
        var foreign = other.Upload(new float[2 * 2 * 4], new Shape(1, 2, 2, 4)).Channels(0, 2);
        var whole = other.Upload(new float[2 * 2 * 2], new Shape(1, 2, 2, 2));
        Assert.Throws<ArgumentException>(() => other.Conv2d(whole, weight, new Epilogue(Scale: 0.2f)));
        Assert.Contains("does not take channels", Assert.Throws<ArgumentException>(() => other.Conv2d(foreign, weight)).Message, StringComparison.Ordinal);
    }
}
