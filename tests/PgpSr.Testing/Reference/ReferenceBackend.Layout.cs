using PgpSr.Tensors;

namespace PgpSr.Testing;

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override unsafe void ConcatChannels(Tensor a, Tensor b, Tensor y)
    {
        float* fromA = ReferenceBuffer.Floats(a), fromB = ReferenceBuffer.Floats(b), to = ReferenceBuffer.Floats(y);
        int first = a.Shape[-1], second = b.Shape[-1];
        for (long row = 0; row < y.Shape.Rows; row++)
        {
            for (int c = 0; c < first; c++) to[row * (first + second) + c] = fromA[row * first + c];
            for (int c = 0; c < second; c++) to[row * (first + second) + first + c] = fromB[row * second + c];
        }
    }

    /// <inheritdoc/>
    public override unsafe void SliceChannels(Tensor x, int start, Tensor y)
    {
        float* from = ReferenceBuffer.Floats(x), to = ReferenceBuffer.Floats(y);
        int all = x.Shape[-1], channels = y.Shape[-1];
        for (long row = 0; row < y.Shape.Rows; row++)
            for (int c = 0; c < channels; c++) to[row * channels + c] = from[row * all + start + c];
    }

    /// <inheritdoc/>
    public override unsafe void ResizeNearest(Tensor x, Tensor y)
    {
        float* from = ReferenceBuffer.Floats(x), to = ReferenceBuffer.Floats(y);
        int channels = x.Shape[3], height = x.Shape[1], width = x.Shape[2], toHeight = y.Shape[1], toWidth = y.Shape[2];
        for (int n = 0; n < y.Shape[0]; n++)
        {
            for (int row = 0; row < toHeight; row++)
            {
                for (int column = 0; column < toWidth; column++)
                {
                    long fromRow = (long)row * height / toHeight, fromColumn = (long)column * width / toWidth;
                    for (int c = 0; c < channels; c++)
                        to[(((long)n * toHeight + row) * toWidth + column) * channels + c] =
                            from[((n * height + fromRow) * width + fromColumn) * channels + c];
                }
            }
        }
    }

    /// <inheritdoc/>
    public override unsafe void SpaceToDepth(Tensor x, int factor, Tensor y)
    {
        float* from = ReferenceBuffer.Floats(x), to = ReferenceBuffer.Floats(y);
        ForEachPixel(x.Shape, factor, (large, small) => to[small] = from[large]);
    }

    /// <inheritdoc/>
    public override unsafe void DepthToSpace(Tensor x, int factor, Tensor y)
    {
        float* from = ReferenceBuffer.Floats(x), to = ReferenceBuffer.Floats(y);
        ForEachPixel(y.Shape, factor, (large, small) => to[large] = from[small]);
    }

    // Index of each element of the large map and of the same element in the small map, whose channel is c*f*f + dy*f + dx.
    static void ForEachPixel(Shape large, int factor, Action<long, long> visit)
    {
        int height = large[1], width = large[2], channels = large[3];
        for (int n = 0; n < large[0]; n++)
        {
            for (int row = 0; row < height; row++)
            {
                for (int column = 0; column < width; column++)
                {
                    for (int c = 0; c < channels; c++)
                    {
                        long block = ((long)n * (height / factor) + row / factor) * (width / factor) + column / factor;
                        int channel = c * factor * factor + row % factor * factor + column % factor;
                        visit((((long)n * height + row) * width + column) * channels + c, block * channels * factor * factor + channel);
                    }
                }
            }
        }
    }
}
