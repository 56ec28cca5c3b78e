using PgpSr.Tensors;

namespace PgpSr.Onnx;

/// <summary>
/// What a tensor holds, as the model names it. A feature map has up to two names, channels first (as ONNX's convolutions want it) and channels last
/// (as products of rows want it); everything else has the second.
/// </summary>
sealed class OnnxValue(Shape shape)
{
    /// <summary>Channels last, as recorded; sizes of maps are those of one example.</summary>
    public Shape Shape { get; } = shape;

    public string? First { get; set; }

    public string? Last { get; set; }
}
