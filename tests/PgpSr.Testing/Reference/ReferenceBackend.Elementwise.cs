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
    public override unsafe void Geglu(Tensor x, Tensor y)
    {
        float* from = ReferenceBuffer.Floats(x), to = ReferenceBuffer.Floats(y);
        int channels = y.Shape[-1];
        for (long row = 0; row < y.Shape.Rows; row++)
            for (int c = 0; c < channels; c++)
                to[row * channels + c] = (float)(from[row * 2 * channels + c] * Gelu(from[(row * 2 + 1) * channels + c]));
    }

    /// <inheritdoc/>
    public override void Add(Tensor a, Tensor b, Tensor y) => Combine(1, a, 1, b, y);

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
    public override unsafe void AddPerChannel(Tensor x, Tensor v, Tensor y)
    {
        float* from = ReferenceBuffer.Floats(x), vector = ReferenceBuffer.Floats(v), to = ReferenceBuffer.Floats(y);
        int channels = x.Shape[-1];
        long rowsOfSample = Math.Max(1, x.Shape.Rows / Math.Max(1, x.Shape[0]));
        for (long row = 0; row < x.Shape.Rows; row++)
        {
            long vectorRow = v.Shape.Rows == 1 ? 0 : row / rowsOfSample;
            for (int c = 0; c < channels; c++) to[row * channels + c] = from[row * channels + c] + vector[vectorRow * channels + c];
        }
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
