using PgpSr.Tensors;

namespace PgpSr.Testing;

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override unsafe void Activate(Tensor x, Activation activation, Tensor y)
    {
        float* from = ReferenceBuffer.Floats(x), to = ReferenceBuffer.Floats(y);
        for (long i = 0; i < y.Shape.Count; i++) to[i] = (float)Apply(activation, from[i]);
    }

    /// <inheritdoc/>
    public override unsafe void PRelu(Tensor x, Tensor slopes, Tensor y)
    {
        float* from = ReferenceBuffer.Floats(x), factors = ReferenceBuffer.Floats(slopes), to = ReferenceBuffer.Floats(y);
        int channels = y.Shape[-1];
        for (long i = 0; i < y.Shape.Count; i++) to[i] = from[i] < 0 ? from[i] * factors[i % channels] : from[i];
    }

    /// <inheritdoc/>
    public override unsafe void Combine(float a, Tensor x, float b, Tensor z, Tensor y)
    {
        float* fromX = ReferenceBuffer.Floats(x), fromZ = ReferenceBuffer.Floats(z), to = ReferenceBuffer.Floats(y);
        for (long i = 0; i < y.Shape.Count; i++) to[i] = (float)((double)a * fromX[i] + (double)b * fromZ[i]);
    }

    /// <inheritdoc/>
    public override unsafe void Scale(float a, Tensor x, Tensor y)
    {
        float* from = ReferenceBuffer.Floats(x), to = ReferenceBuffer.Floats(y);
        for (long i = 0; i < y.Shape.Count; i++) to[i] = a * from[i];
    }

    /// <inheritdoc/>
    public override unsafe void Fill(float value, Tensor y) => new Span<float>(ReferenceBuffer.Floats(y), checked((int)y.Shape.Count)).Fill(value);

    /// <inheritdoc/>
    public override unsafe void Copy(Tensor x, Tensor y)
    {
        float* from = ReferenceBuffer.Floats(x), to = ReferenceBuffer.Floats(y);
        for (long i = 0; i < y.Shape.Count; i++) to[i] = from[i];
    }
}
