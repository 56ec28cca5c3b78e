using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Safetensors;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary><see cref="ModelOptions.Denoise"/> of this library's own models.</summary>
public sealed class DenoiseTests : IDisposable
{
    readonly CpuBackend _backend = CpuBackend.Create();
    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr").FullName;

    public void Dispose()
    {
        _backend.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.3f, 60)]
    [InlineData(1, 200)]
    public void A_model_is_told_of_the_damage_by_its_timestep(float damage, int timestep)
    {
        var config = TestModels.Residual with { DamageTimestep = 200 };
        var picture = TestPictures.Make(24, 20, 3);
        var told = Upscale(Save(config, "told"), picture, new ModelOptions { Denoise = damage });
        Assert.Equal(Upscale(Save(config with { Timestep = timestep, DamageTimestep = 0 }, "fixed"), picture, ModelOptions.Default), told);
        Assert.NotEqual(Upscale(Save(config, "told"), picture, ModelOptions.Default), told);
    }

    [Theory]
    [InlineData(0, 0.5f, "no adjustable denoising")]
    [InlineData(200, 1.5f, "expected 0 to 1")]
    [InlineData(200, float.NaN, "expected 0 to 1")]
    public void Other_models_and_other_values_are_refused(int damageTimestep, float damage, string expected)
    {
        string model = Save(TestModels.Residual with { DamageTimestep = damageTimestep }, "model");
        var error = Assert.Throws<ArgumentException>(() => SuperResolver.Load(model, _backend, new ModelOptions { Denoise = damage }));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(nameof(ModelOptions.Denoise), error.ParamName);
    }

    [Fact]
    public void A_model_says_what_it_was_told()
    {
        using var resolver = SuperResolver.Load(ModelCatalog.Default, _backend, new ModelOptions { Denoise = 0.5f });
        Assert.Equal("pgp-s1-x4-denoise-0.5", resolver.Model.Name);
    }

    byte[] Upscale(string file, Image picture, ModelOptions options)
    {
        using var resolver = SuperResolver.Load(file, _backend, options);
        return resolver.Upscale(picture, cancellation: TestContext.Current.CancellationToken).Bytes.ToArray();
    }

    string Save(PgpConfig config, string name)
    {
        string path = Path.Combine(_folder, name + ".safetensors");
        var declared = PgpModel.Declare(config);
        using var source = new GeneratedSource(7, declared);
        var writer = new SafetensorsWriter();
        writer.Metadata[PgpConfigJson.MetadataKey] = PgpConfigJson.Write(config);
        foreach (var tensor in declared)
        {
            long[] axes = [.. Enumerable.Range(0, tensor.Shape.Rank).Select(i => (long)tensor.Shape[i])];
            writer.Add(tensor.Name, SafetensorsDType.Float32, axes, source.Read(tensor.Name).Bytes.ToArray());
        }
        writer.Write(path);
        return path;
    }
}
