using System.Collections.Immutable;

namespace PgpSr.Models;

/// <summary>AdcSR's publication: its names, and the topology that they show.</summary>
static class AdcSrTopology
{
    // Attention heads of Stable Diffusion 2.1 have 64 channels; the cut left their number and three quarters of their width.
    const int HeadChannels = 48;

    const string Unet = "unet.", Decoder = "decoder.";

    /// <summary>
    /// The name that a tensor of the released <c>net_params_200.pkl</c> has here, or null for one that is not used: every block is in it twice, under
    /// its own name and, sharing its numbers, under a running one.
    /// </summary>
    public static string? TranslateNetwork(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        const string module = "module.", network = "body.1.", again = "body.1.body.", middle = "body.2.";
        if (key.StartsWith(module, StringComparison.Ordinal)) key = key[module.Length..];
        if (key.StartsWith(again, StringComparison.Ordinal)) return null;
        if (key.StartsWith(network, StringComparison.Ordinal)) return Unet + key[network.Length..];
        return key.StartsWith(middle, StringComparison.Ordinal) ? $"{Decoder}mid_block.{key[middle.Length..]}" : key;
    }

    /// <summary>
    /// The name that a tensor of the released <c>halfDecoder.ckpt</c> has here, or null for one that is not used: what training kept beside the
    /// decoder, and the decoder's first layers, in whose place the network's own stand.
    /// </summary>
    public static string? TranslateDecoder(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        const string state = "state_dict.";
        if (!key.StartsWith(state + Decoder, StringComparison.Ordinal)) return null;
        string name = key[state.Length..];
        return name.StartsWith(Decoder + "conv_in.", StringComparison.Ordinal) || name.StartsWith(Decoder + "mid_block.", StringComparison.Ordinal)
            ? null : name;
    }

    /// <summary>Whether these are the keys of <c>net_params_200.pkl</c>.</summary>
    public static bool IsNetwork(IEnumerable<string> keys) => keys.Any(key => key is "module.body.1.conv_in.weight" or "body.1.conv_in.weight");

    /// <summary>Whether these are the keys of <c>halfDecoder.ckpt</c>.</summary>
    public static bool IsDecoder(IEnumerable<string> keys) => keys.Contains("state_dict.decoder.up_blocks.0.resnets.0.conv1.weight");

    /// <summary>Reads the topology off the keys.</summary>
    /// <param name="source">Both parts under the names used here.</param>
    /// <exception cref="ConfigException">They describe none, or not enough: head counts are in no key.</exception>
    public static AdcSrConfig Derive(WeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        // A view: the source stays the caller's.
        var unet = UnetTopology.Derive(RenamedSource.Under(source, Unet), AdcSrConfig.GroupChoices, HeadChannels);
        int odd = unet.Down.Concat(unet.Up).Where(stage => stage.TransformerDepths.Any(depth => depth >= 0)).Select(stage => stage.Channels)
            .Append(unet.Middle is { TransformerDepth: >= 0 } m ? m.Channels : 0).FirstOrDefault(channels => channels % HeadChannels != 0);
        if (odd > 0)
        {
            throw new ConfigException(source.Name,
                $"has a level of {odd} channels, not a multiple of the heads' {HeadChannels}: not the published AdcSR, and keys do not tell head counts");
        }
        var config = new AdcSrConfig { Unet = unet, Decoder = DeriveDecoder(source) };
        try
        {
            config.Validate();
        }
        catch (ArgumentException e)
        {
            throw new ConfigException(source.Name, $"the keys describe no AdcSR: {e.Message}");
        }
        return config;
    }

    static AutoencoderConfig DeriveDecoder(WeightSource source)
    {
        var channels = new List<int>();
        while (Outputs(source, $"{Decoder}up_blocks.{channels.Count}.resnets.0.conv1.weight") is { } outputs) channels.Add(outputs);
        int layers = 0;
        while (Outputs(source, $"{Decoder}up_blocks.0.resnets.{layers}.conv1.weight") is not null) layers++;
        if (channels.Count == 0) throw new ConfigException(source.Name, $"holds no {Decoder}up_blocks: the decoder's part is missing");
        channels.Reverse();
        return new AutoencoderConfig { Channels = [.. channels], LayersPerBlock = layers - 1 };
    }

    static int? Outputs(WeightSource source, string key) => source.TryDescribe(key, out var found) && found.Shape.Rank == 4 ? found.Shape[0] : null;
}
