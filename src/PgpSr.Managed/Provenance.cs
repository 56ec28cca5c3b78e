using System.Globalization;
using System.Reflection;
using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>What a result file says about how it was made: as a PNG text, a JPEG comment or a TIFF description.</summary>
static class Provenance
{
    /// <summary>Keyword of the text.</summary>
    public const string Key = "PgpSr";

    const string Program = "PgpSr.Managed ";

    public static string Version { get; } =
        typeof(Provenance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public static void Add(ImageMetadata metadata, ModelInfo model, UpscaleOptions options, UpscalePlan plan, CancellationToken cancellation)
    {
        string tile = plan.Stages.FirstOrDefault(stage => stage.Tiles > 1) is { } tiled
            ? $"{tiled.TileWidth}x{tiled.TileHeight} overlap {plan.Overlap}" : "whole";
        string reuse = options.Reuse == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"reuse {options.Reuse}; ");
        metadata.SetText(Key, string.Create(CultureInfo.InvariantCulture,
            $"{Program}{Version}; model {model.Name} sha256 {model.ComputeHash(cancellation)}; steps {plan.Steps}; {reuse}"
                + $"seed {options.Seed}; tiles {tile}; color fix {plan.ColorFix}"));
    }

    /// <summary>Takes away how a source was made: of its result it would be false. In JPEG comments and TIFF descriptions the keyword stands in the text.</summary>
    public static void RemoveOlder(ImageMetadata metadata)
    {
        const string begin = Key + ": " + Program;
        var texts = metadata.Text.ToArray();
        metadata.Text.Clear();
        foreach ((string key, string text) in texts)
        {
            if (key == Key && text.StartsWith(Program, StringComparison.Ordinal)) continue;
            if (!text.Contains(begin, StringComparison.Ordinal))
            {
                metadata.Text.Add(new(key, text));
                continue;
            }
            string kept = string.Join('\n', text.Split('\n').Where(line => !line.StartsWith(begin, StringComparison.Ordinal)));
            if (kept.Length > 0) metadata.Text.Add(new(key, kept));
        }
    }
}
