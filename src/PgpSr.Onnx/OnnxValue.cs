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

    /// <summary>A value that this is made from, and how, where that says a whole operator in the end.</summary>
    public (OnnxValue Source, float Factor)? Scaled { get; init; }

    public (OnnxValue Source, float Factor)? SiluOfScaled { get; init; }

    public OnnxValue? ReluOf { get; init; }

    /// <summary>min(source, 0).</summary>
    public OnnxValue? NegativeOf { get; init; }
}
