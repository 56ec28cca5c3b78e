using System.Globalization;

namespace PgpSr.Benchmarks;

/// <summary>What the CPU backend sets out to reach, with 2 threads on a machine with 512-bit vectors.</summary>
/// <param name="Operation">Name of the operation.</param>
/// <param name="Shape">What its shape begins with; empty for all.</param>
/// <param name="Of">The peer that is to be beaten, its memory, or the peak.</param>
/// <param name="Bound">The ratio or fraction: at least; of memory at most.</param>
/// <param name="Direct">Whether it is about the convolution without Winograd.</param>
sealed record Target(string Operation, string Shape, string Of, double Bound, bool Direct = false)
{
    public const string Peak = "peak", Memory = " memory";

    static readonly Target[] s_all =
    [
        new("linear", "1024x1280x5120", Peak, 0.93), new("linear", "4096x640x640", Peak, 0.93), new("linear", "1024x1280x1280", Peak, 0.93),
        new("linear", "1024x1280x5120", "ort", 1.0), new("linear", "4096x640x640", "ort", 1.0), new("linear", "1024x1280x1280", "ort", 1.0),
        new("conv3x3", "320-320@64x64", "ort", 1.6), new("conv3x3", "512-512@64x64", "ort", 1.6), new("conv3x3", "128-128@256x256", "ort", 1.6),
        new("conv3x3", "640-640@32x32", "ort", 1.3), new("conv3x3", "1280-1280@16x16", "ort", 1.0), new("conv3x3", "", "ort", 0.95, Direct: true),
        new("attention", "10x4096x64", "ort", 1.3), new("attention", "20x1024x64", "ort", 1.3), new("attention", "10x4096x77x64", "ort", 1.3),
        new("group_norm_silu", "320x128x128", Peak, 0.8), new("rfft2_irfft2", "", "torch", 1.5),
        new("network", "rrdbnet@", "ort", 2.0), new("network", "sdxl@", "torch", 1.2),
        new(ApartCommand.OperationOf("picture"), "pgp-s1-x4@", "ort", 1.3), new(ApartCommand.OperationOf("picture"), "pgp-s1-x4@", "torch", 1.5),
        new(ApartCommand.OperationOf("picture"), "pgp-s1-x4@", "ort" + Memory, 0.7), new(ApartCommand.OperationOf("picture"), "pgp-s1-x4@", "torch" + Memory, 0.7),
        new(ApartCommand.OperationOf("network"), "sdxl@", "torch", 1.2),
    ];

    /// <summary>The target for a kernel's fraction of the peak, or its ratio to a peer or to its memory, if there is one.</summary>
    public static Target? Find(Row row, string of) => s_all.FirstOrDefault(t =>
        t.Operation == row.Op && row.Shape.StartsWith(t.Shape, StringComparison.Ordinal) && t.Of == of
        && t.Direct == (row.Kernel?.EndsWith("direct", StringComparison.Ordinal) ?? false));

    public bool Reached(double value) => Of.EndsWith(Memory, StringComparison.Ordinal) ? value <= Bound : value >= Bound;

    /// <summary>A value with its target: <c>1.72</c>, <c>1.72 (>= 1.6)</c> or, where it is missed, <c>**1.52** (>= 1.6)</c>.</summary>
    public static string Text(double? value, Target? target)
    {
        if (value is not { } number) return "";
        string plain = number.ToString("0.00", CultureInfo.InvariantCulture);
        if (target is null) return plain;
        string sign = target.Of.EndsWith(Memory, StringComparison.Ordinal) ? "<=" : ">=";
        return string.Create(CultureInfo.InvariantCulture, $"{(target.Reached(number) ? plain : $"**{plain}**")} ({sign} {target.Bound:0.0#})");
    }
}
