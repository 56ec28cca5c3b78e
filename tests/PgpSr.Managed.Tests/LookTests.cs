using PgpSr.Cpu;
using PgpSr.Imaging;

namespace PgpSr.Managed.Tests;

/// <summary><see cref="ModelOptions.Look"/>: between a model and its vivid twin.</summary>
public sealed class LookTests : IDisposable
{
    const string Faithful = "pgp-s1-x4", Vivid = "pgp-s1-x4-vivid";

    readonly CpuBackend _backend = CpuBackend.Create();
    readonly Image _picture = TestPictures.Make(24, 20, 3);

    public void Dispose() => _backend.Dispose();

    [Theory]
    [InlineData(Faithful)]
    [InlineData(Vivid)]
    public void Both_ends_are_the_models_themselves(string model)
    {
        Assert.Equal(Upscale(Faithful, null), Upscale(model, 0));
        Assert.Equal(Upscale(Vivid, null), Upscale(model, 1));
        Assert.NotEqual(Upscale(Vivid, null), Upscale(Faithful, null));
    }

    [Fact]
    public void Between_them_the_picture_moves_from_one_to_the_other()
    {
        byte[] faithful = Upscale(Faithful, 0), vivid = Upscale(Faithful, 1);
        double[] distances = [.. ((float[])[0.25f, 0.5f, 0.75f]).Select(look => Distance(Upscale(Faithful, look), faithful))];
        Assert.True(0 < distances[0] && distances[0] < distances[1] && distances[1] < distances[2] && distances[2] < Distance(vivid, faithful));
        using var resolver = SuperResolver.Load(Vivid, _backend, new ModelOptions { Look = 0.25f });
        Assert.Equal("pgp-s1-x4-look-0.25", resolver.Model.Name);
    }

    [Theory]
    [InlineData("pgp-s1-x2", 0.5f, "no vivid twin")]
    [InlineData(Faithful, -0.5f, "expected 0 (faithful) to 1 (vivid)")]
    [InlineData(Faithful, float.NaN, "expected 0 (faithful) to 1 (vivid)")]
    public void Other_models_and_other_values_are_refused(string model, float look, string expected)
    {
        var error = Assert.Throws<ArgumentException>(() => SuperResolver.Load(model, _backend, new ModelOptions { Look = look }));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(nameof(ModelOptions.Look), error.ParamName);
    }

    [Fact]
    public void Options_that_the_pair_does_not_have_are_refused_beside_it()
    {
        foreach (var options in (ModelOptions[])[new() { Look = 0.5f, Vae = "tiny" }, new() { Look = 1, DetailStrength = 1 }])
            Assert.Throws<ArgumentException>(() => SuperResolver.Load(Faithful, _backend, options));
    }

    byte[] Upscale(string model, float? look)
    {
        using var resolver = SuperResolver.Load(model, _backend, new ModelOptions { Look = look });
        return resolver.Upscale(_picture, cancellation: TestContext.Current.CancellationToken).Bytes.ToArray();
    }

    static double Distance(byte[] a, byte[] b) => a.Zip(b).Sum(pair => Math.Abs(pair.First - pair.Second));
}
