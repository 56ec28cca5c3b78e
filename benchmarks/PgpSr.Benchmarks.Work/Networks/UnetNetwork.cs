using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>A UNet of Stable Diffusion's form, one row.</summary>
record UnetNetwork(string Name, UnetConfig Config) : Network(Name)
{
    const int Tokens = 77;

    public override ImmutableArray<TensorDeclaration> Tensors => Unet.Declare(Config);

    public override IEnumerable<(string, IEnumerable<TensorDeclaration>)> Files => [("unet/diffusion_pytorch_model.safetensors", Tensors)];

    public override IEnumerable<(string, string)> Configurations => [("unet/config.json", UnetConfigJson.WriteDiffusers(Config))];

    public override LoadedNetwork Load(WeightSource source, Backend backend)
    {
        var unet = Unet.Load(source, backend, Config);
        return new(unet, () => unet.WeightBytes, side => [NetworkInput.Noise("sample", 1, side, side, Config.InChannels), .. ConditionInputs(Config)],
            (ws, inputs) => unet.Forward(ws, inputs[0], 500, Condition(Config, inputs.AsSpan(1))));
    }

    /// <summary>Text states, then the pooled text, where the network takes them.</summary>
    protected static IEnumerable<NetworkInput> ConditionInputs(UnetConfig config)
    {
        if (config.ContextChannels > 0) yield return NetworkInput.Noise("context", 1, Tokens, config.ContextChannels);
        if (config.AddedCondition is { } added) yield return NetworkInput.Noise("pooled", 1, added.PooledChannels);
    }

    protected static UnetCondition Condition(UnetConfig config, ReadOnlySpan<Tensor> inputs) => new(
        config.ContextChannels == 0 ? null : inputs[0], config.AddedCondition is null ? null : inputs[^1],
        config.AddedCondition is null ? [] : [.. Enumerable.Repeat(1024f, AddedConditionConfig.Numbers)]);
}

/// <summary>FaithDiff: its stem and UNet; the file of what it adds beside the UNet's.</summary>
record FaithDiffNetwork(string Name, FaithDiffConfig Configuration) : UnetNetwork(Name, Configuration.Unet)
{
    public override ImmutableArray<TensorDeclaration> Tensors => FaithDiffModel.Declare(Configuration);

    public override IEnumerable<(string, IEnumerable<TensorDeclaration>)> Files
    {
        get
        {
            var unet = Unet.Declare(Config);
            var names = unet.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
            yield return ("unet/diffusion_pytorch_model.safetensors", unet);
            yield return ("faithdiff.safetensors", Tensors.Where(t => !names.Contains(t.Name)));
        }
    }

    public override LoadedNetwork Load(WeightSource source, Backend backend)
    {
        var model = FaithDiffModel.Load(source, backend, Configuration);
        return new(model, () => model.WeightBytes,
            side =>
            [
                NetworkInput.Noise("sample", 1, side, side, 4), NetworkInput.Noise("features", 1, side, side, Config.StemChannels),
                .. ConditionInputs(Config),
            ],
            (ws, inputs) => model.Forward(ws, inputs[0], inputs[1], 500, Condition(Config, inputs.AsSpan(2))));
    }
}
