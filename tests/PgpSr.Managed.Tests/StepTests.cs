using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Models;

namespace PgpSr.Managed.Tests;

public sealed class StepTests : IDisposable
{
    readonly CpuBackend _backend = CpuBackend.Create();

    public void Dispose() => _backend.Dispose();

    [Theory]
    [InlineData(PgpInput.Latent, PgpPrediction.Epsilon, 1, true)]
    [InlineData(PgpInput.LatentAndDegraded, PgpPrediction.Epsilon, 1, false)]
    [InlineData(PgpInput.LatentAndDegraded, PgpPrediction.Velocity, 1, true)]
    [InlineData(PgpInput.LatentAndDegraded, PgpPrediction.Epsilon, 3, false)]
    [InlineData(PgpInput.LatentAndDegraded, PgpPrediction.Velocity, 4, false)]
    public void Every_kind_of_small_model_runs_tiled_and_is_a_function_of_its_seed(PgpInput input, PgpPrediction prediction, int steps, bool noised)
    {
        // A patch of four result pixels is two source pixels: neither side is a whole number of patches.
        var config = TestModels.Config(input, prediction, scale: 2, patch: 4, steps, noised);
        using var resolver = TestModels.Load(config, _backend);
        var source = TestPictures.Make(151, 83);
        var options = new UpscaleOptions { Tile = 64, Seed = 5 };
        Assert.Equal(steps, resolver.Plan(151, 83, options).Steps);
        var first = resolver.Upscale(source, options);
        Assert.Equal(new ImageInfo(302, 166, 3, 8), first.Info);
        using var oneThread = CpuBackend.Create(new() { Threads = 1 });
        using var other = TestModels.Load(config, oneThread);
        TestPictures.AssertSame(first, other.Upscale(source, options));
        var otherSeed = other.Upscale(source, options with { Seed = 6 });
        bool noise = steps > 1 || noised;
        Assert.Equal(noise, first.Bytes.CommonPrefixLength(otherSeed.Bytes) < first.Bytes.Length);
    }

    // A network that predicts no noise at all leaves the first sample as it is: the result is the noise itself, and shows where it came from.
    [Fact]
    public void Noise_belongs_to_a_place_of_the_picture_and_not_to_a_tile()
    {
        var config = TestModels.Config(PgpInput.LatentAndDegraded, PgpPrediction.Epsilon, scale: 2, patch: 4, steps: 2);
        using var resolver = TestModels.Load(config, _backend,
            (name, values) => name is "conv_out.weight" or "conv_out.bias" ? new float[values.Length] : values);
        var source = TestPictures.Make(180, 140);
        var whole = resolver.Upscale(source, new() { Seed = 9 });
        foreach (int tile in (int[])[64, 96])
        {
            var tiled = resolver.Upscale(source, new() { Seed = 9, Tile = tile });
            // Where tiles overlap, two roundings of the same number are averaged.
            for (int i = 0; i < whole.Bytes.Length; i++) Assert.InRange(tiled.Bytes[i] - whole.Bytes[i], -1, 1);
        }
        var other = resolver.Upscale(source, new() { Seed = 10 });
        int different = 0;
        for (int i = 0; i < whole.Bytes.Length; i++) different += Math.Abs(other.Bytes[i] - whole.Bytes[i]) > 1 ? 1 : 0;
        Assert.True(different > whole.Bytes.Length / 4, $"{different}");
    }

    [Fact]
    public void Steps_can_be_chosen_and_change_the_result()
    {
        using var resolver = TestModels.Load(TestModels.Config(PgpInput.LatentAndDegraded, PgpPrediction.Epsilon, scale: 4, patch: 4, steps: 2), _backend);
        var source = TestPictures.Make(30, 30);
        Image two = resolver.Upscale(source), five = resolver.Upscale(source, new() { Steps = 5 });
        Assert.NotEqual(two.Bytes.Length, two.Bytes.CommonPrefixLength(five.Bytes));
    }
}
