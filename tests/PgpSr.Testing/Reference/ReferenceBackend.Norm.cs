using PgpSr.Tensors;

namespace PgpSr.Testing;

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override unsafe void GroupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float epsilon, Activation activation, Tensor y)
    {
        int channels = x.Shape[-1], width = channels / groups;
        long positions = x.Shape[0] == 0 ? 0 : x.Shape.Rows / x.Shape[0];
        float* from = ReferenceBuffer.Floats(x), to = ReferenceBuffer.Floats(y), scale = ReferenceBuffer.Floats(gamma),
            shift = ReferenceBuffer.Floats(beta);
        ForEach((long)x.Shape[0] * groups, item =>
        {
            long start = item / groups * positions * channels + item % groups * width;
            double mean = 0, variance = 0;
            for (long p = 0; p < positions; p++)
                for (int c = 0; c < width; c++) mean += from[start + p * channels + c];
            mean /= positions * width;
            for (long p = 0; p < positions; p++)
                for (int c = 0; c < width; c++) variance += Square(from[start + p * channels + c] - mean);
            variance /= positions * width;
            double inverse = 1 / Math.Sqrt(variance + epsilon);
            for (long p = 0; p < positions; p++)
            {
                for (int c = 0; c < width; c++)
                {
                    int channel = (int)(item % groups) * width + c;
                    double value = (from[start + p * channels + c] - mean) * inverse * scale[channel] + shift[channel];
                    to[start + p * channels + c] = (float)Apply(activation, value);
                }
            }
        });
    }

    /// <inheritdoc/>
    public override unsafe void LayerNorm(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y)
    {
        int channels = x.Shape[-1];
        float* from = ReferenceBuffer.Floats(x), to = ReferenceBuffer.Floats(y), scale = ReferenceBuffer.Floats(gamma),
            shift = ReferenceBuffer.Floats(beta);
        ForEach(x.Shape.Rows, row =>
        {
            double mean = 0, variance = 0;
            for (int c = 0; c < channels; c++) mean += from[row * channels + c];
            mean /= channels;
            for (int c = 0; c < channels; c++) variance += Square(from[row * channels + c] - mean);
            double inverse = 1 / Math.Sqrt(variance / channels + epsilon);
            for (int c = 0; c < channels; c++) to[row * channels + c] = (float)((from[row * channels + c] - mean) * inverse * scale[c] + shift[c]);
        });
    }

    static double Square(double x) => x * x;
}
