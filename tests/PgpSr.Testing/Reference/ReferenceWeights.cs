using PgpSr.Tensors;

namespace PgpSr.Testing;

/// <summary>A convolution weight as stored, widened.</summary>
sealed class ReferenceConv2d(string name, Shape shape, Conv2dGeometry geometry, float[] weight, float[]? bias)
    : PackedConv2d(name, shape[1], shape[0], geometry)
{
    public float[] Weight { get; } = weight;

    public float[]? Bias { get; } = bias;

    public override long ByteCount => sizeof(float) * (Weight.LongLength + (Bias?.LongLength ?? 0));

    protected override void Dispose(bool disposing) { }
}

/// <summary>A matrix as stored, widened.</summary>
sealed class ReferenceLinear(string name, Shape shape, LinearForm form, float[] weight, float[]? bias)
    : PackedLinear(name, shape[1], form == LinearForm.Geglu ? shape[0] / 2 : shape[0], form)
{
    public float[] Weight { get; } = weight;

    public float[]? Bias { get; } = bias;

    public int Rows { get; } = shape[0];

    public override long ByteCount => sizeof(float) * (Weight.LongLength + (Bias?.LongLength ?? 0));

    protected override void Dispose(bool disposing) { }
}
