using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Models;

namespace PgpSr.Managed.Tests;

public sealed class StepTests : IDisposable
{
    readonly CpuBackend _backend = CpuBackend.Create();

    public void Dispose() => _backend.Dispose();

    [Theory]
    [InlineData(nameof(PgpInput.Latent), nameof(PgpPrediction.Epsilon), 1, true)]
    [InlineData(nameof(PgpInput.LatentAndDegraded), nameof(PgpPrediction.Epsilon), 1, false)]
    [InlineData(nameof(PgpInput.LatentAndDegraded), nameof(PgpPrediction.Velocity), 1, true)]
    [InlineData(nameof(PgpInput.LatentAndDegraded), nameof(PgpPrediction.Epsilon), 3, false)]
    [InlineData(nameof(PgpInput.LatentAndDegraded), nameof(PgpPrediction.Velocity), 4, false)]
    public void Every_kind_of_small_model_runs_tiled_and_is_a_function_of_its_seed(string inputName, string predictionName, int steps, bool noised)
    {
        var prediction = Enum.Parse<PgpPrediction>(predictionName);
        var input = Enum.Parse<PgpInput>(inputName);
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
        using var resolver =
            TestModels.Load(TestModels.Config(PgpInput.LatentAndDegraded, PgpPrediction.Epsilon, scale: 4, patch: 4, steps: 2), _backend);
        var source = TestPictures.Make(30, 30);
        Image two = resolver.Upscale(source), five = resolver.Upscale(source, new() { Steps = 5 });
        Assert.NotEqual(two.Bytes.Length, two.Bytes.CommonPrefixLength(five.Bytes));
    }

    // A network that predicts no velocity turns the noise, without a look at it: what is added to the enlarged picture is that noise, in units of the
    // deviation.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_sampled_residual_is_added_to_the_enlarged_picture_in_units_of_its_deviation(int steps)
    {
        var config = TestModels.Config(PgpInput.LatentAndDegraded, PgpPrediction.Velocity, scale: 2, patch: 4, steps: 3);
        var source = TestPictures.Make(50, 38);
        var enlarged = Resizer.Resize(source, 100, 76, ResizeFilter.Bicubic);
        double Added(float deviation)
        {
            using var resolver = TestModels.Load(config with { ResidualDeviation = deviation }, _backend,
                (name, values) => name is "conv_out.weight" or "conv_out.bias" ? new float[values.Length] : values);
            var result = resolver.Upscale(source, new() { Steps = steps, Seed = 2 });
            double squares = 0;
            int count = 0;
            for (int i = 0; i < enlarged.Bytes.Length; i++)
            {
                if (enlarged.Bytes[i] is < 64 or > 191) continue;
                squares += Math.Pow(result.Bytes[i] - enlarged.Bytes[i], 2);
                count++;
            }
            return Math.Sqrt(squares / count);
        }
        double one = Added(0.1f);
        // Two roundings, of 1/sqrt(12) each, beside some gray levels.
        Assert.InRange(one, 0.5, 13);
        Assert.InRange(Added(0.2f) / one, 2 - 0.6 / one, 2 + 0.6 / one);
        Assert.InRange(Added(0.001f), 0, 0.6);
    }

    [Fact]
    public void A_sampler_of_residuals_runs_tiled_and_is_a_function_of_its_seed()
    {
        PgpConfig plain = TestModels.Config(PgpInput.LatentAndDegraded, PgpPrediction.Velocity, scale: 4, patch: 4, steps: 3);
        PgpConfig config = plain with { ResidualDeviation = 0.06f };
        using var resolver = TestModels.Load(config, _backend);
        var source = TestPictures.Make(151, 83);
        var options = new UpscaleOptions { Tile = 64, Seed = 5 };
        Assert.Equal(3, resolver.Plan(151, 83, options).Steps);
        var first = resolver.Upscale(source, options);
        Assert.Equal(new ImageInfo(604, 332, 3, 8), first.Info);
        TestPictures.AssertSame(first, resolver.Upscale(source, options));
        Assert.NotEqual(first.Bytes.Length, first.Bytes.CommonPrefixLength(resolver.Upscale(source, options with { Seed = 6 }).Bytes));
    }
}
