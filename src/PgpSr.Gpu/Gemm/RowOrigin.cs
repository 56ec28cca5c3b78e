namespace PgpSr.Gpu.Gemm;

/// <summary>Where a row of the product (an output pixel) begins to read: the sample's first pixel, and the input pixel under tap (0, 0), which may lie outside.</summary>
struct RowOrigin
{
    public long Sample;
    public int Y;
    public int X;

    /// <summary>A row past the end reads only padding: far enough above the image for any tap.</summary>
    const int Outside = -(1 << 24);

    public static RowOrigin Of(int row, ProductShape shape)
    {
        RowOrigin origin = default;
        if (row >= shape.Rows)
        {
            origin.Y = Outside;
            return origin;
        }
        int perSample = shape.OutputHeight * shape.OutputWidth;
        int sample = row / perSample;
        int pixel = row - sample * perSample;
        int outputY = pixel / shape.OutputWidth;
        origin.Sample = (long)sample * shape.Height * shape.Width;
        origin.Y = outputY * shape.Stride - shape.PadTop;
        origin.X = (pixel - outputY * shape.OutputWidth) * shape.Stride - shape.PadLeft;
        return origin;
    }
}
