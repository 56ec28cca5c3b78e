using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>A block of SDXL's networks on its own: resnet (with time), transformer (depth 1, with text), vae (the autoencoder's ResNet, without time).</summary>
sealed class Block(UnetConfig config, Func<Workspace, Tensor[], Tensor> run) : LoadedNetwork<UnetConfig>(config)
{
    const int Tokens = 77, HeadSize = 64;

    public static Network Of(string kind, int channels) => Network.Of(
        $"{kind}-{channels}", UnetConfig.Sdxl, config => WeightLoader.Declare<Block, UnetConfig>(config, (w, c) => new(c, Run(kind, channels, w, c))),
        (source, backend, config, cancel) => WeightLoader.Load<Block, UnetConfig>(source, backend, config, (w, c) => new(c, Run(kind, channels, w, c)), cancel),
        side => [new(1, side, side, channels), .. Beside(kind)], (block, ws, inputs) => block.Forward(ws, inputs)) with
    { IsBlock = true, HasAttention = kind == "transformer" };

    Tensor Forward(Workspace ws, Tensor[] inputs) => run(ws, inputs);

    static Shape[] Beside(string kind) => kind switch
    {
        "resnet" => [new(1, UnetConfig.Sdxl.TimeChannels)],
        "transformer" => [new(1, Tokens, UnetConfig.Sdxl.ContextChannels)],
        _ => [],
    };

    static Func<Workspace, Tensor[], Tensor> Run(string kind, int channels, WeightScope w, UnetConfig config)
    {
        if (kind == "transformer")
        {
            var transformer = Transformer2d.Load(w, channels, channels / HeadSize, 1, config);
            return (ws, inputs) => transformer.Forward(ws, inputs[0], new UnetCondition(inputs[1], null, []));
        }
        var resnet = kind == "resnet" ? ResnetBlock.Load(w, channels, channels, config)
            : ResnetBlock.Load(w, channels, channels, AutoencoderConfig.Sdxl.NormGroups, VaeEncoder.NormEpsilon);
        return (ws, inputs) => resnet.Forward(ws, inputs[0], inputs.ElementAtOrDefault(1));
    }
}
