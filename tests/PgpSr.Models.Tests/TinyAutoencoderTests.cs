using System.Text.Json;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Models.Tests;

/// <summary>TAESD's files and configuration; its results are golden cases.</summary>
public sealed class TinyAutoencoderTests
{
    const long Seed = 84;

    [Fact]
    public void The_authors_pair_of_files_is_diffusers_one()
    {
        var tensors = TinyAutoencoder.Declare(TinyAutoencoderConfig.Taesd);
        string Half(string half, TensorDeclaration t) => t.Name[$"{half}.layers.".Length..];
        var encoder = tensors.Where(t => t.Name.StartsWith("encoder", StringComparison.Ordinal)).Select(t => t with { Name = Half("encoder", t) });
        // His decoder's layer 0 squeezes the latent, so that every other number is one higher.
        var decoder = tensors.Where(t => t.Name.StartsWith("decoder", StringComparison.Ordinal)).Select(t => Half("decoder", t) is var name
            ? t with { Name = int.Parse(name.Split('.')[0], null) + 1 + name[name.IndexOf('.', StringComparison.Ordinal)..] } : t);
        using var joined = TinyAutoencoder.Join(new GeneratedSource(1, encoder), new GeneratedSource(2, decoder));
        using var backend = new ReferenceBackend();
        using var vae = TinyAutoencoder.Load(joined, backend, TinyAutoencoderConfig.Taesd);
        Assert.Equal(1_222_532 + 1_222_531, vae.ParameterCount);
    }

    [Fact]
    public void A_published_decoders_tensors_are_found()
    {
        using var source = TinyAutoencoder.Join(new GeneratedSource(1, []), CheckpointFile.Open(Goldens.Checkpoint("taesd_decoder_excerpt.pth")));
        var known = TinyAutoencoder.Declare(TinyAutoencoderConfig.Taesd).ToDictionary(t => t.Name, t => t.Shape);
        Assert.Equal(10, source.Keys.Count());
        foreach (string key in source.Keys)
        {
            var tensor = source.Read(key);
            Assert.Equal((known[key], DType.F16), (tensor.Shape, tensor.Type));
            float[] values = GeneratedWeights.Create(Seed, key, [.. Enumerable.Range(0, tensor.Shape.Rank).Select(i => known[key][i])]);
            Assert.Equal(values.Select(v => (float)(Half)v), tensor.ToArray());
        }
    }

    [Theory]
    [InlineData("""{"act_fn": "silu"}""", "act_fn")]
    [InlineData("""{"scaling_factor": 0.18215}""", "scaling_factor")]
    [InlineData("""{"upsample_fn": "bilinear"}""", "upsample_fn")]
    [InlineData("""{"encoder_block_out_channels": [64, 128, 64, 64]}""", "encoder_block_out_channels")]
    [InlineData("""{"decoder_block_out_channels": [32, 32, 32, 32]}""", "decoder_block_out_channels")]
    [InlineData("""{"num_decoder_blocks": [3, 1]}""", "num_decoder_blocks")]
    public void A_setting_of_another_network_is_refused_by_its_name(string json, string setting)
    {
        using var document = JsonDocument.Parse(json);
        var error = Assert.Throws<ConfigException>(() => TinyAutoencoderConfig.Read(document.RootElement));
        Assert.Contains(setting, error.Message, StringComparison.Ordinal);
    }
}
