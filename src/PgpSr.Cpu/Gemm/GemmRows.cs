using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>Where the rows of the left operand are: the difference between a matrix product and a convolution.</summary>
unsafe interface IGemmRows
{
    /// <summary>
    /// Writes pointers to rows <paramref name="first"/> .. +<paramref name="count"/>: for each tile of <see cref="GemmMicrokernel{TLanes}.Rows"/> rows and each tap
    /// one set. Entries beyond the last row are left out.
    /// </summary>
    void Fill(long first, int count, float* zeros, float** table);
}

/// <summary>Rows of a matrix.</summary>
readonly unsafe struct MatrixRows(float* x, long stride) : IGemmRows
{
    public void Fill(long first, int count, float* zeros, float** table)
    {
        // One tap: tiles follow each other without gaps.
        for (int r = 0; r < count; r++) table[r] = x + (first + r) * stride;
    }
}

/// <summary>Pixels [N, H, W, C] under each tap of a kernel at each output position; zeros outside the image.</summary>
readonly unsafe struct ConvRows(float* x, int height, int width, int channels, Conv2dGeometry geometry, int outHeight, int outWidth) : IGemmRows
{
    public void Fill(long first, int count, float* zeros, float** table)
    {
        const int tile = GemmMicrokernel<Lanes128>.Rows;
        int kernelHeight = geometry.KernelHeight, kernelWidth = geometry.KernelWidth, taps = kernelHeight * kernelWidth;
        int column = (int)(first % outWidth), row = (int)(first / outWidth % outHeight);
        float* image = x + first / outWidth / outHeight * height * width * channels;
        for (int r = 0; r < count; r++)
        {
            float** entry = table + (long)(r / tile) * taps * tile + r % tile;
            int top = row * geometry.Stride - geometry.PadTop, left = column * geometry.Stride - geometry.PadLeft;
            for (int dy = 0; dy < kernelHeight; dy++)
            {
                bool inside = (uint)(top + dy) < (uint)height;
                float* line = image + ((long)(top + dy) * width + left) * channels;
                for (int dx = 0; dx < kernelWidth; dx++, entry += tile)
                    *entry = inside && (uint)(left + dx) < (uint)width ? line + (long)dx * channels : zeros;
            }
            if (++column < outWidth) continue;
            column = 0;
            if (++row < outHeight) continue;
            row = 0;
            image += (long)height * width * channels;
        }
    }
}
