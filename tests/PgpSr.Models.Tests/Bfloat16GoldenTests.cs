using PgpSr.Cpu;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Models.Tests;

/// <summary>SDXL-form networks with products of bfloat16 factors, beside the same backend in float32.</summary>
public sealed class Bfloat16GoldenTests
{
    // Unit roundoff of 8 bits. Two factors, each off by at most that, uniformly: their product by less than it, root mean square, and so is a sum of many.
    const double Roundoff = 1.0 / (1 << 8);

    public static IEnumerable<TheoryDataRow<string>> Cases => Goldens.Of(GoldenKinds.Unet).Select(path => new TheoryDataRow<string>(path));

    /// <summary>
    /// Every rounded product on the way is off by <see cref="Roundoff"/> of its size, and the layers after it, whose norms restore unit size, pass that on.
    /// The roundings are independent, so their squares add; no value of thousands is further off than six times that.
    /// </summary>
    [Theory(SkipTestWithoutData = true), MemberData(nameof(Cases))]
    public void A_unet_is_off_by_its_roundings(string path)
    {
        using var golden = GoldenCase.Open(path);
        using var rounding = CpuBackend.Create(new CpuBackendOptions { Precision = CpuPrecision.BF16 });
        if (rounding.PrecisionRefusal is { } refusal) Assert.Skip(refusal);
        using var single = CpuBackend.Create();
        float[] expected = Run(golden, single), actual = Run(golden, rounding);
        Assert.NotEqual(expected, actual);
        double bound = Roundoff * Math.Sqrt(Products(UnetConfigJson.Read(golden.Config, golden.Name)));
        var report = Tolerance.ForUnitSize(6 * bound, expected).Assert($"{golden.Name} on {rounding.Name}", expected, actual);
        double rms = Math.Sqrt(actual.Zip(expected, (a, b) => ((double)a - b) * (a - b)).Average());
        TestContext.Current.TestOutputHelper?.WriteLine($"{golden.Name} on {rounding.Name}: rms {rms:E1} of {bound:E1}; {report}");
        Assert.InRange(rms, 0, bound * Math.Max(1, Math.Sqrt(expected.Average(x => (double)x * x))));
    }

    // Rounded products one after the other: two for a ResNet (its timestep, its shortcut), two around a transformer, ten in each of its blocks (queries or
    // keys or values, scores, sums of values, projection, twice; two of the feed-forward), four of the embeddings. 3x3 convolutions are not rounded.
    static int Products(UnetConfig config)
    {
        int Layer(int depth) => 2 + (depth < 0 ? 0 : 2 + 10 * depth);
        int stages = config.Down.Concat(config.Up).Sum(stage => stage.TransformerDepths.Sum(Layer));
        return 4 + stages + (config.Middle is { } middle ? 2 + Layer(middle.TransformerDepth) : 0);
    }

    static float[] Run(GoldenCase golden, CpuBackend backend)
    {
        using var ws = new Workspace(backend);
        var config = UnetConfigJson.Read(golden.Config, golden.Name);
        using var source = new GeneratedSource(golden.Seed, Unet.Declare(config));
        using var unet = Unet.Load(source, backend, config);
        var sample = unet.Forward(ws, golden.UploadMap(ws, "input.sample"), golden.Singles("input.timestep")[0], GoldenTests.Condition(golden, ws));
        return FeatureMaps.Download(ws, sample);
    }
}
