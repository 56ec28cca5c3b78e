using System.Runtime.InteropServices;
using PgpSr.Safetensors;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Models.Tests;

/// <summary>Files of the Real-ESRGAN family give the network that their publisher saved.</summary>
public sealed class RealEsrganTests : IDisposable
{
    const long Seed = 83;

    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr-realesrgan").FullName;
    readonly ReferenceBackend _backend = new();

    public void Dispose()
    {
        _backend.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("realesrgan_params_ema.pth")]
    [InlineData("realesrgan_params.pth")]
    [InlineData("esrgan_old.pth")]
    [InlineData("esrgan_old_legacy_format.pth")]
    public void Every_published_layout_gives_the_same_network(string file)
    {
        using var source = RealEsrgan.Open(Goldens.Checkpoint(file));
        using var network = Assert.IsType<RrdbNet>(RealEsrgan.Load(source, _backend));
        Assert.Equal(new RrdbConfig(4, Features: 8, Blocks: 2, Growth: 4), network.Config);
        IsGenerated(source, RrdbNet.Declare(network.Config));
    }

    [Fact]
    public void The_compact_network_is_told_by_its_keys()
    {
        using var source = RealEsrgan.Open(Goldens.Checkpoint("srvgg_params.pth"));
        using var network = Assert.IsType<SrVggNet>(RealEsrgan.Load(source, _backend));
        Assert.Equal(new SrVggConfig(4, Features: 8, Convolutions: 3), network.Config);
        IsGenerated(source, SrVggNet.Declare(network.Config));
    }

    [Theory]
    [InlineData("params_ema.", "RRDB_trunk.{0}.RDB{1}.conv{2}", "trunk_conv", "upconv", "HRconv")]
    [InlineData("module.", "RRDB_trunk.{0}.RDB{1}.conv{2}", "trunk_conv", "upconv", "HRconv")]
    [InlineData("params.module.", "body.{0}.rdb{1}.conv{2}", "conv_body", "conv_up", "conv_hr")]
    public void Other_names_and_wrappers_are_understood_in_safetensors_too(string prefix, string block, string trunk, string up, string hr)
    {
        var config = new RrdbConfig(2, Features: 4, Blocks: 3, Growth: 2);
        string path = Save("x.safetensors", config, name =>
        {
            string[] parts = name.Split('.');
            return prefix + (parts[0] switch
            {
                "body" => string.Format(null, System.Text.CompositeFormat.Parse(block), parts[1], parts[2][3..], parts[3][4..]) + "." + parts[4],
                _ => name.Replace("conv_body", trunk, StringComparison.Ordinal).Replace("conv_up", up, StringComparison.Ordinal)
                    .Replace("conv_hr", hr, StringComparison.Ordinal),
            });
        });
        using var source = RealEsrgan.Open(path);
        using var network = Assert.IsType<RrdbNet>(RealEsrgan.Load(source, _backend));
        Assert.Equal(config, network.Config);
        IsGenerated(source, RrdbNet.Declare(config));
    }

    [Theory]
    [InlineData(0, "2", "4")]
    [InlineData(1, "5", "7")]
    [InlineData(2, "8", "10")]
    [InlineData(3, "11", "13")]
    public void The_numbers_of_the_first_release_tell_how_often_it_enlarges(int enlargements, string hr, string last)
    {
        var config = new RrdbConfig(1 << enlargements, Features: 4, Blocks: 2, Growth: 2, enlargements);
        string path = Save("numbered.safetensors", config, name => name.Split('.') switch
        {
            ["body", var block, var dense, var conv, var parameter] => $"model.1.sub.{block}.{dense.ToUpperInvariant()}.{conv}.0.{parameter}",
            ["conv_first", var parameter] => "model.0." + parameter,
            ["conv_body", var parameter] => "model.1.sub.2." + parameter,
            ["conv_hr", var parameter] => $"model.{hr}.{parameter}",
            ["conv_last", var parameter] => $"model.{last}.{parameter}",
            [var up, var parameter] => $"model.{3 * (up[^1] - '0')}.{parameter}",
            _ => throw new ArgumentException(name),
        });
        using var source = RealEsrgan.Open(path);
        using var network = Assert.IsType<RrdbNet>(RealEsrgan.Load(source, _backend));
        Assert.Equal(config, network.Config);
        IsGenerated(source, RrdbNet.Declare(config));
        using var ws = new Workspace(_backend);
        Assert.Equal(new Shape(1, 3 << enlargements, 2 << enlargements, 3), network.Forward(ws, ws.Upload(new float[18], new Shape(1, 3, 2, 3))).Shape);
    }

    [Fact]
    public void One_enlargement_is_BSRGANx2()
    {
        var config = new RrdbConfig(2, Features: 4, Blocks: 1, Growth: 2, Enlargements: 1);
        string path = Save("bsrgan.safetensors", config, name => name.Replace("conv_up", "upconv", StringComparison.Ordinal)
            .Replace("conv_hr", "HRconv", StringComparison.Ordinal).Replace("conv_body", "trunk_conv", StringComparison.Ordinal));
        using var source = RealEsrgan.Open(path);
        using var network = RealEsrgan.Load(source, _backend);
        Assert.Equal(config, Assert.IsType<RrdbNet>(network).Config);
        Assert.Equal((2, 1), (network.Scale, network.Multiple));
        Assert.Throws<ArgumentException>(() => RrdbNet.Declare(config with { Scale = 3 }));
        Assert.Throws<ArgumentException>(() => RrdbNet.Declare(config with { Scale = 4 }));
    }

    [Fact]
    public void Averaged_weights_come_before_the_last_ones()
    {
        var config = new RrdbConfig(4, Features: 4, Blocks: 1, Growth: 2);
        var writer = new SafetensorsWriter();
        foreach (var (name, shape) in RrdbNet.Declare(config))
        {
            long[] axes = [.. Enumerable.Range(0, shape.Rank).Select(i => (long)shape[i])];
            writer.Add("params." + name, SafetensorsDType.Float32, axes, new byte[4 * shape.Count]);
            float[] values = GeneratedWeights.Create(Seed, name, [.. axes.Select(axis => (int)axis)]);
            writer.Add("params_ema." + name, SafetensorsDType.Float32, axes, MemoryMarshal.AsBytes<float>(values).ToArray());
        }
        string path = Path.Combine(_folder, "both.safetensors");
        writer.Write(path);
        using var source = RealEsrgan.Open(path);
        IsGenerated(source, RrdbNet.Declare(config));
        using var network = RealEsrgan.Load(source, _backend);
        Assert.Equal((4, 1), (network.Scale, network.Multiple));
    }

    [Fact]
    public void Denoising_is_a_mix_of_two_networks()
    {
        var config = new SrVggConfig(2, Features: 4, Convolutions: 1);
        var tensors = SrVggNet.Declare(config);
        using var mixed = new InterpolatedSource(new GeneratedSource(1, tensors), new GeneratedSource(2, tensors), 0.3f);
        using GeneratedSource first = new(1, tensors), second = new(2, tensors);
        foreach (var (name, _) in tensors)
        {
            float[] a = first.Read(name).ToArray(), b = second.Read(name).ToArray();
            Tolerance.Roundings(2, 1e-7).Assert(name, [.. a.Zip(b, (x, y) => (float)(0.3 * x + 0.7 * y))], mixed.Read(name).ToArray());
        }
        using var network = RealEsrgan.Load(mixed, _backend);
        Assert.Equal(2, network.Scale);
        // One network of two is no mix.
        var fewer = new GeneratedSource(2, tensors.RemoveAt(0));
        using var torn = new InterpolatedSource(new GeneratedSource(1, tensors), fewer, 0.3f);
        Assert.Throws<WeightsException>(() => SrVggNet.Load(torn, _backend, config));
    }

    [Fact]
    public void Other_files_are_refused_by_what_they_hold()
    {
        using var unet = new GeneratedSource(1, Unet.Declare(Topologies.Tiny));
        Assert.Contains("RRDBNet", Assert.Throws<ConfigException>(() => RealEsrgan.Load(unet, _backend)).Message, StringComparison.Ordinal);
        using var plain = new GeneratedSource(1, SrVggNet.Declare(new SrVggConfig(2, 4, 1, SrVggActivation.Relu)));
        Assert.Contains("slopes", Assert.Throws<ConfigException>(() => RealEsrgan.Load(plain, _backend)).Message, StringComparison.Ordinal);
        using var gray = new GeneratedSource(1, [new("conv_first.weight", new Shape(8, 1, 3, 3))]);
        Assert.Contains("1 channels", Assert.Throws<ConfigException>(() => RealEsrgan.Load(gray, _backend)).Message, StringComparison.Ordinal);
        string path = Path.Combine(_folder, "twice.safetensors");
        var writer = new SafetensorsWriter();
        foreach (string name in (string[])["HRconv.bias", "conv_hr.bias"]) writer.Add(name, SafetensorsDType.Float32, [1], new byte[4]);
        writer.Write(path);
        Assert.Throws<ConfigException>(() => RealEsrgan.Open(path));
    }

    string Save(string file, RrdbConfig config, Func<string, string> rename)
    {
        var writer = new SafetensorsWriter();
        foreach (var (name, shape) in RrdbNet.Declare(config))
        {
            int[] axes = [.. Enumerable.Range(0, shape.Rank).Select(i => shape[i])];
            writer.Add(rename(name), SafetensorsDType.Float32, [.. axes.Select(axis => (long)axis)],
                MemoryMarshal.AsBytes<float>(GeneratedWeights.Create(Seed, name, axes)).ToArray());
        }
        string path = Path.Combine(_folder, file);
        writer.Write(path);
        return path;
    }

    static void IsGenerated(WeightSource source, IReadOnlyList<TensorDeclaration> tensors)
    {
        Assert.Equal(tensors.Select(t => t.Name).Order(StringComparer.Ordinal), source.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, shape) in tensors)
        {
            int[] axes = [.. Enumerable.Range(0, shape.Rank).Select(i => shape[i])];
            Assert.Equal(GeneratedWeights.Create(Seed, name, axes), source.Read(name).ToArray());
        }
    }
}
