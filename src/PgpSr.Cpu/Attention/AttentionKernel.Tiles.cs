using System.Runtime.CompilerServices;

namespace PgpSr.Cpu;

// The two products of attention as register tiles: scores = Q K^T with keys as lanes, result += P V with channels as lanes.
static unsafe partial class AttentionKernel<TLanes>
{
    /// <summary>8 rows of raw scores against one panel: 8 x 3 accumulators, 3 key vectors and one broadcast in flight of 32 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Scores8<TWidth>(float* q, int depth, float* keys, float* scores)
        where TWidth : struct, ICount
    {
        TLanes c00 = TLanes.Zero, c01 = TLanes.Zero, c02 = TLanes.Zero;
        TLanes c10 = TLanes.Zero, c11 = TLanes.Zero, c12 = TLanes.Zero;
        TLanes c20 = TLanes.Zero, c21 = TLanes.Zero, c22 = TLanes.Zero;
        TLanes c30 = TLanes.Zero, c31 = TLanes.Zero, c32 = TLanes.Zero;
        TLanes c40 = TLanes.Zero, c41 = TLanes.Zero, c42 = TLanes.Zero;
        TLanes c50 = TLanes.Zero, c51 = TLanes.Zero, c52 = TLanes.Zero;
        TLanes c60 = TLanes.Zero, c61 = TLanes.Zero, c62 = TLanes.Zero;
        TLanes c70 = TLanes.Zero, c71 = TLanes.Zero, c72 = TLanes.Zero;
        float* q0 = q, q1 = q + depth, q2 = q + 2 * depth, q3 = q + 3 * depth, q4 = q + 4 * depth, q5 = q + 5 * depth, q6 = q + 6 * depth,
            q7 = q + 7 * depth;
        for (nint i = 0; i < depth; i++)
        {
            var k0 = TLanes.Load(keys);
            var k1 = TWidth.Value > 1 ? TLanes.Load(keys + TLanes.Count) : k0;
            var k2 = TWidth.Value > 2 ? TLanes.Load(keys + 2 * TLanes.Count) : k0;
            keys += TWidth.Value * TLanes.Count;
            var a0 = TLanes.Broadcast(q0[i]);
            c00 = TLanes.MultiplyAdd(a0, k0, c00);
            if (TWidth.Value > 1) c01 = TLanes.MultiplyAdd(a0, k1, c01);
            if (TWidth.Value > 2) c02 = TLanes.MultiplyAdd(a0, k2, c02);
            var a1 = TLanes.Broadcast(q1[i]);
            c10 = TLanes.MultiplyAdd(a1, k0, c10);
            if (TWidth.Value > 1) c11 = TLanes.MultiplyAdd(a1, k1, c11);
            if (TWidth.Value > 2) c12 = TLanes.MultiplyAdd(a1, k2, c12);
            var a2 = TLanes.Broadcast(q2[i]);
            c20 = TLanes.MultiplyAdd(a2, k0, c20);
            if (TWidth.Value > 1) c21 = TLanes.MultiplyAdd(a2, k1, c21);
            if (TWidth.Value > 2) c22 = TLanes.MultiplyAdd(a2, k2, c22);
            var a3 = TLanes.Broadcast(q3[i]);
            c30 = TLanes.MultiplyAdd(a3, k0, c30);
            if (TWidth.Value > 1) c31 = TLanes.MultiplyAdd(a3, k1, c31);
            if (TWidth.Value > 2) c32 = TLanes.MultiplyAdd(a3, k2, c32);
            var a4 = TLanes.Broadcast(q4[i]);
            c40 = TLanes.MultiplyAdd(a4, k0, c40);
            if (TWidth.Value > 1) c41 = TLanes.MultiplyAdd(a4, k1, c41);
            if (TWidth.Value > 2) c42 = TLanes.MultiplyAdd(a4, k2, c42);
            var a5 = TLanes.Broadcast(q5[i]);
            c50 = TLanes.MultiplyAdd(a5, k0, c50);
            if (TWidth.Value > 1) c51 = TLanes.MultiplyAdd(a5, k1, c51);
            if (TWidth.Value > 2) c52 = TLanes.MultiplyAdd(a5, k2, c52);
            var a6 = TLanes.Broadcast(q6[i]);
            c60 = TLanes.MultiplyAdd(a6, k0, c60);
            if (TWidth.Value > 1) c61 = TLanes.MultiplyAdd(a6, k1, c61);
            if (TWidth.Value > 2) c62 = TLanes.MultiplyAdd(a6, k2, c62);
            var a7 = TLanes.Broadcast(q7[i]);
            c70 = TLanes.MultiplyAdd(a7, k0, c70);
            if (TWidth.Value > 1) c71 = TLanes.MultiplyAdd(a7, k1, c71);
            if (TWidth.Value > 2) c72 = TLanes.MultiplyAdd(a7, k2, c72);
        }
        Store<TWidth>(c00, c01, c02, scores);
        Store<TWidth>(c10, c11, c12, scores + ScoreStride);
        Store<TWidth>(c20, c21, c22, scores + 2 * ScoreStride);
        Store<TWidth>(c30, c31, c32, scores + 3 * ScoreStride);
        Store<TWidth>(c40, c41, c42, scores + 4 * ScoreStride);
        Store<TWidth>(c50, c51, c52, scores + 5 * ScoreStride);
        Store<TWidth>(c60, c61, c62, scores + 6 * ScoreStride);
        Store<TWidth>(c70, c71, c72, scores + 7 * ScoreStride);
    }

    /// <summary>4 rows of raw scores against one panel: 4 x 3 accumulators, 3 key vectors and one broadcast in flight: all 16 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Scores4<TWidth>(float* q, int depth, float* keys, float* scores)
        where TWidth : struct, ICount
    {
        TLanes c00 = TLanes.Zero, c01 = TLanes.Zero, c02 = TLanes.Zero;
        TLanes c10 = TLanes.Zero, c11 = TLanes.Zero, c12 = TLanes.Zero;
        TLanes c20 = TLanes.Zero, c21 = TLanes.Zero, c22 = TLanes.Zero;
        TLanes c30 = TLanes.Zero, c31 = TLanes.Zero, c32 = TLanes.Zero;
        float* q0 = q, q1 = q + depth, q2 = q + 2 * depth, q3 = q + 3 * depth;
        for (nint i = 0; i < depth; i++)
        {
            var k0 = TLanes.Load(keys);
            var k1 = TWidth.Value > 1 ? TLanes.Load(keys + TLanes.Count) : k0;
            var k2 = TWidth.Value > 2 ? TLanes.Load(keys + 2 * TLanes.Count) : k0;
            keys += TWidth.Value * TLanes.Count;
            var a0 = TLanes.Broadcast(q0[i]);
            c00 = TLanes.MultiplyAdd(a0, k0, c00);
            if (TWidth.Value > 1) c01 = TLanes.MultiplyAdd(a0, k1, c01);
            if (TWidth.Value > 2) c02 = TLanes.MultiplyAdd(a0, k2, c02);
            var a1 = TLanes.Broadcast(q1[i]);
            c10 = TLanes.MultiplyAdd(a1, k0, c10);
            if (TWidth.Value > 1) c11 = TLanes.MultiplyAdd(a1, k1, c11);
            if (TWidth.Value > 2) c12 = TLanes.MultiplyAdd(a1, k2, c12);
            var a2 = TLanes.Broadcast(q2[i]);
            c20 = TLanes.MultiplyAdd(a2, k0, c20);
            if (TWidth.Value > 1) c21 = TLanes.MultiplyAdd(a2, k1, c21);
            if (TWidth.Value > 2) c22 = TLanes.MultiplyAdd(a2, k2, c22);
            var a3 = TLanes.Broadcast(q3[i]);
            c30 = TLanes.MultiplyAdd(a3, k0, c30);
            if (TWidth.Value > 1) c31 = TLanes.MultiplyAdd(a3, k1, c31);
            if (TWidth.Value > 2) c32 = TLanes.MultiplyAdd(a3, k2, c32);
        }
        Store<TWidth>(c00, c01, c02, scores);
        Store<TWidth>(c10, c11, c12, scores + ScoreStride);
        Store<TWidth>(c20, c21, c22, scores + 2 * ScoreStride);
        Store<TWidth>(c30, c31, c32, scores + 3 * ScoreStride);
    }

    /// <summary>Adds 6 rows of probabilities times a panel of values to 6 rows of results: 6 x 4 accumulators of 32 registers, or 6 x 2 of
    /// 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Values6<TWidth>(float* probabilities, int count, float* values, float* result, int resultStride)
        where TWidth : struct, ICount
    {
        float* o0 = result, o1 = result + resultStride, o2 = result + 2 * resultStride, o3 = result + 3 * resultStride,
            o4 = result + 4 * resultStride, o5 = result + 5 * resultStride;
        Load<TWidth>(o0, out var c00, out var c01, out var c02, out var c03);
        Load<TWidth>(o1, out var c10, out var c11, out var c12, out var c13);
        Load<TWidth>(o2, out var c20, out var c21, out var c22, out var c23);
        Load<TWidth>(o3, out var c30, out var c31, out var c32, out var c33);
        Load<TWidth>(o4, out var c40, out var c41, out var c42, out var c43);
        Load<TWidth>(o5, out var c50, out var c51, out var c52, out var c53);
        for (nint i = 0; i < count; i++)
        {
            var v0 = TLanes.Load(values);
            var v1 = TWidth.Value > 1 ? TLanes.Load(values + TLanes.Count) : v0;
            var v2 = TWidth.Value > 2 ? TLanes.Load(values + 2 * TLanes.Count) : v0;
            var v3 = TWidth.Value > 3 ? TLanes.Load(values + 3 * TLanes.Count) : v0;
            values += TWidth.Value * TLanes.Count;
            var a0 = TLanes.Broadcast(probabilities[i]);
            c00 = TLanes.MultiplyAdd(a0, v0, c00);
            if (TWidth.Value > 1) c01 = TLanes.MultiplyAdd(a0, v1, c01);
            if (TWidth.Value > 2) c02 = TLanes.MultiplyAdd(a0, v2, c02);
            if (TWidth.Value > 3) c03 = TLanes.MultiplyAdd(a0, v3, c03);
            var a1 = TLanes.Broadcast(probabilities[i + ScoreStride]);
            c10 = TLanes.MultiplyAdd(a1, v0, c10);
            if (TWidth.Value > 1) c11 = TLanes.MultiplyAdd(a1, v1, c11);
            if (TWidth.Value > 2) c12 = TLanes.MultiplyAdd(a1, v2, c12);
            if (TWidth.Value > 3) c13 = TLanes.MultiplyAdd(a1, v3, c13);
            var a2 = TLanes.Broadcast(probabilities[i + 2 * ScoreStride]);
            c20 = TLanes.MultiplyAdd(a2, v0, c20);
            if (TWidth.Value > 1) c21 = TLanes.MultiplyAdd(a2, v1, c21);
            if (TWidth.Value > 2) c22 = TLanes.MultiplyAdd(a2, v2, c22);
            if (TWidth.Value > 3) c23 = TLanes.MultiplyAdd(a2, v3, c23);
            var a3 = TLanes.Broadcast(probabilities[i + 3 * ScoreStride]);
            c30 = TLanes.MultiplyAdd(a3, v0, c30);
            if (TWidth.Value > 1) c31 = TLanes.MultiplyAdd(a3, v1, c31);
            if (TWidth.Value > 2) c32 = TLanes.MultiplyAdd(a3, v2, c32);
            if (TWidth.Value > 3) c33 = TLanes.MultiplyAdd(a3, v3, c33);
            var a4 = TLanes.Broadcast(probabilities[i + 4 * ScoreStride]);
            c40 = TLanes.MultiplyAdd(a4, v0, c40);
            if (TWidth.Value > 1) c41 = TLanes.MultiplyAdd(a4, v1, c41);
            if (TWidth.Value > 2) c42 = TLanes.MultiplyAdd(a4, v2, c42);
            if (TWidth.Value > 3) c43 = TLanes.MultiplyAdd(a4, v3, c43);
            var a5 = TLanes.Broadcast(probabilities[i + 5 * ScoreStride]);
            c50 = TLanes.MultiplyAdd(a5, v0, c50);
            if (TWidth.Value > 1) c51 = TLanes.MultiplyAdd(a5, v1, c51);
            if (TWidth.Value > 2) c52 = TLanes.MultiplyAdd(a5, v2, c52);
            if (TWidth.Value > 3) c53 = TLanes.MultiplyAdd(a5, v3, c53);
        }
        Store<TWidth>(c00, c01, c02, o0);
        if (TWidth.Value > 3) TLanes.Store(c03, o0 + 3 * TLanes.Count);
        Store<TWidth>(c10, c11, c12, o1);
        if (TWidth.Value > 3) TLanes.Store(c13, o1 + 3 * TLanes.Count);
        Store<TWidth>(c20, c21, c22, o2);
        if (TWidth.Value > 3) TLanes.Store(c23, o2 + 3 * TLanes.Count);
        Store<TWidth>(c30, c31, c32, o3);
        if (TWidth.Value > 3) TLanes.Store(c33, o3 + 3 * TLanes.Count);
        Store<TWidth>(c40, c41, c42, o4);
        if (TWidth.Value > 3) TLanes.Store(c43, o4 + 3 * TLanes.Count);
        Store<TWidth>(c50, c51, c52, o5);
        if (TWidth.Value > 3) TLanes.Store(c53, o5 + 3 * TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<TWidth>(TLanes c0, TLanes c1, TLanes c2, float* to)
        where TWidth : struct, ICount
    {
        TLanes.Store(c0, to);
        if (TWidth.Value > 1) TLanes.Store(c1, to + TLanes.Count);
        if (TWidth.Value > 2) TLanes.Store(c2, to + 2 * TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Load<TWidth>(float* from, out TLanes c0, out TLanes c1, out TLanes c2, out TLanes c3)
        where TWidth : struct, ICount
    {
        c0 = TLanes.Load(from);
        c1 = TWidth.Value > 1 ? TLanes.Load(from + TLanes.Count) : c0;
        c2 = TWidth.Value > 2 ? TLanes.Load(from + 2 * TLanes.Count) : c0;
        c3 = TWidth.Value > 3 ? TLanes.Load(from + 3 * TLanes.Count) : c0;
    }
}
