using System.Globalization;
using PgpSr.Models;

namespace PgpSr.Pruning;

/// <summary>
/// Multiply-accumulates by tensor: a weight's elements times the positions it is applied at, which its path tells, and for attention the products of
/// queries with keys and of weights with values. Equal to what a rehearsal of the network counts.
/// </summary>
sealed class OperationCount
{
    const int TextTokens = 77;

    readonly List<long> _positions = [];
    readonly List<int> _downLevels = [], _upLevels = [];
    readonly UnetConfig _config;
    readonly (int Height, int Width) _pixels;

    /// <param name="config">The UNet.</param>
    /// <param name="height">Of the latent.</param>
    /// <param name="width">The same.</param>
    /// <param name="pixelFactor">Pixels per latent position, for an encoder of pictures.</param>
    public OperationCount(UnetConfig config, int height, int width, int pixelFactor)
    {
        _config = config;
        _pixels = checked((height * pixelFactor, width * pixelFactor));
        int level = 0;
        _positions.Add((long)height * width);
        foreach (var stage in config.Down)
        {
            _downLevels.Add(level);
            if (!stage.Resample) continue;
            (height, width, level) = ((height + 1) / 2, (width + 1) / 2, level + 1);
            _positions.Add((long)height * width);
        }
        foreach (var stage in config.Up)
        {
            _upLevels.Add(level);
            if (stage.Resample) level--;
        }
    }

    /// <summary>Of one evaluation for one row, or of what runs once a picture; nothing for a tensor that the network does not have.</summary>
    /// <exception cref="OverflowException">The number does not fit 64 bits.</exception>
    public (long EachStep, long Once) Of(string tensor, IReadOnlyList<long> shape)
    {
        if (shape.Count < 2 || !tensor.EndsWith("weight", StringComparison.Ordinal)) return default;
        long elements = shape.Aggregate(1L, (product, axis) => checked(product * axis));
        string[] parts = tensor.Split('.');
        // AdcSR's file holds two networks.
        if (parts[0] == "unet") parts = parts[1..];
        return checked(parts[0] switch
        {
            "time_embedding" or "add_embedding" => (elements, 0),
            "conv_in" or "conv_out" or "spatial_ch_projs" or "phase_adapter" => (elements * _positions[0], 0),
            "information_transformer_layes" => (Used(parts, elements) * _positions[0], 0),
            "condition_embedding" => (0, elements * _positions[0]),
            "down_blocks" => (Level(parts, elements, shape, At(_downLevels, parts), upward: false), 0),
            "mid_block" => (Layer(parts, 1, elements, shape, _positions[^1], onlyText: false), 0),
            "up_blocks" => (Level(parts, elements, shape, At(_upLevels, parts), upward: true), 0),
            "phase_adapters" => (elements * Positions(At(_upLevels, parts)), 0),
            "phase_pyramid" => (elements * Positions(Math.Min((Index(parts) ?? int.MinValue) + 1L, _positions.Count - 1)), 0),
            "decoder" => (PictureDecoder(parts, elements, shape), 0),
            "denoise_encoder" => (0, PictureEncoder(parts, elements, shape)),
            _ => default,
        });
    }

    // FaithDiff's stem needs only the values of its attention: the last third of the rows.
    static long Used(string[] parts, long elements) => parts[^1] == "in_proj_weight" ? elements / 3 : elements;

    long Level(string[] parts, long elements, IReadOnlyList<long> shape, int? level, bool upward)
    {
        if (level is null || parts.Length < 4) return 0;
        return parts[2] is "downsamplers" or "upsamplers" ? checked(elements * Positions(upward ? level - 1 : level + 1))
            : Layer(parts, 2, elements, shape, Positions(level), (upward ? _config.Up : _config.Down)[Index(parts)!.Value].OnlyCrossAttention);
    }

    static long Layer(string[] parts, int at, long elements, IReadOnlyList<long> shape, long positions, bool onlyText)
    {
        if (parts[at] == "resnets") return parts.Contains("time_emb_proj") ? elements : checked(elements * positions);
        bool text = onlyText || parts.Contains("attn2");
        return checked(parts[^2] switch
        {
            // Queries bring the attention itself with them: its width is theirs.
            "to_q" => elements * positions + 2 * positions * (text ? TextTokens : positions) * shape[0],
            "to_k" or "to_v" when text => elements * TextTokens,
            _ => elements * positions,
        });
    }

    // An autoencoder's encoder: full size first, halved after every level but the last, attention of one head at the end, on the latent's grid.
    long PictureEncoder(string[] parts, long elements, IReadOnlyList<long> shape)
    {
        long At(int halvings) => (long)(_pixels.Height >> halvings) * (_pixels.Width >> halvings);
        if (parts.Length < 3) return 0;
        if (parts[1] == "conv_in") return checked(elements * At(0));
        if (parts[1] == "down_blocks")
            return parts.Length > 3 && Number(parts[2]) is { } level ? checked(elements * At(level + (parts[3] == "downsamplers" ? 1 : 0))) : 0;
        return checked(parts[2] == "attentions" && parts[^2] is "to_q" or "query"
            ? elements * _positions[0] + 2 * _positions[0] * _positions[0] * shape[0] : elements * _positions[0]);
    }

    // An autoencoder's decoder: its bottleneck on the UNet's grid, doubled after every level but the last; the picture at full size.
    long PictureDecoder(string[] parts, long elements, IReadOnlyList<long> shape)
    {
        if (parts.Length < 3) return 0;
        if (parts[1] == "mid_block") return Layer(parts, 2, elements, shape, _positions[0], onlyText: false);
        if (parts[1] == "conv_out") return checked(elements * _pixels.Height * _pixels.Width);
        if (parts[1] != "up_blocks" || parts.Length < 5 || Number(parts[2]) is not { } level || level > 30) return 0;
        long doubled = 1L << (level + (parts[3] == "upsamplers" ? 1 : 0));
        return checked(elements * _positions[0] * doubled * doubled);
    }

    // Positions of a level; none where there is no such level.
    long Positions(long? level) => level is { } index && index >= 0 && index < _positions.Count ? _positions[(int)index] : 0;

    static int? At(List<int> levels, string[] parts) => Index(parts) is { } index && index < levels.Count ? levels[index] : null;

    static int? Index(string[] parts) => parts.Length > 1 ? Number(parts[1]) : null;

    static int? Number(string word) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
