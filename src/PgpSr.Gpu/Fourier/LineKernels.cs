using ILGPU;

namespace PgpSr.Gpu.Fourier;

// Transforms of whole lines in shared memory. A group takes one line (or one pair of rows) of 2^shift neighboring channels.

/// <summary>
/// Rows of a map to half spectra. Two rows are the real and the imaginary part of one complex line Z; theirs are (Z[k] + conj Z[n-k]) / 2 and
/// (Z[k] - conj Z[n-k]) / 2i. Grid (blocks of channels, pairs of rows, samples).
/// </summary>
/// <param name="x">[samples, height, n, channels].</param>
/// <param name="height">Rows of a sample; the last of an odd number is a pair with zeros.</param>
/// <param name="channels">Channels.</param>
/// <param name="shift">Binary logarithm of a block's channels.</param>
/// <param name="line">The rows.</param>
/// <param name="y">[samples, height, n/2+1, 2, channels].</param>
readonly struct RowsForwardKernel<T>(ArrayView<T> x, int height, int channels, int shift, FourierLine line, ArrayView<float> y) : IGroupKernel
    where T : unmanaged, IElement<T>
{
    public void Write(ref KernelArguments to) => to.Add(x).Add(height).Add(channels).Add(shift).Add(line).Add(y);

    public void Run()
    {
        var shared = SharedMemory.Allocate<float>(FourierLine.SharedFloats);
        int n = line.Length, count = n << shift, mask = (1 << shift) - 1, first = Grid.IdxX << shift;
        int row = 2 * Grid.IdxY, source = (Grid.IdxZ * height + row) * n * channels;
        for (int i = Group.IdxX; i < count; i += Group.DimX)
        {
            int channel = first + (i & mask), at = source + (i >> shift) * channels + channel;
            bool here = channel < channels;
            shared[i] = here ? x.Load(at) : 0f;
            shared[count + i] = here && row + 1 < height ? x.Load(at + n * channels) : 0f;
        }
        line.Transform(shared, 0, 2 * count, shift, -1f);
        int result = line.Result(0, 2 * count), bins = n / 2 + 1;
        int destination = (Grid.IdxZ * height + row) * bins * 2 * channels;
        for (int i = Group.IdxX; i < bins << shift; i += Group.DimX)
        {
            int bin = i >> shift, channel = first + (i & mask);
            int mirror = bin == 0 ? i : ((n - bin) << shift) + (i & mask);
            float re = shared[result + i], im = shared[result + count + i];
            float mirrorRe = shared[result + mirror], mirrorIm = shared[result + count + mirror];
            int at = destination + bin * 2 * channels + channel;
            if (channel < channels)
            {
                y[at] = 0.5f * (re + mirrorRe);
                y[at + channels] = 0.5f * (im - mirrorIm);
                if (row + 1 < height)
                {
                    y[at + bins * 2 * channels] = 0.5f * (im + mirrorIm);
                    y[at + bins * 2 * channels + channels] = 0.5f * (mirrorRe - re);
                }
            }
        }
    }
}

/// <summary>Columns of spectra, either way; y may be x. Grid (blocks of channels, bins, samples).</summary>
/// <param name="x">[samples, n, bins, 2, channels].</param>
/// <param name="channels">Channels.</param>
/// <param name="shift">Binary logarithm of a block's channels.</param>
/// <param name="sign">-1 forward, 1 back.</param>
/// <param name="line">The columns.</param>
/// <param name="y">As x.</param>
readonly struct ColumnsKernel(ArrayView<float> x, int channels, int shift, float sign, FourierLine line, ArrayView<float> y) : IGroupKernel
{
    public void Write(ref KernelArguments to) => to.Add(x).Add(channels).Add(shift).Add(sign).Add(line).Add(y);

    public void Run()
    {
        var shared = SharedMemory.Allocate<float>(FourierLine.SharedFloats);
        int count = line.Length << shift;
        Columns.Load(x, channels, shift, line.Length, shared, 0);
        line.Transform(shared, 0, 2 * count, shift, sign);
        Columns.Store(shared, line.Result(0, 2 * count), channels, shift, line.Length, y);
    }
}

/// <summary>
/// Columns of two spectra forward, their phases exchanged, and back, in place: what would be read and written three times is read and written once.
/// Grid (blocks of channels, bins, samples).
/// </summary>
/// <param name="u">[samples, n, bins, 2, channels].</param>
/// <param name="v">As u.</param>
/// <param name="channels">Channels.</param>
/// <param name="shift">Binary logarithm of a block's channels.</param>
/// <param name="line">The columns.</param>
readonly struct ColumnsExchangeKernel(ArrayView<float> u, ArrayView<float> v, int channels, int shift, FourierLine line) : IGroupKernel
{
    public void Write(ref KernelArguments to) => to.Add(u).Add(v).Add(channels).Add(shift).Add(line);

    public void Run()
    {
        var shared = SharedMemory.Allocate<float>(FourierLine.SharedFloats);
        int n = line.Length, count = n << shift, block = 2 * count;
        Columns.Load(u, channels, shift, n, shared, 0);
        Columns.Load(v, channels, shift, n, shared, 2 * block);
        line.Transform(shared, 0, block, shift, -1f);
        line.Transform(shared, 2 * block, 3 * block, shift, -1f);
        int atU = line.Result(0, block), atV = line.Result(2 * block, 3 * block);
        for (int i = Group.IdxX; i < count; i += Group.DimX)
        {
            var exchanged = new ExchangedPhases(shared[atU + i], shared[atU + count + i], shared[atV + i], shared[atV + count + i]);
            shared[atU + i] = exchanged.URe;
            shared[atU + count + i] = exchanged.UIm;
            shared[atV + i] = exchanged.VRe;
            shared[atV + count + i] = exchanged.VIm;
        }
        int otherU = block - atU, otherV = 5 * block - atV;
        line.Transform(shared, atU, otherU, shift, 1f);
        line.Transform(shared, atV, otherV, shift, 1f);
        Columns.Store(shared, line.Result(atU, otherU), channels, shift, n, u);
        Columns.Store(shared, line.Result(atV, otherV), channels, shift, n, v);
    }
}

/// <summary>
/// Half spectra to rows of a map, scaled: two rows are again one complex line. Imaginary parts of the first and, for an even length, the last bin are
/// ignored. Grid (blocks of channels, pairs of rows, samples).
/// </summary>
/// <param name="x">[samples, height, n/2+1, 2, channels].</param>
/// <param name="height">Rows of a sample.</param>
/// <param name="channels">Channels.</param>
/// <param name="shift">Binary logarithm of a block's channels.</param>
/// <param name="scale">Factor of the result.</param>
/// <param name="line">The rows.</param>
/// <param name="y">[samples, height, n, channels].</param>
readonly struct RowsInverseKernel<T>(ArrayView<float> x, int height, int channels, int shift, float scale, FourierLine line, ArrayView<T> y)
    : IGroupKernel
    where T : unmanaged, IElement<T>
{
    public void Write(ref KernelArguments to) => to.Add(x).Add(height).Add(channels).Add(shift).Add(scale).Add(line).Add(y);

    public void Run()
    {
        var shared = SharedMemory.Allocate<float>(FourierLine.SharedFloats);
        int n = line.Length, bins = n / 2 + 1, count = n << shift, mask = (1 << shift) - 1, first = Grid.IdxX << shift;
        int row = 2 * Grid.IdxY, source = (Grid.IdxZ * height + row) * bins * 2 * channels;
        for (int i = Group.IdxX; i < count; i += Group.DimX)
        {
            int index = i >> shift, channel = first + (i & mask);
            int bin = index < bins ? index : n - index;
            int at = source + bin * 2 * channels + channel;
            bool here = channel < channels, both = here && row + 1 < height, real = bin == 0 || 2 * bin == n;
            float sign = index < bins ? 1f : -1f;
            float aRe = here ? x[at] : 0f, aIm = here && !real ? sign * x[at + channels] : 0f;
            float bRe = both ? x[at + bins * 2 * channels] : 0f, bIm = both && !real ? sign * x[at + bins * 2 * channels + channels] : 0f;
            shared[i] = aRe - bIm;
            shared[count + i] = aIm + bRe;
        }
        line.Transform(shared, 0, 2 * count, shift, 1f);
        int result = line.Result(0, 2 * count);
        int destination = (Grid.IdxZ * height + row) * n * channels;
        for (int i = Group.IdxX; i < count; i += Group.DimX)
        {
            int channel = first + (i & mask), at = destination + (i >> shift) * channels + channel;
            if (channel < channels)
            {
                y.Store(at, shared[result + i] * scale);
                if (row + 1 < height) y.Store(at + n * channels, shared[result + count + i] * scale);
            }
        }
    }
}

/// <summary>Columns of a spectrum between global and shared memory.</summary>
static class Columns
{
    public static void Load(ArrayView<float> x, int channels, int shift, int n, ArrayView<float> shared, int to)
    {
        int count = n << shift, mask = (1 << shift) - 1, first = Grid.IdxX << shift, stride = Grid.DimY * 2 * channels;
        int source = (Grid.IdxZ * n * Grid.DimY + Grid.IdxY) * 2 * channels;
        for (int i = Group.IdxX; i < count; i += Group.DimX)
        {
            int channel = first + (i & mask), at = source + (i >> shift) * stride + channel;
            bool here = channel < channels;
            shared[to + i] = here ? x[at] : 0f;
            shared[to + count + i] = here ? x[at + channels] : 0f;
        }
    }

    public static void Store(ArrayView<float> shared, int from, int channels, int shift, int n, ArrayView<float> y)
    {
        int count = n << shift, mask = (1 << shift) - 1, first = Grid.IdxX << shift, stride = Grid.DimY * 2 * channels;
        int destination = (Grid.IdxZ * n * Grid.DimY + Grid.IdxY) * 2 * channels;
        for (int i = Group.IdxX; i < count; i += Group.DimX)
        {
            int channel = first + (i & mask), at = destination + (i >> shift) * stride + channel;
            if (channel < channels)
            {
                y[at] = shared[from + i];
                y[at + channels] = shared[from + count + i];
            }
        }
    }
}
