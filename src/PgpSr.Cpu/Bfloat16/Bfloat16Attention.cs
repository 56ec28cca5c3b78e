using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PgpSr.Cpu;

/// <summary>
/// <see cref="AttentionKernel{TLanes}"/>'s method with both products in bfloat16: queries, keys, values and probabilities are rounded, scores,
/// exponentials and sums are float32. The kernels go with 512-bit registers.
/// </summary>
static unsafe class Bfloat16Attention
{
    const int QueryBlock = AttentionBlocking.Queries, KeyBlock = AttentionBlocking.Keys;

    /// <summary>Keys of a panel of scores, channels of a panel of values.</summary>
    const int Panel = Bfloat16Kernels.PanelVectors * Lanes;

    const int Lanes = 16, Line = 64, Step = Bfloat16Kernels.InputPadding;

    /// <summary>2^64, as in <see cref="AttentionKernel{TLanes}"/>; bfloat16 has float32's range.</summary>
    const float SumLimit = 1.8446744e19f;

    const float Log2E = 1.44269504f;

    /// <summary>Floats that a head's packed keys take: panels [depth / 2][64 keys] of pairs of channels, the last one narrower.</summary>
    public static long PackedKeyFloats(int keys, int depth) => (long)Padded(keys, Lanes) * Padded(depth, Step) / 2;

    /// <summary>Floats that a head's packed values take: panels [keys / 2][up to 64 channels] of pairs of keys.</summary>
    public static long PackedValueFloats(int keys, int depth) => (long)Padded(depth, Lanes) * Padded(keys, Step) / 2;

    /// <summary>Floats of scratch for one block of queries: 300 KB at 64 channels.</summary>
    public static long ScratchFloats(int depth) =>
        QueryBlock * (QueryStride(depth) + ProbabilityStride) / sizeof(float) + QueryBlock * ((long)KeyBlock + Padded(depth, Lanes) + 2 * Lanes + 1);

    // Bytes from row to row: an odd number of cache lines.
    static long QueryStride(int depth) => Padded(depth, 2 * Step) * sizeof(ushort) + Line;

    const long ProbabilityStride = KeyBlock * sizeof(ushort) + Line;

    /// <inheritdoc cref="AttentionKernel{TLanes}.Pack"/>
    [SkipLocalsInit]
    public static void Pack(float* k, float* v, long stride, int depth, int keys, int start, int end, float* packedKeys, float* packedValues)
    {
        int inner = Padded(depth, Step), pairs = inner / 2, valueKeys = Padded(keys, Step);
        for (int first = start; first < end; first += Panel)
        {
            int count = Math.Min(Panel, keys - first), width = Padded(count, Lanes);
            uint* panel = (uint*)packedKeys + (long)first * pairs;
            for (int key = 0; key < width; key += Lanes)
                TransposeKeys(k + (first + key) * stride, stride, Math.Clamp(count - key, 0, Lanes), depth, pairs, panel + key, width);
        }
        for (int first = 0; first < depth; first += Panel)
        {
            int count = Math.Min(Panel, depth - first), width = Padded(count, Lanes);
            for (int key = start; key < Math.Min(valueKeys, Padded(end, Step)); key += 2)
            {
                float* even = v + key * stride + first, odd = even + stride;
                uint* to = (uint*)packedValues + (long)first * valueKeys / 2 + (long)key / 2 * width;
                for (int i = 0; i < width; i += Lanes)
                {
                    int rest = Math.Min(Lanes, count - i);
                    var low = key < keys ? Bits(even + i, rest) : Vector512<uint>.Zero;
                    var high = key + 1 < keys ? Bits(odd + i, rest) : Vector512<uint>.Zero;
                    Bfloat16Rounding.Pairs(low, high).Store(to + i);
                }
            }
        }
    }

    // 16 keys become 16 neighboring lanes of each pair of channels.
    static void TransposeKeys(float* from, long stride, int count, int depth, int pairs, uint* to, int width)
    {
        uint* rounded = stackalloc uint[pairs];
        for (int key = 0; key < Lanes; key++)
        {
            if (key < count) Bfloat16Rounding.Round(from + key * stride, depth, (ushort*)rounded, 2 * pairs);
            else new Span<uint>(rounded, pairs).Clear();
            for (int pair = 0; pair < pairs; pair++) to[(long)pair * width + key] = rounded[pair];
        }
    }

    /// <inheritdoc cref="AttentionKernel{TLanes}.Attend"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Attend(Bfloat16Kernels kernels, in AttentionBlock block, float* q, float* packedKeys, float* packedValues, float* y,
        float* scratch, CancellationToken cancellation)
    {
        int depth = block.Depth, inner = Padded(depth, Step), padded = Padded(depth, Lanes);
        int tiles = (block.Queries + kernels.TileRows - 1) / kernels.TileRows;
        byte* queries = (byte*)scratch, probabilities = queries + QueryBlock * QueryStride(depth);
        float* scores = (float*)(probabilities + QueryBlock * ProbabilityStride), result = scores + QueryBlock * KeyBlock;
        float* sums = result + QueryBlock * padded, blockSums = sums + QueryBlock * Lanes, references = blockSums + QueryBlock * Lanes;
        for (int row = 0; row < block.Queries; row++)
            Bfloat16Rounding.Round(q + row * block.Stride, depth, (ushort*)(queries + row * QueryStride(depth)), inner);
        // What tiles hold beyond the last query is multiplied and goes nowhere.
        new Span<float>(result, QueryBlock * padded).Clear();
        new Span<float>(sums, QueryBlock * Lanes).Clear();
        new Span<float>(references, QueryBlock).Fill(float.NegativeInfinity);

        int visible = block.Causal ? Math.Min(block.Keys, block.FirstQuery + block.Queries) : block.Keys;
        int unmasked = block.Causal ? block.FirstQuery : block.Keys;
        int last = (visible - 1) / KeyBlock * KeyBlock;
        for (int start = last; start >= 0; start -= KeyBlock)
        {
            if (cancellation.IsCancellationRequested) return;
            int count = Math.Min(KeyBlock, visible - start), stored = Math.Min(KeyBlock, block.Keys - start);
            bool fast = count == KeyBlock && start + KeyBlock <= unmasked && start != last;
            if (fast) new Span<float>(blockSums, QueryBlock * Lanes).Clear();
            for (int first = 0; first < count; first += Panel)
            {
                int vectors = Padded(Math.Min(Panel, stored - first), Lanes) / Lanes;
                float* panel = scores + QueryBlock * first;
                var call = new Bfloat16Call
                {
                    A = (nint)queries,
                    AStride = (nint)QueryStride(depth),
                    B = (nint)(packedKeys + (long)(start + first) * inner / 2),
                    C = (nint)panel,
                    Steps = Padded(depth, kernels.StepInputs) / kernels.StepInputs,
                    Tiles = tiles,
                };
                kernels.Multiply(ref call, vectors);
                if (fast) Exponentials(block, panel, references, probabilities + first * sizeof(ushort), blockSums);
            }
            if (!fast || !TryAdd(block.Queries, blockSums, sums))
                Softmax(block, start, count, stored, scores, references, sums, result, padded, probabilities, new AttentionPrefetch(start == last ? q : null, y));
            Accumulate(kernels, block, tiles, probabilities, Padded(count, kernels.StepInputs), packedValues, start, result, padded);
        }
        Finish(block, result, sums, y);
    }

    // Probabilities of a whole panel relative to the references as they are.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Exponentials(in AttentionBlock block, float* panel, float* references, byte* probabilities, float* sums)
    {
        var factor = Lanes512.Broadcast(block.Scale * Log2E);
        for (int row = 0; row < block.Queries; row++, panel += Panel, probabilities += ProbabilityStride, sums += Lanes)
        {
            var shift = Lanes512.Broadcast(-references[row]);
            var p0 = VectorMath<Lanes512>.Exp2CoarseFinite(Lanes512.MultiplyAdd(Lanes512.Load(panel), factor, shift));
            var p1 = VectorMath<Lanes512>.Exp2CoarseFinite(Lanes512.MultiplyAdd(Lanes512.Load(panel + Lanes), factor, shift));
            var p2 = VectorMath<Lanes512>.Exp2CoarseFinite(Lanes512.MultiplyAdd(Lanes512.Load(panel + 2 * Lanes), factor, shift));
            var p3 = VectorMath<Lanes512>.Exp2CoarseFinite(Lanes512.MultiplyAdd(Lanes512.Load(panel + 3 * Lanes), factor, shift));
            Lanes512.Store(Lanes512.Load(sums) + ((p0 + p1) + (p2 + p3)), sums);
            Bfloat16Rounding.StoreFinite(p0, p1, (ushort*)probabilities);
            Bfloat16Rounding.StoreFinite(p2, p3, (ushort*)probabilities + 2 * Lanes);
        }
    }

    // Adds a block's sums unless a reference is too low by now. A sum, not a maximum: NaN and infinities stay in it.
    static bool TryAdd(int rows, float* blockSums, float* sums)
    {
        var total = Lanes512.Zero;
        for (int i = 0; i < rows * Lanes; i += Lanes) total += Lanes512.Load(blockSums + i);
        if (!(Lanes512.Sum(total) <= SumLimit)) return false;
        for (int i = 0; i < rows * Lanes; i += Lanes) Lanes512.Store(Lanes512.Load(sums + i) + Lanes512.Load(blockSums + i), sums + i);
        return true;
    }

    // Probabilities of a block of which rows may see only a part: raises the references, rescales what was summed before. All largest scores first:
    // no row waits for its own.
    static void Softmax(in AttentionBlock block, int start, int count, int stored, float* scores, float* references, float* sums, float* result,
        int padded, byte* probabilities, AttentionPrefetch prefetch)
    {
        float* numbers = stackalloc float[Lanes];
        for (int i = 0; i < Lanes; i++) numbers[i] = i;
        var lanes = Lanes512.Load(numbers);
        Raise(block, start, count, stored, scores, references, sums, result, padded, lanes, prefetch);
        Probabilities(block, start, count, stored, scores, references, sums, probabilities, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Visible(in AttentionBlock block, int row, int start, int count) =>
        block.Causal ? Math.Clamp(block.FirstQuery + row + 1 - start, 0, count) : count;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Raise(in AttentionBlock block, int start, int count, int stored, float* scores, float* references, float* sums, float* result,
        int padded, Lanes512 lanes, AttentionPrefetch prefetch)
    {
        var factor = Lanes512.Broadcast(block.Scale * Log2E);
        for (int row = 0; row < block.Queries; row++)
        {
            prefetch.Ask(block, row);
            float old = references[row], reference = MathF.Max(old, LargestScore(scores, row, Visible(block, row, start, count), stored, factor, lanes));
            if (reference == old || reference == float.NegativeInfinity) continue;
            if (old != float.NegativeInfinity) Rescale(float.Exp2(old - reference), sums + row * Lanes, result, row, padded);
            references[row] = reference;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Probabilities(in AttentionBlock block, int start, int count, int stored, float* scores, float* references, float* sums,
        byte* probabilities, Lanes512 lanes)
    {
        var factor = Lanes512.Broadcast(block.Scale * Log2E);
        for (int row = 0; row < block.Queries; row++, probabilities += ProbabilityStride)
        {
            int filled = 0;
            // Minus infinity: the row has not seen a key that counts.
            if (references[row] != float.NegativeInfinity)
            {
                int visible = Visible(block, row, start, count);
                var shift = Lanes512.Broadcast(-references[row]);
                var sum = Lanes512.Load(sums + row * Lanes);
                for (int first = 0; first < visible; first += Panel)
                {
                    float* s = Segment(scores, row, first, stored);
                    ushort* to = (ushort*)probabilities + first;
                    int end = Math.Min(Panel, visible - first), i = 0;
                    for (; i <= end - 2 * Lanes; i += 2 * Lanes)
                    {
                        var p = VectorMath<Lanes512>.Exp2Coarse(Lanes512.MultiplyAdd(Lanes512.Load(s + i), factor, shift));
                        var next = VectorMath<Lanes512>.Exp2Coarse(Lanes512.MultiplyAdd(Lanes512.Load(s + i + Lanes), factor, shift));
                        Bfloat16Rounding.StoreFinite(p, next, to + i);
                        sum += p + next;
                    }
                    for (; i < end; i += Lanes)
                    {
                        // Whole registers: what lies beyond is some key's score or 0.
                        var p = VectorMath<Lanes512>.Exp2Coarse(Lanes512.MultiplyAdd(Lanes512.Load(s + i), factor, shift));
                        if (end - i < Lanes) p = Lanes512.SelectLess(lanes, Lanes512.Broadcast(end - i), p, Lanes512.Zero);
                        Bfloat16Rounding.StoreFinite(p, to + i);
                        sum += p;
                    }
                }
                Lanes512.Store(sum, sums + row * Lanes);
                filled = Padded(visible, Lanes);
            }
            int steps = Padded(count, Step);
            if (filled < steps) new Span<ushort>((ushort*)probabilities + filled, steps - filled).Clear();
        }
    }

    // Where a row's values from a multiple of 16 on are: panels of 64, the last one stored narrower.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float* Segment(float* panels, int row, int column, int stored)
    {
        int first = column / Panel * Panel, width = Padded(Math.Min(Panel, stored - first), Lanes);
        return panels + QueryBlock * first + row * width + (column - first);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float LargestScore(float* scores, int row, int visible, int stored, Lanes512 factor, Lanes512 lanes)
    {
        var none = Lanes512.Broadcast(float.NegativeInfinity);
        var largest = none;
        for (int first = 0; first < visible; first += Panel)
        {
            float* s = Segment(scores, row, first, stored);
            int end = Math.Min(Panel, visible - first), i = 0;
            for (; i <= end - Lanes; i += Lanes) largest = Lanes512.Max(largest, Lanes512.Load(s + i) * factor);
            if (i == end) continue;
            var rest = Lanes512.SelectLess(lanes, Lanes512.Broadcast(end - i), Lanes512.Load(s + i) * factor, none);
            largest = Lanes512.Max(largest, rest);
        }
        return Lanes512.MaxLane(largest);
    }

    static void Rescale(float factor, float* sums, float* result, int row, int padded)
    {
        var alpha = Lanes512.Broadcast(factor);
        Lanes512.Store(Lanes512.Load(sums) * alpha, sums);
        for (int i = 0; i < padded; i += Lanes)
        {
            float* to = Segment(result, row, i, padded);
            Lanes512.Store(Lanes512.Load(to) * alpha, to);
        }
    }

    static void Accumulate(Bfloat16Kernels kernels, in AttentionBlock block, int tiles, byte* probabilities, int count, float* packedValues,
        int start, float* result, int padded)
    {
        int keys = Padded(block.Keys, Step);
        for (int first = 0; first < padded; first += Panel)
        {
            int width = Math.Min(Panel, padded - first);
            var call = new Bfloat16Call
            {
                A = (nint)probabilities,
                AStride = (nint)ProbabilityStride,
                B = (nint)(packedValues + ((long)first * keys + (long)start * width) / 2),
                C = (nint)(result + QueryBlock * first),
                Steps = count / kernels.StepInputs,
                Tiles = tiles,
                Continue = 1,
            };
            kernels.Multiply(ref call, width / Lanes);
        }
    }

    static void Finish(in AttentionBlock block, float* result, float* sums, float* y)
    {
        int padded = Padded(block.Depth, Lanes);
        for (int row = 0; row < block.Queries; row++, y += block.Stride)
        {
            var factor = Lanes512.Broadcast(1 / Lanes512.Sum(Lanes512.Load(sums + row * Lanes)));
            for (int i = 0; i < block.Depth; i += Lanes)
            {
                var value = Lanes512.Load(Segment(result, row, i, padded)) * factor;
                if (block.Depth - i >= Lanes) Lanes512.Store(value, y + i);
                else Lanes512.StorePartial(value, y + i, block.Depth - i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> Bits(float* from, int count) =>
        Unsafe.BitCast<Lanes512, Vector512<uint>>(count >= Lanes ? Lanes512.Load(from) : Lanes512.LoadPartial(from, Math.Max(0, count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Padded(int count, int multiple) => (count + multiple - 1) / multiple * multiple;
}
