using System.Runtime.CompilerServices;

namespace PgpSr.Cpu;

/// <summary>
/// The inner product of everything that multiplies matrices: a tile of C (rows x vectors of columns) stays in registers while k runs. Weights are
/// the vector operand; an element of the input is broadcast to a whole row of the tile. Rows are given by pointers, one set for each tap, so a
/// convolution needs no im2col: a tap outside the image points to a row of zeros.
/// </summary>
/// <remarks>
/// The tile belongs to the register file. 32 registers: 6 rows x 4 vectors = 24 accumulators, 4 weights and 1 or 2 broadcasts; it loads 10 times for
/// 24 multiply-adds, and 4 vectors of 16 divide every channel count of the networks. 16 registers: 6 x 2 = 12 accumulators, 2 weights, 1 broadcast.
/// Each element's sum runs over taps and k in order, and a partial sum in memory is exact, so blocking does not change a bit of the result.
/// </remarks>
static unsafe class GemmMicrokernel<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Rows of a full tile, and pointers in each set of a row table.</summary>
    public const int Rows = 6;

    /// <summary>Vectors of a full tile.</summary>
    public static int Vectors
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TLanes.Registers == 32 ? 4 : 2;
    }

    /// <summary>Columns of a full tile and of a full panel of weights.</summary>
    public static int Columns
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vectors * TLanes.Count;
    }

    /// <summary>c[r, j] (+)= sum over t, i of table[t][r][offset + i] * b[t * k + i, j].</summary>
    /// <param name="table">Pointers to rows: <see cref="Rows"/> for each tap, of which the first <paramref name="rows"/> are read.</param>
    /// <param name="taps">Sets of pointers.</param>
    /// <param name="offset">Floats to skip at the start of each row.</param>
    /// <param name="k">Floats of each row that are multiplied.</param>
    /// <param name="b">taps * k rows of <paramref name="vectors"/> vectors.</param>
    /// <param name="rows">1 .. <see cref="Rows"/>.</param>
    /// <param name="vectors">1 .. <see cref="Vectors"/>.</param>
    /// <param name="sum">What becomes of the values that c holds.</param>
    /// <param name="c">Full vectors are written.</param>
    /// <param name="cStride">Floats from one row of c to the next.</param>
    public static void Run(float** table, int taps, nint offset, nint k, float* b, int rows, int vectors, GemmSum sum, float* c, nint cStride)
    {
        // The full tile first: all others are edges.
        if (rows == 6 && vectors == 4) Tile<Count6, Count4>(table, taps, offset, k, b, sum, c, cStride);
        else if (rows == 6 && vectors == 2) Tile<Count6, Count2>(table, taps, offset, k, b, sum, c, cStride);
        else Edge(table, taps, offset, k, b, rows, vectors, sum, c, cStride);
    }

    static void Edge(float** table, int taps, nint offset, nint k, float* b, int rows, int vectors, GemmSum sum, float* c, nint cStride)
    {
        switch (rows)
        {
            case 1: Edge<Count1>(table, taps, offset, k, b, vectors, sum, c, cStride); break;
            case 2: Edge<Count2>(table, taps, offset, k, b, vectors, sum, c, cStride); break;
            case 3: Edge<Count3>(table, taps, offset, k, b, vectors, sum, c, cStride); break;
            case 4: Edge<Count4>(table, taps, offset, k, b, vectors, sum, c, cStride); break;
            case 5: Edge<Count5>(table, taps, offset, k, b, vectors, sum, c, cStride); break;
            default: Edge<Count6>(table, taps, offset, k, b, vectors, sum, c, cStride); break;
        }
    }

    static void Edge<TRows>(float** table, int taps, nint offset, nint k, float* b, int vectors, GemmSum sum, float* c, nint cStride)
        where TRows : struct, ICount
    {
        switch (vectors)
        {
            case 1: Tile<TRows, Count1>(table, taps, offset, k, b, sum, c, cStride); break;
            case 2: Tile<TRows, Count2>(table, taps, offset, k, b, sum, c, cStride); break;
            case 3: Tile<TRows, Count3>(table, taps, offset, k, b, sum, c, cStride); break;
            default: Tile<TRows, Count4>(table, taps, offset, k, b, sum, c, cStride); break;
        }
    }

    // Written out, for the JIT keeps locals in registers but no array; conditions on the counts are folded away.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    static void Tile<TRows, TVectors>(float** table, int taps, nint offset, nint k, float* b, GemmSum sum, float* c, nint cStride)
        where TRows : struct, ICount
        where TVectors : struct, ICount
    {
        int lanes = TLanes.Count;
        TLanes c00 = TLanes.Zero, c01 = TLanes.Zero, c02 = TLanes.Zero, c03 = TLanes.Zero;
        TLanes c10 = TLanes.Zero, c11 = TLanes.Zero, c12 = TLanes.Zero, c13 = TLanes.Zero;
        TLanes c20 = TLanes.Zero, c21 = TLanes.Zero, c22 = TLanes.Zero, c23 = TLanes.Zero;
        TLanes c30 = TLanes.Zero, c31 = TLanes.Zero, c32 = TLanes.Zero, c33 = TLanes.Zero;
        TLanes c40 = TLanes.Zero, c41 = TLanes.Zero, c42 = TLanes.Zero, c43 = TLanes.Zero;
        TLanes c50 = TLanes.Zero, c51 = TLanes.Zero, c52 = TLanes.Zero, c53 = TLanes.Zero;
        if (sum == GemmSum.Continue)
        {
            c00 = TLanes.Load(c);
            if (TVectors.Value > 1) c01 = TLanes.Load(c + lanes);
            if (TVectors.Value > 2) c02 = TLanes.Load(c + 2 * lanes);
            if (TVectors.Value > 3) c03 = TLanes.Load(c + 3 * lanes);
            if (TRows.Value > 1)
            {
                c10 = TLanes.Load(c + cStride);
                if (TVectors.Value > 1) c11 = TLanes.Load(c + cStride + lanes);
                if (TVectors.Value > 2) c12 = TLanes.Load(c + cStride + 2 * lanes);
                if (TVectors.Value > 3) c13 = TLanes.Load(c + cStride + 3 * lanes);
            }
            if (TRows.Value > 2)
            {
                c20 = TLanes.Load(c + 2 * cStride);
                if (TVectors.Value > 1) c21 = TLanes.Load(c + 2 * cStride + lanes);
                if (TVectors.Value > 2) c22 = TLanes.Load(c + 2 * cStride + 2 * lanes);
                if (TVectors.Value > 3) c23 = TLanes.Load(c + 2 * cStride + 3 * lanes);
            }
            if (TRows.Value > 3)
            {
                c30 = TLanes.Load(c + 3 * cStride);
                if (TVectors.Value > 1) c31 = TLanes.Load(c + 3 * cStride + lanes);
                if (TVectors.Value > 2) c32 = TLanes.Load(c + 3 * cStride + 2 * lanes);
                if (TVectors.Value > 3) c33 = TLanes.Load(c + 3 * cStride + 3 * lanes);
            }
            if (TRows.Value > 4)
            {
                c40 = TLanes.Load(c + 4 * cStride);
                if (TVectors.Value > 1) c41 = TLanes.Load(c + 4 * cStride + lanes);
                if (TVectors.Value > 2) c42 = TLanes.Load(c + 4 * cStride + 2 * lanes);
                if (TVectors.Value > 3) c43 = TLanes.Load(c + 4 * cStride + 3 * lanes);
            }
            if (TRows.Value > 5)
            {
                c50 = TLanes.Load(c + 5 * cStride);
                if (TVectors.Value > 1) c51 = TLanes.Load(c + 5 * cStride + lanes);
                if (TVectors.Value > 2) c52 = TLanes.Load(c + 5 * cStride + 2 * lanes);
                if (TVectors.Value > 3) c53 = TLanes.Load(c + 5 * cStride + 3 * lanes);
            }
        }
        for (int tap = 0; tap < taps; tap++, table += Rows)
        {
            float* a0 = table[0] + offset;
            float* a1 = TRows.Value > 1 ? table[1] + offset : a0;
            float* a2 = TRows.Value > 2 ? table[2] + offset : a0;
            float* a3 = TRows.Value > 3 ? table[3] + offset : a0;
            float* a4 = TRows.Value > 4 ? table[4] + offset : a0;
            float* a5 = TRows.Value > 5 ? table[5] + offset : a0;
            for (nint i = 0; i < k; i++)
            {
                var b0 = TLanes.Load(b);
                var b1 = TVectors.Value > 1 ? TLanes.Load(b + lanes) : b0;
                var b2 = TVectors.Value > 2 ? TLanes.Load(b + 2 * lanes) : b0;
                var b3 = TVectors.Value > 3 ? TLanes.Load(b + 3 * lanes) : b0;
                b += TVectors.Value * lanes;
                var a = TLanes.Broadcast(a0[i]);
                c00 = TLanes.MultiplyAdd(a, b0, c00);
                if (TVectors.Value > 1) c01 = TLanes.MultiplyAdd(a, b1, c01);
                if (TVectors.Value > 2) c02 = TLanes.MultiplyAdd(a, b2, c02);
                if (TVectors.Value > 3) c03 = TLanes.MultiplyAdd(a, b3, c03);
                if (TRows.Value > 1)
                {
                    a = TLanes.Broadcast(a1[i]);
                    c10 = TLanes.MultiplyAdd(a, b0, c10);
                    if (TVectors.Value > 1) c11 = TLanes.MultiplyAdd(a, b1, c11);
                    if (TVectors.Value > 2) c12 = TLanes.MultiplyAdd(a, b2, c12);
                    if (TVectors.Value > 3) c13 = TLanes.MultiplyAdd(a, b3, c13);
                }
                if (TRows.Value > 2)
                {
                    a = TLanes.Broadcast(a2[i]);
                    c20 = TLanes.MultiplyAdd(a, b0, c20);
                    if (TVectors.Value > 1) c21 = TLanes.MultiplyAdd(a, b1, c21);
                    if (TVectors.Value > 2) c22 = TLanes.MultiplyAdd(a, b2, c22);
                    if (TVectors.Value > 3) c23 = TLanes.MultiplyAdd(a, b3, c23);
                }
                if (TRows.Value > 3)
                {
                    a = TLanes.Broadcast(a3[i]);
                    c30 = TLanes.MultiplyAdd(a, b0, c30);
                    if (TVectors.Value > 1) c31 = TLanes.MultiplyAdd(a, b1, c31);
                    if (TVectors.Value > 2) c32 = TLanes.MultiplyAdd(a, b2, c32);
                    if (TVectors.Value > 3) c33 = TLanes.MultiplyAdd(a, b3, c33);
                }
                if (TRows.Value > 4)
                {
                    a = TLanes.Broadcast(a4[i]);
                    c40 = TLanes.MultiplyAdd(a, b0, c40);
                    if (TVectors.Value > 1) c41 = TLanes.MultiplyAdd(a, b1, c41);
                    if (TVectors.Value > 2) c42 = TLanes.MultiplyAdd(a, b2, c42);
                    if (TVectors.Value > 3) c43 = TLanes.MultiplyAdd(a, b3, c43);
                }
                if (TRows.Value > 5)
                {
                    a = TLanes.Broadcast(a5[i]);
                    c50 = TLanes.MultiplyAdd(a, b0, c50);
                    if (TVectors.Value > 1) c51 = TLanes.MultiplyAdd(a, b1, c51);
                    if (TVectors.Value > 2) c52 = TLanes.MultiplyAdd(a, b2, c52);
                    if (TVectors.Value > 3) c53 = TLanes.MultiplyAdd(a, b3, c53);
                }
            }
        }
        if (sum == GemmSum.Add)
        {
            c00 += TLanes.Load(c);
            if (TVectors.Value > 1) c01 += TLanes.Load(c + lanes);
            if (TVectors.Value > 2) c02 += TLanes.Load(c + 2 * lanes);
            if (TVectors.Value > 3) c03 += TLanes.Load(c + 3 * lanes);
            if (TRows.Value > 1)
            {
                c10 += TLanes.Load(c + cStride);
                if (TVectors.Value > 1) c11 += TLanes.Load(c + cStride + lanes);
                if (TVectors.Value > 2) c12 += TLanes.Load(c + cStride + 2 * lanes);
                if (TVectors.Value > 3) c13 += TLanes.Load(c + cStride + 3 * lanes);
            }
            if (TRows.Value > 2)
            {
                c20 += TLanes.Load(c + 2 * cStride);
                if (TVectors.Value > 1) c21 += TLanes.Load(c + 2 * cStride + lanes);
                if (TVectors.Value > 2) c22 += TLanes.Load(c + 2 * cStride + 2 * lanes);
                if (TVectors.Value > 3) c23 += TLanes.Load(c + 2 * cStride + 3 * lanes);
            }
            if (TRows.Value > 3)
            {
                c30 += TLanes.Load(c + 3 * cStride);
                if (TVectors.Value > 1) c31 += TLanes.Load(c + 3 * cStride + lanes);
                if (TVectors.Value > 2) c32 += TLanes.Load(c + 3 * cStride + 2 * lanes);
                if (TVectors.Value > 3) c33 += TLanes.Load(c + 3 * cStride + 3 * lanes);
            }
            if (TRows.Value > 4)
            {
                c40 += TLanes.Load(c + 4 * cStride);
                if (TVectors.Value > 1) c41 += TLanes.Load(c + 4 * cStride + lanes);
                if (TVectors.Value > 2) c42 += TLanes.Load(c + 4 * cStride + 2 * lanes);
                if (TVectors.Value > 3) c43 += TLanes.Load(c + 4 * cStride + 3 * lanes);
            }
            if (TRows.Value > 5)
            {
                c50 += TLanes.Load(c + 5 * cStride);
                if (TVectors.Value > 1) c51 += TLanes.Load(c + 5 * cStride + lanes);
                if (TVectors.Value > 2) c52 += TLanes.Load(c + 5 * cStride + 2 * lanes);
                if (TVectors.Value > 3) c53 += TLanes.Load(c + 5 * cStride + 3 * lanes);
            }
        }
        TLanes.Store(c00, c);
        if (TVectors.Value > 1) TLanes.Store(c01, c + lanes);
        if (TVectors.Value > 2) TLanes.Store(c02, c + 2 * lanes);
        if (TVectors.Value > 3) TLanes.Store(c03, c + 3 * lanes);
        if (TRows.Value > 1)
        {
            TLanes.Store(c10, c + cStride);
            if (TVectors.Value > 1) TLanes.Store(c11, c + cStride + lanes);
            if (TVectors.Value > 2) TLanes.Store(c12, c + cStride + 2 * lanes);
            if (TVectors.Value > 3) TLanes.Store(c13, c + cStride + 3 * lanes);
        }
        if (TRows.Value > 2)
        {
            TLanes.Store(c20, c + 2 * cStride);
            if (TVectors.Value > 1) TLanes.Store(c21, c + 2 * cStride + lanes);
            if (TVectors.Value > 2) TLanes.Store(c22, c + 2 * cStride + 2 * lanes);
            if (TVectors.Value > 3) TLanes.Store(c23, c + 2 * cStride + 3 * lanes);
        }
        if (TRows.Value > 3)
        {
            TLanes.Store(c30, c + 3 * cStride);
            if (TVectors.Value > 1) TLanes.Store(c31, c + 3 * cStride + lanes);
            if (TVectors.Value > 2) TLanes.Store(c32, c + 3 * cStride + 2 * lanes);
            if (TVectors.Value > 3) TLanes.Store(c33, c + 3 * cStride + 3 * lanes);
        }
        if (TRows.Value > 4)
        {
            TLanes.Store(c40, c + 4 * cStride);
            if (TVectors.Value > 1) TLanes.Store(c41, c + 4 * cStride + lanes);
            if (TVectors.Value > 2) TLanes.Store(c42, c + 4 * cStride + 2 * lanes);
            if (TVectors.Value > 3) TLanes.Store(c43, c + 4 * cStride + 3 * lanes);
        }
        if (TRows.Value > 5)
        {
            TLanes.Store(c50, c + 5 * cStride);
            if (TVectors.Value > 1) TLanes.Store(c51, c + 5 * cStride + lanes);
            if (TVectors.Value > 2) TLanes.Store(c52, c + 5 * cStride + 2 * lanes);
            if (TVectors.Value > 3) TLanes.Store(c53, c + 5 * cStride + 3 * lanes);
        }
    }
}
