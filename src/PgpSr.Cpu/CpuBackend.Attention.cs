using PgpSr.Tensors;

namespace PgpSr.Cpu;

public sealed unsafe partial class CpuBackend
{
    // Packed keys and values of as many heads as fit are made at once; one head always is, however large. 16384 tokens of 512 channels take 64 MiB.
    const long AttentionPackedBytes = 32L << 20;

    // Half of a second-level cache of 1 MB.
    const long CachedPackedBytes = 512 << 10;

    /// <inheritdoc/>
    public override void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y)
    {
        int samples = q.Shape[0], queries = q.Shape[1], keys = k.Shape[1], channels = q.Shape[2];
        if (q.Shape.Count == 0) return;
        if (keys == 0)
        {
            // A mean over nothing.
            Fill(float.NaN, y);
            return;
        }
        int depth = channels / heads;
        long keyFloats = _kernels.AttentionKeyFloats(_bfloat16, keys, depth);
        long headFloats = keyFloats + _kernels.AttentionValueFloats(_bfloat16, keys, depth);
        headFloats = (headFloats + 15) / 16 * 16; // a cache line
        int all = checked(samples * heads);
        int together = (int)Math.Clamp(AttentionPackedBytes / (headFloats * sizeof(float)), 1, all);
        var packed = (float*)_scratch.Shared(checked(together * headFloats * sizeof(float)));
        var call = new AttentionCall(this, CpuBuffer.Floats(q), CpuBuffer.Floats(k), CpuBuffer.Floats(v), CpuBuffer.Floats(y), packed, keyFloats,
            headFloats, heads, depth, queries, keys, scale, causal);
        for (int first = 0; first < all; first += together)
        {
            int count = Math.Min(together, all - first);
            var pack = new PackAttentionWork(call, first);
            _pool.Run(ref pack, checked(count * call.KeyBlocks), CancellationToken);
            var attend = new AttentionWork(call, first, count);
            _pool.Run(ref attend, checked(count * call.QueryBlocks), CancellationToken);
        }
    }

    /// <summary>One call's tensors and sizes. A head is numbered sample * heads + head.</summary>
    readonly struct AttentionCall(
        CpuBackend backend, float* q, float* k, float* v, float* y, float* packed, long keyFloats, long headFloats, int heads, int depth,
            int queries, int keys, float scale, bool causal)
    {
        /// <summary>Of a head.</summary>
        public long PackedBytes => headFloats * sizeof(float);

        public int KeyBlocks => (keys + AttentionBlocking.Keys - 1) / AttentionBlocking.Keys;

        public int QueryBlocks => (queries + AttentionBlocking.Queries - 1) / AttentionBlocking.Queries;

        public void Pack(int slot, int head, int block)
        {
            var (sample, h) = Math.DivRem(head, heads);
            long channels = (long)heads * depth, offset = sample * (long)keys * channels + h * (long)depth;
            int start = block * AttentionBlocking.Keys;
            float* to = packed + slot * headFloats;
            int end = Math.Min(keys, start + AttentionBlocking.Keys);
            backend._kernels.PackAttention(
                backend._bfloat16, k + offset, v + offset, channels, depth, keys, start, end, to, to + keyFloats);
        }

        public void Attend(int slot, int head, int block, int worker)
        {
            var (sample, h) = Math.DivRem(head, heads);
            int start = block * AttentionBlocking.Queries;
            long channels = (long)heads * depth, offset = (sample * (long)queries + start) * channels + h * (long)depth;
            var what = new AttentionBlock(channels, depth, start, Math.Min(AttentionBlocking.Queries, queries - start), keys, scale, causal);
            float* from = packed + slot * headFloats;
            long floats = backend._kernels.AttentionScratchFloats(backend._bfloat16, depth);
            var scratch = (float*)backend._scratch.ForWorker(worker, floats * sizeof(float));
            backend._kernels.Attend(backend._bfloat16, what, q + offset, from, from + keyFloats, y + offset, scratch, backend.CancellationToken);
        }
    }

    readonly struct PackAttentionWork(AttentionCall call, int first) : IParallelWork
    {
        public void Run(int item, int worker)
        {
            var (slot, block) = Math.DivRem(item, call.KeyBlocks);
            call.Pack(slot, first + slot, block);
        }
    }

    // Few keys: heads follow each other, so that the rows of queries and results, of which each head has a piece, are in the cache for the next one.
    // Many: blocks follow each other, so that the head's keys and values are.
    readonly struct AttentionWork(AttentionCall call, int first, int count) : IParallelWork
    {
        public void Run(int item, int worker)
        {
            var (slot, block) = Math.DivRem(item, call.QueryBlocks);
            if (call.PackedBytes * count <= CachedPackedBytes) (block, slot) = Math.DivRem(item, count);
            call.Attend(slot, first + slot, block, worker);
        }
    }
}
