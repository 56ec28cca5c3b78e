using System.Globalization;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>
/// The networks of Real-ESRGAN and its relatives, recognized by their keys: ESRGAN's first release, the form of 2019 (BSRGAN), BasicSR's, and the
/// compact ones; alone or wrapped in <c>params_ema</c> (preferred) or <c>params</c>.
/// </summary>
static class RealEsrgan
{
    // The first convolutions of the two networks, and where ESRGAN's first release kept its blocks.
    const string First = "conv_first.weight", Stem = "body.0.weight", OldTrunk = "model.1.sub.";

    // Names of layers outside the blocks in the form of 2019.
    static readonly Dictionary<string, string> s_layers = new(StringComparer.Ordinal)
    {
        ["trunk_conv"] = "conv_body",
        ["upconv1"] = "conv_up1",
        ["upconv2"] = "conv_up2",
        ["upconv3"] = "conv_up3",
        ["HRconv"] = "conv_hr",
    };

    /// <summary>Opens a <c>.pth</c> or safetensors file under BasicSR's names.</summary>
    /// <exception cref="PgpSrException">The file breaks a rule of its format.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ConfigException">Two tensors have one name.</exception>
    public static WeightSource Open(string path)
    {
        var source = CheckpointFile.Open(path);
        try
        {
            return Rename(source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>A checkpoint of any of the forms, under BasicSR's names.</summary>
    /// <param name="source">Disposed with the result.</param>
    public static WeightSource Rename(WeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new RenamedSource(source, Names(source.Keys));
    }

    /// <summary>Gives the name that BasicSR has for a key of a checkpoint, or null for one beside the network that is read.</summary>
    /// <param name="keys">All keys of the checkpoint.</param>
    public static Func<string, string?> Names(IEnumerable<string> keys)
    {
        string[] all = [.. keys];
        string prefix = Prefix(all);
        int trunk = all.Select(key => Strip(key, prefix) is { } bare && bare.StartsWith(OldTrunk, StringComparison.Ordinal)
            ? Number(bare.Split('.')[3]) : -1).DefaultIfEmpty(-1).Max();
        var numbered = Numbered(all.Select(key => Strip(key, prefix)));
        return key => Strip(key, prefix) is { } bare ? Translate(bare, trunk, numbered) : null;
    }

    // The first release numbers its modules: 0 the first convolution, 1 the blocks, then three for each enlargement (nearest neighbors, convolution,
    // activation), a convolution, an activation, the last convolution.
    static Dictionary<string, string> Numbered(IEnumerable<string?> keys)
    {
        int last = keys.Select(key => key?.Split('.') is ["model", var number, "weight"] ? Number(number) : -1).DefaultIfEmpty(-1).Max();
        int enlargements = (last - 4) / 3;
        Dictionary<string, string> names = new(StringComparer.Ordinal);
        if (last < 4 || (last - 4) % 3 != 0 || enlargements > RrdbConfig.MaxEnlargements) return names;
        void Add(int number, string name) => names.Add(string.Create(CultureInfo.InvariantCulture, $"model.{number}"), name);
        Add(0, "conv_first");
        for (int i = 1; i <= enlargements; i++) Add(3 * i, $"conv_up{i}");
        Add(last - 2, "conv_hr");
        Add(last, "conv_last");
        return names;
    }

    /// <summary>True for keys of one of the networks, or of a part of one: <see cref="Describe"/> then says what is missing.</summary>
    /// <param name="keys">All keys of a checkpoint, in its own names.</param>
    public static bool Recognizes(IEnumerable<string> keys)
    {
        string[] all = [.. keys];
        var names = Names(all);
        return all.Select(names).Any(name => name is First or Stem || IsOfBlock(name));
    }

    /// <summary>Tells which network the keys describe.</summary>
    /// <param name="source">From <see cref="Open"/> or <see cref="Rename"/>; the caller's.</param>
    /// <exception cref="ConfigException">They describe none, or a variant that is not known.</exception>
    public static IPixelUpscalerConfig Describe(WeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        string[] old = [.. source.Keys.Where(key => key.StartsWith("model.", StringComparison.Ordinal)
            && key.EndsWith(".weight", StringComparison.Ordinal))];
        if (Axes(source, First) is { } first)
        {
            return old.Length == 0 ? Rrdb(source, first) : throw new ConfigException(source.Name,
                $"holds {old[0]}, which is no key of ESRGAN's first release: of its numbered modules, RRDBNets that enlarge 1, 2, 4 or 8 times are supported");
        }
        if (source.Keys.Any(IsOfBlock)) throw new ConfigException(source.Name, $"holds blocks of an RRDBNet without its {First}: an incomplete file");
        if (Axes(source, Stem) is { } stem) return SrVgg(source, stem);
        throw new ConfigException(source.Name,
            $"holds neither {First} nor {Stem}: not a Real-ESRGAN network (RRDBNet, SRVGGNetCompact)");
    }

    /// <summary>Loads whichever network the keys describe.</summary>
    /// <param name="source">From <see cref="Open"/> or <see cref="Rename"/>; the caller's.</param>
    /// <param name="backend">Where the weights go.</param>
    /// <param name="cancellation">Stops between two tensors.</param>
    /// <exception cref="ConfigException">The keys describe none.</exception>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    public static IPixelUpscaler Load(WeightSource source, Backend backend, CancellationToken cancellation = default) => Describe(source) switch
    {
        RrdbConfig rrdb => RrdbNet.Load(source, backend, rrdb, cancellation),
        var compact => SrVggNet.Load(source, backend, (SrVggConfig)compact, cancellation),
    };

    static bool IsOfBlock(string? name) => name?.Split('.') is ["body", _, ['r', 'd', 'b', _], ..];

    static RrdbConfig Rrdb(WeightSource source, int[] first)
    {
        int enlargements = 0;
        while (Axes(source, $"conv_up{enlargements + 1}.weight") is not null) enlargements++;
        if (enlargements > RrdbConfig.MaxEnlargements)
            throw new ConfigException(source.Name, $"contains conv_up1 to conv_up{enlargements}; RRDBNets with up to {RrdbConfig.MaxEnlargements} enlargements are supported");
        int fold = first[1] switch
        {
            3 => 1,
            12 => 2,
            48 => 4,
            _ => throw new ConfigException(source.Name, $"conv_first takes {first[1]} channels; those of one pixel (3), of 2x2 (12) and of 4x4 (48) are supported"),
        };
        if (fold > 1 << enlargements)
            throw new ConfigException(source.Name, $"folds {fold}x{fold} pixels into channels and enlarges {1 << enlargements} times: an incomplete file");
        int blocks = 0;
        while (Axes(source, $"body.{blocks}.rdb1.conv1.weight") is not null) blocks++;
        if (blocks == 0) throw new ConfigException(source.Name,
            $"holds {First} and no body.0.rdb1.conv1.weight: not an RRDBNet (SwinIR, HAT and EDSR have the same key), or an incomplete file");
        var config = new RrdbConfig((1 << enlargements) / fold, first[0], blocks, Axes(source, "body.0.rdb1.conv1.weight")![0], enlargements);
        return config.Features > 0 && config.Growth > 0 ? config
            : throw new ConfigException(source.Name, $"{config.Features} features and {config.Growth} channels of growth: not an RRDBNet");
    }

    static SrVggConfig SrVgg(WeightSource source, int[] stem)
    {
        int last = 0;
        while (Axes(source, $"body.{last + 2}.weight") is not null) last += 2;
        int channels = Axes(source, $"body.{last}.weight")![0], scale = (int)Math.Round(Math.Sqrt(channels / 3.0));
        if (last < 2 || scale is < 1 or > SrVggConfig.MaxScale || stem[0] < 1 || channels != 3 * scale * scale)
            throw new ConfigException(source.Name, $"body.{last} gives {channels} channels: not the pixels of an SRVGGNetCompact");
        if (Axes(source, "body.1.weight") is null)
            throw new ConfigException(source.Name, "its activations have no slopes (no body.1.weight), "
                + "and keys do not tell ReLU from LeakyReLU: only networks with PReLU are supported");
        return new SrVggConfig(scale, stem[0], (last - 2) / 2);
    }

    // DataParallel's module. may stand inside the wrapper.
    static string Prefix(IEnumerable<string> keys)
    {
        bool Any(string prefix) => keys.Any(key => key.StartsWith(prefix, StringComparison.Ordinal));
        string wrapper = Any("params_ema.") ? "params_ema." : Any("params.") ? "params." : "";
        return Any(wrapper + "module.") ? wrapper + "module." : wrapper;
    }

    static string? Strip(string key, string prefix) => key.StartsWith(prefix, StringComparison.Ordinal) ? key[prefix.Length..] : null;

    // model.1.sub.4.RDB2.conv3.0.weight and RRDB_trunk.4.RDB2.conv3.weight are body.4.rdb2.conv3.weight; the last entry of model.1.sub is conv_body.
    static string Translate(string key, int trunk, Dictionary<string, string> numbered)
    {
        int dot = key.LastIndexOf('.');
        if (dot < 0) return key;
        string layer = key[..dot], parameter = key[dot..];
        if (layer == string.Create(CultureInfo.InvariantCulture, $"{OldTrunk}{trunk}")) return "conv_body" + parameter;
        if (numbered.TryGetValue(layer, out string? ours) || s_layers.TryGetValue(layer, out ours)) return ours + parameter;
        string[] parts = layer.Replace(OldTrunk, "RRDB_trunk.", StringComparison.Ordinal).Split('.');
        return parts is ["RRDB_trunk", var block, ['R', 'D', 'B', var dense], var conv, ..] && (parts.Length == 4 || parts is [_, _, _, _, "0"])
            ? $"body.{block}.rdb{dense}.{conv}{parameter}" : key;
    }

    static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1;

    static int[]? Axes(WeightSource source, string key)
    {
        if (!source.TryDescribe(key, out var found) || found.Shape.Rank < 1) return null;
        var axes = new int[Math.Max(4, found.Shape.Rank)];
        found.Shape.CopyTo(axes);
        return axes;
    }
}
