using PgpSr.Models;
using PgpSr.Safetensors;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Pruning.Tests;

/// <summary>AdcSR is published in two files, which become one.</summary>
public sealed class AdcSrTests
{
    static readonly AdcSrConfig s_config = AdcSrCases.Narrow;

    [Fact]
    public void Two_published_files_become_one_of_another_width()
    {
        using var folder = new TestFolder();
        string whole = folder["adcsr.safetensors"], parts = folder["parts"];
        AdcSrCases.Publish(parts, AdcSrCases.Narrow, seed: 1);
        var (tensors, converted) = Converter.Run(parts, SafetensorsDType.Float16, whole);
        Assert.Equal((AdcSrModel.Declare(s_config).Length, tensors), (tensors, converted));
        using var file1 = SafetensorsFile.Open(whole);
        Assert.Equal(s_config, AdcSrConfigJson.Read(file1.Metadata[AdcSrConfigJson.MetadataKey], whole));
        using var source = SafetensorsSource.Open(whole);
        using var backend = new ReferenceBackend();
        using var model = AdcSrModel.Load(source, backend, s_config);
        foreach (var checkpoint in (Checkpoint[])[Checkpoint.Open(parts), Checkpoint.Open(whole)])
        {
            using (checkpoint)
            {
                Assert.Equal((CheckpointKind.AdcSr, model.ParameterCount), (checkpoint.Kind, checkpoint.ParameterCount));
                // What the tree counts is what a run does.
                var plan = Workspace.Plan(backend, ws =>
                {
                    using var scope = ws.Scope("count");
                    model.Forward(ws, ws.Rent(new Shape(1, 32, 32, 3)));
                });
                var tree = ModelTree.Of(checkpoint, side: 128);
                Assert.Equal(plan.MultiplyAdds, tree.MultiplyAdds + tree.MultiplyAddsOnce);
            }
        }
        // A part alone is no model.
        File.Delete(Path.Combine(parts, AdcSrCases.DecoderFile));
        Assert.Contains("without its decoder", Assert.Throws<ConfigException>(() => Converter.Run(parts, null, folder["x.safetensors"])).Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(folder["x.safetensors"]));
    }
}
