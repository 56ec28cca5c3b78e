using ILGPU;
using PgpSr.Tensors;

namespace PgpSr.Gpu.Fourier;

/// <summary>A line's length as kernels take it: its factors and the roots of unity, on the device.</summary>
sealed class FourierPlan : IDisposable
{
    readonly GpuBuffer _roots;
    readonly GpuBuffer _radices;

    public FourierPlan(GpuQueue queue, int length)
    {
        Length = length;
        int[] radices = Factor(length);
        Stages = radices.Length;
        var roots = new float[2 * length];
        for (int i = 0; i < length; i++)
        {
            // In double precision, rounded once.
            var (sin, cos) = Math.SinCos(2 * Math.PI * i / length);
            (roots[2 * i], roots[2 * i + 1]) = ((float)cos, (float)sin);
        }
        using var blocks = new GpuBlocks(queue);
        _roots = blocks.Upload<float>(roots);
        _radices = blocks.Upload<int>(radices);
        blocks.Keep();
    }

    public int Length { get; }

    public int Stages { get; }

    /// <summary>[cos, sin] of 2 pi j / length.</summary>
    public ArrayView<float> Roots => _roots.View<float>(0, 2L * Length);

    public FourierLine Line => new(Length, Stages, Roots, _radices.View<int>(0, Stages));

    public void Dispose()
    {
        _roots.Dispose();
        _radices.Dispose();
    }

    // A stage of radix r takes r multiply-adds for each value and one barrier: fours are as cheap as twos and need half the barriers.
    static int[] Factor(int length)
    {
        var radices = new List<int>();
        int rest = length;
        foreach (int radix in (int[])[4, 2, 3, 5, 7])
        {
            while (rest % radix == 0)
            {
                radices.Add(radix);
                rest /= radix;
            }
        }
        for (int radix = 11; rest > 1; radix += 2)
        {
            // Past the square root what is left is prime.
            if ((long)radix * radix > rest) radix = rest;
            while (rest % radix == 0)
            {
                radices.Add(radix);
                rest /= radix;
            }
        }
        return [.. radices];
    }
}

/// <summary>A feature map's sizes as transforms see them.</summary>
readonly record struct FourierShape(int Samples, int Height, int Width, int Channels)
{
    public int Bins => Width / 2 + 1;

    /// <summary>Floats of the half spectrum.</summary>
    public long SpectrumCount => (long)Samples * Height * Bins * 2 * Channels;

    /// <summary>Floats of the map.</summary>
    public long MapCount => (long)Samples * Height * Width * Channels;

    public static FourierShape Of(Tensor map) => new(map.Shape[0], map.Shape[1], map.Shape[2], map.Shape[3]);
}
