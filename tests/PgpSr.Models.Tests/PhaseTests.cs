using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Models.Tests;

public sealed class PhaseTests : IDisposable
{
    static readonly AutoencoderConfig s_encoder = new() { Channels = [32, 512], LayersPerBlock = 1 };

    readonly ReferenceBackend _backend = new();

    public void Dispose() => _backend.Dispose();

    [Theory]
    [InlineData(nameof(PhasePlacement.Stem), 6, 4)]
    [InlineData(nameof(PhasePlacement.Decoder), 6, 4)]
    [InlineData(nameof(PhasePlacement.Decoder), 5, 7)]
    public void An_adapter_changes_nothing_before_training(string placementName, int height, int width)
    {
        var placement = Enum.Parse<PhasePlacement>(placementName);
        float[] plain = Run(PhasePlacement.None, height, width, trained: false), untrained = Run(placement, height, width, trained: false);
        Assert.Equal(plain, untrained);
        Assert.NotEqual(plain, Run(placement, height, width, trained: true));
    }

    [Fact]
    public void Guidance_rows_share_the_stem_and_are_what_each_would_be_alone()
    {
        var config = Config(PhasePlacement.Stem);
        using var source = new GeneratedSource(1, FaithDiffModel.Declare(config));
        using var model = FaithDiffModel.Load(source, _backend, config);
        float[] one = Evaluate(model, 6, 4, 1), two = Evaluate(model, 6, 4, 2);
        Assert.Equal(one, two[..one.Length]);
        Assert.Equal(one, two[one.Length..]);
    }

    float[] Run(PhasePlacement placement, int height, int width, bool trained)
    {
        var config = Config(placement);
        using var source = new Untrained(new GeneratedSource(1, FaithDiffModel.Declare(config)), trained);
        using var model = FaithDiffModel.Load(source, _backend, config);
        return Evaluate(model, height, width, 2);
    }

    static FaithDiffConfig Config(PhasePlacement placement) => new() { Unet = Topologies.Tiny, LqEncoder = s_encoder, Phase = placement };

    float[] Evaluate(FaithDiffModel model, int height, int width, int rows)
    {
        using var ws = new Workspace(_backend, new WorkspaceOptions { Poison = true });
        var features = ws.Upload(new SeededData(4).Uniform(height * width * 512), new Shape(1, height, width, 512));
        var x = ws.Upload(new SeededData(1).Uniform(height * width * 4), new Shape(1, height, width, 4));
        return ws.Download(model.Forward(ws, x, model.Guide(ws, features), 7, TinyRun.Condition(ws, Topologies.Tiny, rows)));
    }

    // Generated weights, with the last convolution of every adapter zero as before training.
    sealed class Untrained(GeneratedSource generated, bool trained) : WeightSource
    {
        public override string Name => generated.Name;

        public override IEnumerable<string> Keys => generated.Keys;

        public override bool TryDescribe(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out WeightDescription? description) =>
            generated.TryDescribe(key, out description);

        public override HostTensor Read(string key)
        {
            var tensor = generated.Read(key);
            bool zero = !trained && key.StartsWith("phase_adapter", StringComparison.Ordinal) && key.Contains(".conv_2.", StringComparison.Ordinal);
            return zero ? new HostTensor(key, tensor.Type, tensor.Shape, new byte[tensor.Bytes.Length]) : tensor;
        }

        protected override void Dispose(bool disposing) => generated.Dispose();
    }
}
