using PgpSr.Tensors;

namespace PgpSr.Gpu.Gemm;

/// <summary>A convolution weight for tiled kernels.</summary>
sealed class TiledPackedConv2d(string name, TiledWeight weight, Conv2dGeometry geometry) : PackedConv2d(name, weight.Inputs, weight.Rows, geometry)
{
    public TiledWeight Weight { get; } = weight;

    public override long ByteCount => Weight.ByteCount;

    protected override void Dispose(bool disposing)
    {
        if (disposing) Weight.Dispose();
    }
}
