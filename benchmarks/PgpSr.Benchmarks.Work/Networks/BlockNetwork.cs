using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>A block of SDXL's networks on its own.</summary>
/// <param name="Kind">resnet (with time), transformer (depth 1, with text), vae (the autoencoder's ResNet, without time).</param>
/// <param name="Channels">In and out.</param>
sealed record BlockNetwork(string Kind, int Channels) : Network($"{Kind}-{Channels}")
{
    const int Tokens = 77, HeadSize = 64;

    public override bool IsBlock => true;

    public override ImmutableArray<TensorDeclaration> Tensors => WeightLoader.Declare<Block, UnetConfig>(UnetConfig.Sdxl, Build);

    public override LoadedNetwork Load(WeightSource source, Backend backend)
    {
        var block = WeightLoader.Load<Block, UnetConfig>(source, backend, UnetConfig.Sdxl, Build, default);
        return new(block, () => block.WeightBytes, Inputs, block.Run);
    }

    Block Build(WeightScope w, UnetConfig config)
    {
        Func<Workspace, Tensor[], Tensor> run;
        switch (Kind)
        {
            case "resnet":
                var resnet = ResnetBlock.Load(w, Channels, Channels, config);
                run = (ws, inputs) => resnet.Forward(ws, inputs[0], inputs[1]);
                break;
            case "transformer":
                var transformer = Transformer2d.Load(w, Channels, Channels / HeadSize, 1, config);
                run = (ws, inputs) => transformer.Forward(ws, inputs[0], new UnetCondition(inputs[1], null, []));
                break;
            default:
                var plain = ResnetBlock.Load(w, Channels, Channels, AutoencoderConfig.Sdxl.NormGroups, VaeEncoder.NormEpsilon);
                run = (ws, inputs) => plain.Forward(ws, inputs[0], null);
                break;
        }
        return new Block(config, run);
    }

    IEnumerable<NetworkInput> Inputs(int side)
    {
        yield return NetworkInput.Noise("map", 1, side, side, Channels);
        if (Kind == "resnet") yield return NetworkInput.Noise("time", 1, UnetConfig.Sdxl.TimeChannels);
        if (Kind == "transformer") yield return NetworkInput.Noise("context", 1, Tokens, UnetConfig.Sdxl.ContextChannels);
    }

    sealed class Block(UnetConfig config, Func<Workspace, Tensor[], Tensor> run) : LoadedNetwork<UnetConfig>(config)
    {
        public Tensor Run(Workspace ws, Tensor[] inputs) => run(ws, inputs);
    }
}
