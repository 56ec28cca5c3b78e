using PgpSr.Tensors;

namespace PgpSr.Gpu.Gemm;

/// <summary>A matrix for tiled kernels.</summary>
sealed class TiledPackedLinear(string name, TiledWeight weight, LinearForm form)
    : PackedLinear(name, weight.Inputs, form == LinearForm.Geglu ? weight.Rows / 2 : weight.Rows, form)
{
    public TiledWeight Weight { get; } = weight;

    public override long ByteCount => Weight.ByteCount;

    protected override void Dispose(bool disposing)
    {
        if (disposing) Weight.Dispose();
    }
}
