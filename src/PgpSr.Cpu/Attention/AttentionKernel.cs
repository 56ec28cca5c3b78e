using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PgpSr.Cpu;

/// <summary>One head's queries, keys and values of a sample, and where a block of queries lies among them.</summary>
/// <param name="Stride">Floats from one token to the next in q and y.</param>
/// <param name="Depth">Channels of the head.</param>
/// <param name="FirstQuery">Index of the block's first query: with <paramref name="Causal"/>, query i sees keys 0..i.</param>
/// <param name="Queries">Queries in the block, at most <see cref="AttentionBlocking.Queries"/>.</param>
/// <param name="Keys">Keys of the head.</param>
/// <param name="Scale">Factor of the scores before the softmax.</param>
/// <param name="Causal">Whether later keys are hidden.</param>
readonly record struct AttentionBlock(long Stride, int Depth, int FirstQuery, int Queries, int Keys, float Scale, bool Causal);

/// <summary>How attention is cut, for all vector widths.</summary>
static class AttentionBlocking
{
    /// <summary>Queries of a work item: a multiple of the tiles' 8 and 6 rows. Each packed key and value is read once from L2 or beyond for so
    /// many queries.</summary>
    public const int Queries = 96;

    /// <summary>
    /// Keys between two looks at the running maximum: a multiple of three registers of every width, so that with 96 queries the scores
    /// (150 KiB) stay in L2 beside the keys and values of a block (96 KiB each for 64 channels).
    /// </summary>
    public const int Keys = 384;
}

/// <summary>
/// Attention without the matrix of tokens x tokens: online softmax over blocks of keys (Milakov and Gimelshein 2018; Dao et al. 2022), the
/// last block first.
/// scores = Q K^T > p = 2^(c score - m) > l += sum p, O += p V > y = O / l, with c = scale / ln 2.
/// </summary>
/// <remarks>
/// m is a reference, not the exact maximum: float32 holds 2^(x - m) with full relative precision for x well above m, so m is set from the first block
/// and raised only when a block's sums pass <see cref="SumLimit"/>. That saves the pass for the maximum over every other block, and a
/// rescaling of O. Blocks with hidden or missing keys and the first one take the careful path.
/// <para>
/// Methods on the way of every block are compiled once and in full (AggressiveOptimization): with profile-guided tiering a process that began with
/// long rows of keys laid the 77-key path out as the unlikely one. 10x4096x77x64 took 4.2 ms so and 3.5 now, 20x1024x77x64 1.6 and 1.3.
/// </para>
/// </remarks>
static unsafe partial class AttentionKernel<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    const int QueryBlock = AttentionBlocking.Queries;
    const int KeyBlock = AttentionBlocking.Keys;

    /// <summary>A cache line more than a block, so that rows do not fall on the same cache sets.</summary>
    const int ScoreStride = KeyBlock + 16;

    /// <summary>2^64: with it, sums over 2^32 keys of values up to 2^31 stay finite.</summary>
    const float SumLimit = 1.8446744e19f;

    const float Log2E = 1.44269504f;

    static int KeyPanel => 3 * TLanes.Count;

    static int ValuePanelVectors => TLanes.Registers == 32 ? 4 : 2;

    static int ScoreTileRows => TLanes.Registers == 32 ? 8 : 4;

    /// <summary>Floats of a head's packed keys: panels [depth][3 registers of keys], the last one as narrow as its keys allow.</summary>
    public static long PackedKeyFloats(int keys, int depth) => (long)Padded(keys) * depth;

    /// <summary>Floats of a head's packed values: panels [keys][up to 4 registers of channels].</summary>
    public static long PackedValueFloats(int keys, int depth) => (long)Padded(depth) * keys;

    /// <summary>Floats of scratch for one block of queries: queries, scores, results, sums and references; 350 KiB at 64 channels.</summary>
    public static long ScratchFloats(int depth) =>
        QueryBlock * ((long)Padded(depth) * 2 + ScoreStride + 2 * TLanes.Count + 1) + 64;

    /// <summary>Packs keys and values <paramref name="start"/> .. <paramref name="end"/>; start is a multiple of <see
    /// cref="AttentionBlocking.Keys"/>.</summary>
    public static void Pack(float* k, float* v, long stride, int depth, int keys, int start, int end, float* packedKeys, float* packedValues)
    {
        for (int first = start; first < end; first += KeyPanel)
        {
            int count = Math.Min(KeyPanel, keys - first), width = Padded(count);
            float* panel = packedKeys + (long)first * depth;
            int key = 0;
            for (; key <= count - 4; key += 4) TransposeFour(k + (first + key) * stride, stride, depth, panel + key, width);
            for (; key < count; key++)
                for (int i = 0; i < depth; i++) panel[(long)i * width + key] = k[(first + key) * stride + i];
            for (; key < width; key++)
                for (int i = 0; i < depth; i++) panel[(long)i * width + key] = 0;
        }
        int channels = ValuePanelVectors * TLanes.Count;
        for (int first = 0; first < depth; first += channels)
        {
            int count = Math.Min(channels, depth - first), width = Padded(count);
            for (int key = start; key < end; key++)
            {
                float* to = packedValues + (long)first * keys + (long)key * width;
                new ReadOnlySpan<float>(v + key * stride + first, count).CopyTo(new Span<float>(to, count));
                new Span<float>(to + count, width - count).Clear();
            }
        }
    }

    // Four keys become four neighboring lanes of each channel's row.
    static void TransposeFour(float* from, long stride, int depth, float* to, int width)
    {
        int i = 0;
        for (; i <= depth - 4; i += 4)
        {
            var a = Vector128.Load(from + i);
            var b = Vector128.Load(from + stride + i);
            var c = Vector128.Load(from + 2 * stride + i);
            var d = Vector128.Load(from + 3 * stride + i);
            // Low and high halves interleaved, first in pairs, then in fours.
            var ac = Interleave(a, c, upper: false);
            var bd = Interleave(b, d, upper: false);
            Interleave(ac, bd, upper: false).Store(to + (long)i * width);
            Interleave(ac, bd, upper: true).Store(to + (i + 1L) * width);
            ac = Interleave(a, c, upper: true);
            bd = Interleave(b, d, upper: true);
            Interleave(ac, bd, upper: false).Store(to + (i + 2L) * width);
            Interleave(ac, bd, upper: true).Store(to + (i + 3L) * width);
        }
        for (; i < depth; i++)
            for (int key = 0; key < 4; key++) to[(long)i * width + key] = from[key * stride + i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Interleave(Vector128<float> a, Vector128<float> b, bool upper)
    {
        if (Sse.IsSupported) return upper ? Sse.UnpackHigh(a, b) : Sse.UnpackLow(a, b);
        return upper ? Vector128.Create(a[2], b[2], a[3], b[3]) : Vector128.Create(a[0], b[0], a[1], b[1]);
    }

    /// <summary>Attention of one block of queries of one head; q and y point at the block's first query. Stops early when cancelled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Attend(in AttentionBlock block, float* q, float* packedKeys, float* packedValues, float* y, float* scratch,
        CancellationToken cancellation)
    {
        int depth = block.Depth, padded = Padded(depth);
        float* queries = scratch;
        float* result = queries + QueryBlock * padded;
        float* scores = result + QueryBlock * padded;
        float* sums = scores + QueryBlock * ScoreStride;
        float* blockSums = sums + QueryBlock * TLanes.Count;
        float* references = blockSums + QueryBlock * TLanes.Count;
        int tileRows = (block.Queries + ScoreTileRows - 1) / ScoreTileRows * ScoreTileRows;
        for (int row = 0; row < tileRows; row++)
        {
            var to = new Span<float>(queries + row * depth, depth);
            if (row < block.Queries) new ReadOnlySpan<float>(q + row * block.Stride, depth).CopyTo(to);
            else to.Clear();
        }
        new Span<float>(result, QueryBlock * padded).Clear();
        new Span<float>(sums, QueryBlock * TLanes.Count).Clear();
        new Span<float>(references, QueryBlock).Fill(float.NegativeInfinity);

        int visible = block.Causal ? Math.Min(block.Keys, block.FirstQuery + block.Queries) : block.Keys;
        int unmasked = block.Causal ? block.FirstQuery : block.Keys;
        int last = (visible - 1) / KeyBlock * KeyBlock;
        for (int start = last; start >= 0; start -= KeyBlock)
        {
            if (cancellation.IsCancellationRequested) return;
            int count = Math.Min(KeyBlock, visible - start);
            float* keys = packedKeys + (long)start * depth;
            bool whole = count == KeyBlock && start + KeyBlock <= unmasked && start != last;
            if (!whole || !TryProbabilities(block, queries, tileRows, keys, scores, references, blockSums, sums))
            {
                Scores(block, queries, tileRows, keys, Math.Min(KeyBlock, block.Keys - start), scores);
                Softmax(block, start, count, scores, references, sums, result, padded, new AttentionPrefetch(start == last ? q : null, y));
            }
            Accumulate(block, scores, count, packedValues, start, result, padded);
        }
        for (int row = 0; row < block.Queries; row++)
        {
            var factor = TLanes.Broadcast(1 / TLanes.Sum(TLanes.Load(sums + row * TLanes.Count)));
            float* from = result + row * padded, to = y + row * block.Stride;
            int i = 0;
            for (; i <= depth - TLanes.Count; i += TLanes.Count) TLanes.Store(TLanes.Load(from + i) * factor, to + i);
            if (i < depth) TLanes.StorePartial(TLanes.Load(from + i) * factor, to + i, depth - i);
        }
    }

    /// <summary>Raw scores of all queries against <paramref name="count"/> keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Scores(in AttentionBlock block, float* queries, int rows, float* keys, int count, float* scores)
    {
        for (int first = 0; first < count; first += KeyPanel)
        {
            float* panel = keys + (long)first * block.Depth;
            int vectors = Math.Min(3, (count - first + TLanes.Count - 1) / TLanes.Count);
            for (int row = 0; row < rows; row += ScoreTileRows)
                ScoreTile(queries + row * block.Depth, block.Depth, panel, vectors, scores + row * ScoreStride + first);
        }
    }

    /// <summary>
    /// Probabilities of a whole block relative to the references as they are; false, with no trace but overwritten scores, where a reference is too
    /// low by now.
    /// </summary>
    static bool TryProbabilities(in AttentionBlock block, float* queries, int rows, float* keys, float* scores, float* references, float* blockSums,
        float* sums)
    {
        float scale = block.Scale * Log2E;
        new Span<float>(blockSums, QueryBlock * TLanes.Count).Clear();
        for (int first = 0; first < KeyBlock; first += KeyPanel)
        {
            float* panel = keys + (long)first * block.Depth;
            for (int row = 0; row < rows; row += ScoreTileRows)
            {
                float* tile = scores + row * ScoreStride + first;
                ScoreTile(queries + row * block.Depth, block.Depth, panel, 3, tile);
                Exponentials(tile, ScoreTileRows, scale, references + row, blockSums + row * TLanes.Count);
            }
        }
        // A sum, not a maximum: NaN and infinities stay in it, and the careful path gets them right.
        var total = TLanes.Zero;
        for (int row = 0; row < block.Queries; row++) total += TLanes.Load(blockSums + row * TLanes.Count);
        if (!(TLanes.Sum(total) <= SumLimit)) return false;
        for (int i = 0; i < block.Queries * TLanes.Count; i += TLanes.Count) TLanes.Store(TLanes.Load(sums + i) + TLanes.Load(blockSums + i),
            sums + i);
        return true;
    }

    // While the tile is still in L1: three registers of a row at a time.
    static void Exponentials(float* tile, int rows, float scale, float* references, float* sums)
    {
        var factor = TLanes.Broadcast(scale);
        for (int row = 0; row < rows; row++)
        {
            var reference = TLanes.Broadcast(-references[row]);
            var p0 = VectorMath<TLanes>.Exp2Finite(TLanes.MultiplyAdd(TLanes.Load(tile), factor, reference));
            var p1 = VectorMath<TLanes>.Exp2Finite(TLanes.MultiplyAdd(TLanes.Load(tile + TLanes.Count), factor, reference));
            var p2 = VectorMath<TLanes>.Exp2Finite(TLanes.MultiplyAdd(TLanes.Load(tile + 2 * TLanes.Count), factor, reference));
            TLanes.Store(p0, tile);
            TLanes.Store(p1, tile + TLanes.Count);
            TLanes.Store(p2, tile + 2 * TLanes.Count);
            TLanes.Store(TLanes.Load(sums) + p2 + (p0 + p1), sums);
            tile += ScoreStride;
            sums += TLanes.Count;
        }
    }

    /// <summary>Probabilities of a block of which rows may see only a part: raises the references, rescales what was summed before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Softmax(in AttentionBlock block, int start, int count, float* scores, float* references, float* sums, float* result, int padded,
        AttentionPrefetch prefetch)
    {
        var factor = TLanes.Broadcast(block.Scale * Log2E);
        float* lanes = stackalloc float[TLanes.Count];
        for (int i = 0; i < TLanes.Count; i++) lanes[i] = i;
        var indices = TLanes.Load(lanes);
        for (int row = 0; row < block.Queries; row++)
        {
            prefetch.Ask(block, row);
            int visible = block.Causal ? Math.Clamp(block.FirstQuery + row + 1 - start, 0, count) : count;
            float* s = scores + row * ScoreStride;
            float old = references[row];
            float reference = MathF.Max(old, LargestScore(s, visible, block.Scale * Log2E, indices));
            int i = 0;
            if (reference != float.NegativeInfinity)
            {
                if (old != reference && old != float.NegativeInfinity) Rescale(float.Exp2(old - reference), sums + row * TLanes.Count,
                    result + row * padded, padded);
                references[row] = reference;
                var shift = TLanes.Broadcast(-reference);
                var sum = TLanes.Load(sums + row * TLanes.Count);
                for (; i <= visible - TLanes.Count; i += TLanes.Count)
                {
                    var p = VectorMath<TLanes>.Exp2(TLanes.MultiplyAdd(TLanes.Load(s + i), factor, shift));
                    TLanes.Store(p, s + i);
                    sum += p;
                }
                if (i < visible)
                {
                    // Whole registers: the rows are padded, and what lies beyond is some key's score or 0.
                    var p = VectorMath<TLanes>.Exp2(TLanes.MultiplyAdd(TLanes.Load(s + i), factor, shift));
                    p = TLanes.SelectLess(indices, TLanes.Broadcast(visible - i), p, TLanes.Zero);
                    TLanes.Store(p, s + i);
                    sum += p;
                    i += TLanes.Count;
                }
                TLanes.Store(sum, sums + row * TLanes.Count);
            }
            if (i < count) new Span<float>(s + i, count - i).Clear();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float LargestScore(float* scores, int count, float scale, TLanes indices)
    {
        var factor = TLanes.Broadcast(scale);
        var none = TLanes.Broadcast(float.NegativeInfinity);
        var largest = none;
        int i = 0;
        for (; i <= count - TLanes.Count; i += TLanes.Count) largest = TLanes.Max(largest, TLanes.Load(scores + i) * factor);
        if (i < count) largest = TLanes.Max(largest, TLanes.SelectLess(indices, TLanes.Broadcast(count - i), TLanes.Load(scores + i) * factor, none));
        return TLanes.MaxLane(largest);
    }

    static void Rescale(float factor, float* sums, float* result, int padded)
    {
        var alpha = TLanes.Broadcast(factor);
        TLanes.Store(TLanes.Load(sums) * alpha, sums);
        for (int i = 0; i < padded; i += TLanes.Count) TLanes.Store(TLanes.Load(result + i) * alpha, result + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Accumulate(in AttentionBlock block, float* probabilities, int count, float* packedValues, int start, float* result, int padded)
    {
        int channels = ValuePanelVectors * TLanes.Count;
        for (int first = 0; first < padded; first += channels)
        {
            int width = Math.Min(channels, padded - first);
            float* values = packedValues + (long)first * block.Keys + (long)start * width;
            for (int row = 0; row < block.Queries; row += 6)
            {
                float* p = probabilities + row * ScoreStride;
                float* o = result + row * padded + first;
                switch (width / TLanes.Count)
                {
                    case 1: Values6<Count1>(p, count, values, o, padded); break;
                    case 2: Values6<Count2>(p, count, values, o, padded); break;
                    case 3: Values6<Count3>(p, count, values, o, padded); break;
                    default: Values6<Count4>(p, count, values, o, padded); break;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void ScoreTile(float* queries, int depth, float* panel, int vectors, float* scores)
    {
        if (TLanes.Registers == 32)
        {
            switch (vectors)
            {
                case 1: Scores8<Count1>(queries, depth, panel, scores); break;
                case 2: Scores8<Count2>(queries, depth, panel, scores); break;
                default: Scores8<Count3>(queries, depth, panel, scores); break;
            }
        }
        else
        {
            switch (vectors)
            {
                case 1: Scores4<Count1>(queries, depth, panel, scores); break;
                case 2: Scores4<Count2>(queries, depth, panel, scores); break;
                default: Scores4<Count3>(queries, depth, panel, scores); break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Padded(int count) => (count + TLanes.Count - 1) / TLanes.Count * TLanes.Count;
}
