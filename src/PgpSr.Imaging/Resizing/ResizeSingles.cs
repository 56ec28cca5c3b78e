using System.Numerics;

namespace PgpSr.Imaging;

/// <summary>The two passes of the float path.</summary>
static unsafe class ResizeSingles
{
    public static void Horizontal(ReadOnlySpan<float> source, int channels, ResizeWeights weights, int rowCount, Span<float> destination)
    {
        if (weights.IsIdentity)
        {
            source.CopyTo(destination);
            return;
        }
        int sourceLength = weights.SourceLength * channels, length = weights.Length * channels;
        fixed (float* from = source)
        fixed (float* to = destination)
        {
            nint start = (nint)from, end = (nint)to;
            RowBands.Run(rowCount, (long)length * weights.Taps, (first, count) =>
            {
                for (int row = first; row < first + count; row++)
                    HorizontalRow((float*)start + (long)row * sourceLength, channels, weights, (float*)end + (long)row * length);
            });
        }
    }

    static void HorizontalRow(float* source, int channels, ResizeWeights weights, float* destination)
    {
        fixed (float* all = weights.Singles)
        {
            for (int i = 0; i < weights.Length; i++)
            {
                float* p = source + weights.First[i] * channels, w = all + (long)i * weights.Taps;
                int taps = weights.Count[i];
                if (channels == 3)
                {
                    float a = 0, b = 0, c = 0;
                    for (int t = 0; t < taps; t++, p += 3)
                    {
                        a += p[0] * w[t];
                        b += p[1] * w[t];
                        c += p[2] * w[t];
                    }
                    destination[0] = a;
                    destination[1] = b;
                    destination[2] = c;
                }
                else
                {
                    for (int channel = 0; channel < channels; channel++)
                    {
                        float sum = 0;
                        for (int t = 0; t < taps; t++) sum += p[t * channels + channel] * w[t];
                        destination[channel] = sum;
                    }
                }
                destination += channels;
            }
        }
    }

    public static void Vertical(ReadOnlySpan<float> source, int rowLength, int first, ResizeWeights weights, int firstRow, int rowCount,
        Span<float> destination)
    {
        if (weights.IsIdentity)
        {
            source[..destination.Length].CopyTo(destination);
            return;
        }
        fixed (float* from = source)
        fixed (float* to = destination)
        {
            nint start = (nint)from, end = (nint)to;
            RowBands.Run(rowCount, (long)rowLength * weights.Taps, (begin, count) =>
            {
                for (int row = begin; row < begin + count; row++)
                {
                    int i = firstRow + row;
                    VerticalRow((float*)start + (long)(weights.First[i] - first) * rowLength, rowLength,
                        weights.Singles.AsSpan(i * weights.Taps, weights.Count[i]), (float*)end + (long)row * rowLength);
                }
            });
        }
    }

    static void VerticalRow(float* source, int rowLength, ReadOnlySpan<float> weights, float* destination)
    {
        int x = 0;
        for (; x <= rowLength - Vector<float>.Count; x += Vector<float>.Count)
        {
            Vector<float> sum = Vector<float>.Zero;
            float* p = source + x;
            foreach (float weight in weights)
            {
                sum += Vector.Load(p) * weight;
                p += rowLength;
            }
            Vector.Store(sum, destination + x);
        }
        for (; x < rowLength; x++)
        {
            float sum = 0;
            float* p = source + x;
            foreach (float weight in weights)
            {
                sum += *p * weight;
                p += rowLength;
            }
            destination[x] = sum;
        }
    }
}
