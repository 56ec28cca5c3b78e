using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>A block of SDXL's networks on its own: resnet (with time), transformer (depth 1, with text), vae (the autoencoder's ResNet, without time).</summary>
sealed class Block(UnetConfig config, Func<Workspace, Tensor[], Tensor> run) : LoadedNetwork<UnetConfig>(config)
{
    const int Tokens = 77, HeadSize = 64;

    public static Network Of(string kind, int channels)
    {
        Block Build(WeightScope w, UnetConfig config)
        {
            switch (kind)
            {
                case "resnet":
                    var resnet = ResnetBlock.Load(w, channels, channels, config);
                    return new(config, (ws, inputs) => resnet.Forward(ws, inputs[0], inputs[1]));
                case "transformer":
                    var transformer = Transformer2d.Load(w, channels, channels / HeadSize, 1, config);
                    return new(config, (ws, inputs) => transformer.Forward(ws, inputs[0], new UnetCondition(inputs[1], null, [])));
                default:
                    var plain = ResnetBlock.Load(w, channels, channels, AutoencoderConfig.Sdxl.NormGroups, VaeEncoder.NormEpsilon);
                    return new(config, (ws, inputs) => plain.Forward(ws, inputs[0], null));
            }
        }

        IEnumerable<NetworkInput> Inputs(int side)
        {
            yield return new(1, 1, side, side, channels);
            if (kind == "resnet") yield return new(2, 1, UnetConfig.Sdxl.TimeChannels);
            if (kind == "transformer") yield return new(3, 1, Tokens, UnetConfig.Sdxl.ContextChannels);
        }

        return new($"{kind}-{channels}", () => WeightLoader.Declare<Block, UnetConfig>(UnetConfig.Sdxl, Build), (source, backend) =>
        {
            var block = WeightLoader.Load<Block, UnetConfig>(source, backend, UnetConfig.Sdxl, Build, default);
            return new(block, () => block.WeightBytes, Inputs, block.Run);
        })
        { IsBlock = true, HasAttention = kind == "transformer" };
    }

    Tensor Run(Workspace ws, Tensor[] inputs) => run(ws, inputs);
}
