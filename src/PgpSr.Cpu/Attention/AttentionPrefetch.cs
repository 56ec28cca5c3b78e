using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace PgpSr.Cpu;

/// <summary>
/// Rows that attention will read and write soon: a head has a short piece of each, so the hardware finds no pattern to fetch ahead by. Asked for while
/// exponentials are computed, when memory has nothing else to do.
/// </summary>
/// <param name="q">The block's first query, or null for nothing.</param>
/// <param name="y">The block's first result.</param>
readonly unsafe struct AttentionPrefetch(float* q, float* y)
{
    const int LineFloats = 16;

    readonly float* _q = q;
    readonly float* _y = y;

    /// <summary>Asks for a row's result, and for the next head's query, which lies beside this one's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ask(in AttentionBlock block, int row)
    {
        if (_q == null || !Sse.IsSupported) return;
        float* query = _q + row * block.Stride + block.Depth, result = _y + row * block.Stride;
        for (int i = 0; i < block.Depth; i += LineFloats)
        {
            Sse.Prefetch0(query + i);
            Sse.Prefetch0(result + i);
        }
    }
}
