namespace PgpSr.Cpu;

abstract unsafe partial class KernelSet
{
    /// <inheritdoc cref="AttentionKernel{TLanes}.PackedKeyFloats"/>
    public abstract long AttentionKeyFloats(Bfloat16Kernels? bfloat16, int keys, int depth);

    /// <inheritdoc cref="AttentionKernel{TLanes}.PackedValueFloats"/>
    public abstract long AttentionValueFloats(Bfloat16Kernels? bfloat16, int keys, int depth);

    /// <inheritdoc cref="AttentionKernel{TLanes}.ScratchFloats"/>
    public abstract long AttentionScratchFloats(Bfloat16Kernels? bfloat16, int depth);

    /// <inheritdoc cref="AttentionKernel{TLanes}.Pack"/>
    public abstract void PackAttention(Bfloat16Kernels? bfloat16, float* k, float* v, long stride, int depth, int keys, int start, int end,
        float* packedKeys, float* packedValues);

    /// <inheritdoc cref="AttentionKernel{TLanes}.Attend"/>
    public abstract void Attend(Bfloat16Kernels? bfloat16, in AttentionBlock block, float* q, float* packedKeys, float* packedValues, float* y,
        float* scratch, CancellationToken cancellation);
}

sealed unsafe partial class KernelSet<TLanes>
{
    public override long AttentionKeyFloats(Bfloat16Kernels? bfloat16, int keys, int depth) =>
        bfloat16 is null ? AttentionKernel<TLanes>.PackedKeyFloats(keys, depth) : Bfloat16Attention.PackedKeyFloats(keys, depth);

    public override long AttentionValueFloats(Bfloat16Kernels? bfloat16, int keys, int depth) =>
        bfloat16 is null ? AttentionKernel<TLanes>.PackedValueFloats(keys, depth) : Bfloat16Attention.PackedValueFloats(keys, depth);

    public override long AttentionScratchFloats(Bfloat16Kernels? bfloat16, int depth) =>
        bfloat16 is null ? AttentionKernel<TLanes>.ScratchFloats(depth) : Bfloat16Attention.ScratchFloats(depth);

    public override void PackAttention(Bfloat16Kernels? bfloat16, float* k, float* v, long stride, int depth, int keys, int start, int end,
        float* packedKeys, float* packedValues)
    {
        if (bfloat16 is null) AttentionKernel<TLanes>.Pack(k, v, stride, depth, keys, start, end, packedKeys, packedValues);
        else Bfloat16Attention.Pack(k, v, stride, depth, keys, start, end, packedKeys, packedValues);
    }

    public override void Attend(Bfloat16Kernels? bfloat16, in AttentionBlock block, float* q, float* packedKeys, float* packedValues, float* y,
        float* scratch, CancellationToken cancellation)
    {
        if (bfloat16 is null) AttentionKernel<TLanes>.Attend(block, q, packedKeys, packedValues, y, scratch, cancellation);
        else Bfloat16Attention.Attend(bfloat16, block, q, packedKeys, packedValues, y, scratch, cancellation);
    }
}
