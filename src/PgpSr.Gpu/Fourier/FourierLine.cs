using ILGPU;

namespace PgpSr.Gpu.Fourier;

/// <summary>
/// A group's complex transforms of lines in shared memory: several channels beside each other, real parts first, then imaginary parts, twice over.
/// Stockham's algorithm for any factors: after the radices of product L, value k (n/L) + q is term k of the transform of every (n/L)th value from q
/// on. A stage of radix r with M = n / (L r) sums y[k' M + q] = sum over s of W^(s k' M) x[(k' mod L) M r + q + M s], where W = exp(-2 pi i / n).
/// One thread makes one value: r multiply-adds from shared memory, which keep pace with global memory as long as factors are small, and need no
/// registers for a whole butterfly. A prime length is one stage: the plain sum.
/// </summary>
/// <param name="length">n.</param>
/// <param name="stages">Factors of n.</param>
/// <param name="roots">[cos, sin] of 2 pi j / n.</param>
/// <param name="radices">The factors.</param>
readonly struct FourierLine(int length, int stages, ArrayView<float> roots, ArrayView<int> radices) : IKernelFields
{
    /// <summary>
    /// Shared memory of a group: 32 KiB, OpenCL's minimum for a GPU, and seven groups on a multiprocessor of 228 KiB. Of a fixed size: ILGPU's
    /// dynamic shared memory gave different, wrong results from run to run on PoCL as soon as several groups ran at once.
    /// </summary>
    public const int SharedFloats = 8192;

    /// <summary>n.</summary>
    public int Length => length;

    public void Write(ref KernelArguments to) => to.Add(length).Add(stages).Add(roots).Add(radices);

    /// <summary>
    /// Transforms the lines at <paramref name="from"/>, of which all threads have written their part; the other block is at
    /// <paramref name="to"/>. Ends with a barrier; the result is at <see cref="Result"/>.
    /// </summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="from">Where the lines begin: [2, n, width].</param>
    /// <param name="to">As much memory again.</param>
    /// <param name="shift">Binary logarithm of the number of lines.</param>
    /// <param name="sign">-1 forward, 1 back.</param>
    public void Transform(ArrayView<float> shared, int from, int to, int shift, float sign)
    {
        int width = 1 << shift, count = length << shift, product = 1;
        Group.Barrier();
        for (int stage = 0; stage < stages; stage++)
        {
            int radix = radices[stage];
            int rest = length / (product * radix);
            for (int i = Group.IdxX; i < count; i += Group.DimX)
            {
                int index = i >> shift, channel = i & (width - 1);
                int term = index / rest;
                int source = from + ((((term % product) * rest * radix + (index - term * rest)) << shift) + channel);
                int step = term * rest, root = 0, stride = rest << shift;
                float re = 0f, im = 0f;
                for (int s = 0; s < radix; s++)
                {
                    float cos = roots[2 * root], sin = sign * roots[2 * root + 1];
                    float xRe = shared[source], xIm = shared[source + count];
                    re += xRe * cos - xIm * sin;
                    im += xRe * sin + xIm * cos;
                    source += stride;
                    root += step;
                    root = root >= length ? root - length : root;
                }
                shared[to + i] = re;
                shared[to + count + i] = im;
            }
            Group.Barrier();
            int swap = from;
            from = to;
            to = swap;
            product *= radix;
        }
    }

    /// <summary>Where <see cref="Transform"/> leaves its result.</summary>
    public int Result(int from, int to) => (stages & 1) == 0 ? from : to;
}
