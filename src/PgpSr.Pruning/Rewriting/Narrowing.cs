using PgpSr.Safetensors;
using PgpSr.Tensors;

namespace PgpSr.Pruning;

/// <summary>Singles to the types of files that weights are stored in.</summary>
static class Narrowing
{
    /// <summary>True for the types that can be asked for.</summary>
    public static bool IsTarget(SafetensorsDType type) => type is SafetensorsDType.Float32 or SafetensorsDType.Float16 or SafetensorsDType.BFloat16;

    public static void FromSingle(ReadOnlySpan<float> values, SafetensorsDType type, Span<byte> bytes) => Narrow.FromSingle(
        type switch
        {
            SafetensorsDType.Float32 => DType.F32,
            SafetensorsDType.Float16 => DType.F16,
            SafetensorsDType.BFloat16 => DType.BF16,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "weights are stored as F32, F16 or BF16"),
        },
        values, bytes);
}
