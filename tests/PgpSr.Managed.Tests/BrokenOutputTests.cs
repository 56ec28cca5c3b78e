using PgpSr.Cpu;
using PgpSr.Imaging;

namespace PgpSr.Managed.Tests;

public sealed class BrokenOutputTests : IDisposable
{
    readonly CpuBackend _backend = CpuBackend.Create();
    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr").FullName;

    public void Dispose()
    {
        _backend.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Numbers_that_are_not_finite_are_refused() =>
        Refused((name, values) => name == "conv_out.weight" ? Filled(values, float.MaxValue) : values, "NaN or infinity");

    [Fact]
    public void A_prediction_that_is_the_same_everywhere_is_refused() =>
        Refused((name, values) => name is "conv_out.weight" or "conv_out.bias" ? Filled(values, 0.01f * (name == "conv_out.bias" ? 1 : 0)) : values,
            "a single value");

    [Fact]
    public void A_picture_that_is_white_all_over_is_refused() =>
        Refused((name, values) => name == "conv_out.bias" ? Filled(values, 50) : TestModels.Quiet(name, values), "a single value");

    [Fact]
    public void A_blank_page_may_become_white_all_over()
    {
        using var resolver = TestModels.Load(TestModels.Residual, _backend,
            (name, values) => name == "conv_out.bias" ? Filled(values, 50) : TestModels.Quiet(name, values));
        var source = new Image(70, 70, 3);
        var random = new Random(1);
        for (int i = 0; i < source.Bytes.Length; i++) source.Bytes[i] = (byte)(255 - random.Next(4));
        var result = resolver.Upscale(source);
        Assert.Equal(-1, result.Bytes.IndexOfAnyExcept(byte.MaxValue));
    }

    void Refused(Func<string, float[], float[]> change, string reason)
    {
        using var resolver = TestModels.Load(TestModels.Residual, _backend, change);
        var source = TestPictures.Make(70, 70);
        var error = Assert.Throws<BrokenOutputException>(() => resolver.Upscale(source));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("test", error.Message, StringComparison.Ordinal);
        // With a file: nothing is left of it, and what was there before is still there.
        string from = Path.Combine(_folder, "source.png"), to = Path.Combine(_folder, "result.png");
        source.Save(from);
        File.WriteAllText(to, "before");
        Assert.Throws<BrokenOutputException>(() => resolver.UpscaleFile(from, to, new() { Tile = 64 }));
        Assert.Equal("before", File.ReadAllText(to));
        Assert.Equal(["result.png", "source.png"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
    }

    static float[] Filled(float[] values, float value)
    {
        Array.Fill(values, value);
        return values;
    }
}
