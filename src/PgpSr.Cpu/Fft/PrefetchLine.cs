using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace PgpSr.Cpu;

/// <summary>
/// A line that will be read or written soon: its points lie a page or so apart, where the hardware finds no pattern to fetch ahead by. The first
/// stage of a transform asks for it piece by piece between its butterflies.
/// </summary>
/// <param name="re">Real parts of point 0, or null for no line.</param>
/// <param name="im">Imaginary parts.</param>
/// <param name="step">Floats between points.</param>
readonly unsafe struct PrefetchLine(float* re, float* im, nint step)
{
    readonly float* _re = re;
    readonly float* _im = im;
    readonly nint _step = step;

    /// <summary>Asks for points <paramref name="first"/> .. first+count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ask(int first, int count)
    {
        if (_re == null || !Sse.IsSupported) return;
        for (int n = first; n < first + count; n++)
        {
            Sse.Prefetch0(_re + n * _step);
            Sse.Prefetch0(_im + n * _step);
        }
    }
}
