using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>Where the rows of the left operand are: the difference between a matrix product and a convolution.</summary>
unsafe interface IGemmRows
{
    /// <summary>Taps that follow each other in memory and so share a pointer: 1, or a whole row of a small kernel.</summary>
    int TapsOfPointer { get; }

    /// <summary>Floats of scratch that <see cref="Fill"/> needs for rows it must copy.</summary>
    long CopyFloats(int count);

    /// <summary>
    /// Writes pointers to rows <paramref name="first"/> .. +<paramref name="count"/>: for each tile of
    /// <see cref="GemmMicrokernel{TLanes}.Rows"/> rows and each tap (or group of taps that share a pointer) one set. Entries beyond the last row are
    /// left out.
    /// </summary>
    void Fill(long first, int count, float* zeros, float* copies, float** table);
}

/// <summary>Rows of a matrix.</summary>
readonly unsafe struct MatrixRows(float* x, long stride) : IGemmRows
{
    public int TapsOfPointer => 1;

    public long CopyFloats(int count) => 0;

    public void Fill(long first, int count, float* zeros, float* copies, float** table)
    {
        // One tap: tiles follow each other without gaps.
        for (int r = 0; r < count; r++) table[r] = x + (first + r) * stride;
    }
}

/// <summary>Pixels [N, H, W, C] under each tap of a kernel at each output position; zeros outside the image.</summary>
/// <remarks>
/// Channels-last, the pixels under one row of the kernel follow each other. With few channels one pointer serves the whole kernel row, or the
/// micro-kernel would count to 3 and fetch pointers again; at the border such a row is copied beside zeros. Channels of a wider map lie
/// <c>pitch</c> floats apart and have a pointer each.
/// </remarks>
readonly unsafe struct ConvRows(float* x, int pitch, int height, int width, int channels, Conv2dGeometry geometry, int outHeight, int outWidth) : IGemmRows
{
    // Above, the copies of border pixels cost more than the pointers saved.
    const int MaxFloatsOfPointer = 64;

    const int Tile = GemmMicrokernel<Lanes128>.Rows;

    bool IsNarrow => pitch == channels && (long)channels * geometry.KernelWidth <= MaxFloatsOfPointer;

    public int TapsOfPointer => IsNarrow ? geometry.KernelWidth : 1;

    public long CopyFloats(int count) => IsNarrow ? (long)count * geometry.KernelHeight * geometry.KernelWidth * channels : 0;

    public void Fill(long first, int count, float* zeros, float* copies, float** table)
    {
        if (IsNarrow) FillKernelRows(first, count, copies, table);
        else FillPixels(first, count, zeros, table);
    }

    void FillPixels(long first, int count, float* zeros, float** table)
    {
        int kernelHeight = geometry.KernelHeight, kernelWidth = geometry.KernelWidth, taps = kernelHeight * kernelWidth;
        int column = (int)(first % outWidth), row = (int)(first / outWidth % outHeight);
        float* image = x + first / outWidth / outHeight * height * width * pitch;
        for (int r = 0; r < count; r++)
        {
            float** entry = table + (long)(r / Tile) * taps * Tile + r % Tile;
            int top = row * geometry.Stride - geometry.PadTop, left = column * geometry.Stride - geometry.PadLeft;
            for (int dy = 0; dy < kernelHeight; dy++)
            {
                bool inside = (uint)(top + dy) < (uint)height;
                float* line = image + ((long)(top + dy) * width + left) * pitch;
                for (int dx = 0; dx < kernelWidth; dx++, entry += Tile)
                    *entry = inside && (uint)(left + dx) < (uint)width ? line + (long)dx * pitch : zeros;
            }
            Step(ref column, ref row, ref image);
        }
    }

    void FillKernelRows(long first, int count, float* copies, float** table)
    {
        int kernelHeight = geometry.KernelHeight, kernelWidth = geometry.KernelWidth, floats = kernelWidth * channels;
        int column = (int)(first % outWidth), row = (int)(first / outWidth % outHeight);
        float* image = x + first / outWidth / outHeight * height * width * channels;
        for (int r = 0; r < count; r++)
        {
            float** entry = table + (long)(r / Tile) * kernelHeight * Tile + r % Tile;
            int top = row * geometry.Stride - geometry.PadTop, left = column * geometry.Stride - geometry.PadLeft;
            bool whole = left >= 0 && left + kernelWidth <= width;
            for (int dy = 0; dy < kernelHeight; dy++, entry += Tile)
            {
                bool inside = (uint)(top + dy) < (uint)height;
                float* line = image + ((long)(top + dy) * width + left) * channels;
                *entry = line;
                if (inside && whole) continue;
                for (int i = 0; i < floats; i++) copies[i] = inside && (uint)(left + i / channels) < (uint)width ? line[i] : 0;
                *entry = copies;
                copies += floats;
            }
            Step(ref column, ref row, ref image);
        }
    }

    void Step(ref int column, ref int row, ref float* image)
    {
        if (++column < outWidth) return;
        column = 0;
        if (++row < outHeight) return;
        row = 0;
        image += (long)height * width * pitch;
    }
}
