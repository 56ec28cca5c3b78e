using System.Globalization;
using System.Reflection;
using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>What a result file says about how it was made: as a PNG text, a JPEG comment or a TIFF description.</summary>
static class Provenance
{
    /// <summary>Keyword of the text.</summary>
    public const string Key = "PgpSr";

    public static string Version { get; } =
        typeof(Provenance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public static void Add(ImageMetadata metadata, ModelInfo model, UpscaleOptions options, UpscalePlan plan, CancellationToken cancellation)
    {
        string tile = plan.Stages.FirstOrDefault(stage => stage.Tiles > 1) is { } tiled
            ? $"{tiled.TileWidth}x{tiled.TileHeight} overlap {plan.Overlap}" : "whole";
        metadata.SetText(Key, string.Create(CultureInfo.InvariantCulture,
            $"PgpSr.Managed {Version}; model {model.Name} sha256 {model.ComputeHash(cancellation)}; steps {plan.Steps}; "
                + $"seed {options.Seed}; tiles {tile}; colour fix {plan.ColourFix}"));
    }
}
