using System.Globalization;

namespace PgpSr.Benchmarks;

/// <summary>What the CPU backend sets out to reach, with 2 threads on a machine with 512-bit vectors.</summary>
/// <param name="Operation">Name of the operation.</param>
/// <param name="Shape">Its shape; empty for all.</param>
/// <param name="Peer">The peer that is to be beaten; null for a fraction of the peak.</param>
/// <param name="Direct">Whether it is about the convolution without Winograd.</param>
/// <param name="AtLeast">The ratio or fraction.</param>
sealed record Target(string Operation, string Shape, string? Peer, bool Direct, double AtLeast)
{
    static readonly Target[] s_all =
    [
        new("linear", "1024x1280x5120", null, false, 0.93),
        new("linear", "4096x640x640", null, false, 0.93),
        new("linear", "1024x1280x1280", null, false, 0.93),
        new("linear", "1024x1280x5120", "ort", false, 1.0),
        new("linear", "4096x640x640", "ort", false, 1.0),
        new("linear", "1024x1280x1280", "ort", false, 1.0),
        new("conv3x3", "320-320@64x64", "ort", false, 1.6),
        new("conv3x3", "512-512@64x64", "ort", false, 1.6),
        new("conv3x3", "128-128@256x256", "ort", false, 1.6),
        new("conv3x3", "640-640@32x32", "ort", false, 1.3),
        new("conv3x3", "1280-1280@16x16", "ort", false, 1.0),
        new("conv3x3", "", "ort", true, 0.95),
        new("attention", "10x4096x64", "ort", false, 1.3),
        new("attention", "20x1024x64", "ort", false, 1.3),
        new("attention", "10x4096x77x64", "ort", false, 1.3),
        new("group_norm_silu", "320x128x128", null, false, 0.8),
        new("rfft2_irfft2", "", "torch", false, 1.5),
    ];

    /// <summary>The target for a kernel's fraction of the peak (<paramref name="peer"/> null) or its ratio to a peer, if there is one.</summary>
    public static Target? Find(Row row, string? peer) => s_all.FirstOrDefault(t =>
        t.Operation == row.Op && (t.Shape.Length == 0 || t.Shape == row.Shape) && t.Peer == peer
        && t.Direct == (row.Kernel?.EndsWith("direct", StringComparison.Ordinal) ?? false));

    /// <summary>A value with its target: <c>1.72</c>, <c>1.72 (>= 1.6)</c> or, where it is missed, <c>**1.52** (>= 1.6)</c>.</summary>
    public static string Text(double? value, Target? target)
    {
        if (value is not { } number) return "";
        string plain = number.ToString("0.00", CultureInfo.InvariantCulture);
        if (target is null) return plain;
        string marked = number < target.AtLeast ? $"**{plain}**" : plain;
        return string.Create(CultureInfo.InvariantCulture, $"{marked} (>= {target.AtLeast:0.0#})");
    }
}
