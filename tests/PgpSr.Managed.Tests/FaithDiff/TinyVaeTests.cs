using System.Runtime.InteropServices;
using PgpSr.Cpu;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Safetensors;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>TAESDXL decodes in the place of FaithDiff's autoencoder, within what was planned.</summary>
public sealed class TinyVaeTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr-tiny").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Faithdiff_decodes_with_the_tiny_autoencoder_of_its_latents()
    {
        using var backend = CpuBackend.Create();
        var source = SmallFaithDiff.Picture(20, 14);
        using var large = SmallFaithDiff.Resolver(backend);
        using var small = new SuperResolver(new FaithDiffPipeline(
            new FaithDiffNetworks(SmallFaithDiff.Checkpoint(), backend, new TinyVaeFile(Write("taesdxl"))), backend));
        byte[] one = large.Upscale(source).Bytes.ToArray(), two = small.Upscale(source).Bytes.ToArray();
        Assert.Equal(one.Length, two.Length);
        Assert.NotEqual(one, two);
        var plan = small.Plan(20, 14);
        Assert.True(plan.MultiplyAdds < large.Plan(20, 14).MultiplyAdds);
        Assert.Equal(two, small.Upscale(source, new UpscaleOptions { MemoryBudget = plan.PeakBytes }).Bytes.ToArray());
        Assert.Contains("TAESD is for another space", Assert.Throws<ConfigException>(() => new FaithDiffNetworks(
            SmallFaithDiff.Checkpoint(), backend, new TinyVaeFile(Write("taesd")))).Message, StringComparison.Ordinal);
    }

    string Write(string name)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"),
            """{"encoder_block_out_channels": [8, 8, 8, 8], "decoder_block_out_channels": [8, 8, 8, 8]}""");
        var writer = new SafetensorsWriter();
        foreach (var (key, shape) in TinyAutoencoder.Declare(new TinyAutoencoderConfig { Channels = 8 }))
        {
            int[] axes = [.. Enumerable.Range(0, shape.Rank).Select(i => shape[i])];
            writer.Add(key, SafetensorsDType.Float32, [.. axes.Select(axis => (long)axis)],
                MemoryMarshal.AsBytes<float>(GeneratedWeights.Create(5, key, axes)).ToArray());
        }
        writer.Write(Path.Combine(folder, "diffusion_pytorch_model.safetensors"));
        return folder;
    }
}
