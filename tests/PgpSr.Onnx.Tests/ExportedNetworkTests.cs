using PgpSr.Cpu;
using PgpSr.Models;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Onnx.Tests;

/// <summary>Networks are exported at one size and run by ONNX Runtime at others: the results are the CPU backend's.</summary>
public sealed class ExportedNetworkTests
{
    // Both compute in float32 and sum in other orders, over some thirty layers: 1e-5 of the root mean square is met by all, Winograd's digits included.
    const double Allowed = 1e-4;

    static readonly UnetConfig s_unet = new()
    {
        Down = [new(32, 2, [1], true), new(64, 2, [1], false)],
        Middle = new(64, 2, 1),
        Up = [new(64, 2, [1, 1], true), new(32, 2, [1, 1], false)],
        ContextChannels = 48,
        AddedCondition = new(8, 16),
    };

    [Theory, InlineData(4), InlineData(2), InlineData(1)]
    public void Residual_dense_blocks(int scale)
    {
        var config = new RrdbConfig(scale, Features: 16, Blocks: 2, Growth: 8);
        Same(RrdbNet.Declare(config), (source, backend) => Upscaler(RrdbNet.Load(source, backend, config)), side => [("picture", new Shape(1, side, side + 4, 3))]);
    }

    [Theory, InlineData(nameof(SrVggActivation.PRelu)), InlineData(nameof(SrVggActivation.Relu)), InlineData(nameof(SrVggActivation.LeakyRelu))]
    public void Compact_networks(string activationName)
    {
        var activation = Enum.Parse<SrVggActivation>(activationName);
        var config = new SrVggConfig(4, Features: 16, Convolutions: 3, activation);
        Same(SrVggNet.Declare(config), (source, backend) => Upscaler(SrVggNet.Load(source, backend, config)), side => [("picture", new Shape(1, side, side + 4, 3))]);
    }

    [Fact]
    public void A_UNet_with_text_and_sizes() => Same(Unet.Declare(s_unet), (source, backend) =>
    {
        var unet = Unet.Load(source, backend, s_unet);
        return (unet, (ws, inputs) => unet.Forward(ws, inputs[0], 500, new UnetCondition(inputs[1], inputs[2], [256, 256, 0, 0, 256, 256])));
    }, side => [("sample", new Shape(1, side, side + 4, 4)), ("context", new Shape(1, side + 3, 48)), ("pooled", new Shape(1, 16))]);

    [Fact]
    public void An_autoencoder_decodes()
    {
        var config = new AutoencoderConfig { Channels = [32, 64], LayersPerBlock = 1 };
        Same(AutoencoderKl.Declare(config), (source, backend) =>
        {
            var vae = AutoencoderKl.Load(source, backend, config);
            return (vae, (ws, inputs) => vae.Decode(ws, inputs[0]));
        }, side => [("latent", new Shape(1, side, side + 4, 4))]);
    }

    [Theory, InlineData(nameof(PhasePlacement.None)), InlineData(nameof(PhasePlacement.Stem)), InlineData(nameof(PhasePlacement.Decoder))]
    public void Small_models_with_phase_exchange(string phaseName)
    {
        var phase = Enum.Parse<PhasePlacement>(phaseName);
        var config = new PgpConfig
        {
            Unet = s_unet with { InChannels = 3, OutChannels = 48, ContextChannels = 0, AddedCondition = null, NormGroups = 8 },
            Phase = phase,
            GuideChannels = 16,
        };
        Same(PgpModel.Declare(config), (source, backend) =>
        {
            var model = PgpModel.Load(source, backend, config);
            return (model, (ws, inputs) => model.Forward(ws, inputs[0], model.Guide(ws, inputs[0]), 999));
        }, side => [("degraded", new Shape(1, side, side + 4, 3))]);
    }

    [Theory, InlineData(DType.F16), InlineData(DType.BF16)]
    public void Narrow_weights_keep_their_values(DType type)
    {
        var config = new SrVggConfig(2, Features: 16, Convolutions: 2);
        Same(SrVggNet.Declare(config), (source, backend) => Upscaler(SrVggNet.Load(source, backend, config)),
            side => [("picture", new Shape(1, side, side, 3))], type);
    }

    [Fact]
    public void What_reads_values_back_is_refused_by_name()
    {
        using var source = new GeneratedSource(1, TinyAutoencoder.Declare(TinyAutoencoderConfig.Taesd));
        var problem = Assert.Throws<OnnxException>(() => OnnxExport.Record(new OnnxModel(), backend =>
        {
            var tiny = TinyAutoencoder.Load(source, backend, TinyAutoencoderConfig.Taesd);
            return (tiny, (ws, inputs) => tiny.Decode(ws, inputs[0]));
        }, () => [new("latent", new Shape(1, 8, 8, 4))]));
        Assert.Equal("download", problem.Operation);
    }

    static (IDisposable, Func<Workspace, Tensor[], Tensor>) Upscaler(IPixelUpscaler network) => (network, (ws, inputs) => network.Forward(ws, inputs[0]));

    static void Same(
        IEnumerable<TensorDeclaration> tensors, Func<WeightSource, Backend, (IDisposable Network, Func<Workspace, Tensor[], Tensor> Forward)> load,
        Func<int, (string Name, Shape Shape)[]> inputs, DType type = DType.F32)
    {
        using var source = new GeneratedSource(1, tensors, type: type);
        var model = new OnnxModel();
        OnnxExport.Record(model, backend => load(source, backend), () => inputs(8).Select(input => new OnnxInput(input.Name, input.Shape)));
        byte[] bytes = model.ToBytes(OnnxRecorder.Opset);
        using var cpu = CpuBackend.Create(new CpuBackendOptions { Threads = 1 });
        var (network, forward) = load(source, cpu);
        using (network)
        using (var runtime = new RuntimeModel(bytes))
        {
            // The recorded size, and others.
            foreach (int side in (int[])[8, 16, 20])
            {
                RuntimeTensor[] values = [.. inputs(side).Select((input, i) => RuntimeTensor.Random(input.Name, input.Shape, i + 1))];
                using var ws = new Workspace(cpu);
                using var scope = ws.Scope();
                Tensor expected = forward(ws, [.. values.Select(value => ws.Upload(value.ChannelsLast, value.Shape))]);
                double difference = RuntimeTensor.Difference(runtime.Run(values, expected.Shape), ws.Download(expected));
                Assert.True(difference <= Allowed, $"{side}: {difference:E1}");
            }
        }
    }
}
