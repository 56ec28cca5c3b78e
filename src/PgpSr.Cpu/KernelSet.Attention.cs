namespace PgpSr.Cpu;

abstract unsafe partial class KernelSet
{
    /// <inheritdoc cref="AttentionKernel{TLanes}.PackedKeyFloats"/>
    public abstract long AttentionKeyFloats(int keys, int depth);

    /// <inheritdoc cref="AttentionKernel{TLanes}.PackedValueFloats"/>
    public abstract long AttentionValueFloats(int keys, int depth);

    /// <inheritdoc cref="AttentionKernel{TLanes}.ScratchFloats"/>
    public abstract long AttentionScratchFloats(int depth);

    /// <inheritdoc cref="AttentionKernel{TLanes}.Pack"/>
    public abstract void PackAttention(float* k, float* v, long stride, int depth, int keys, int start, int end, float* packedKeys,
        float* packedValues);

    /// <inheritdoc cref="AttentionKernel{TLanes}.Attend"/>
    public abstract void Attend(in AttentionBlock block, float* q, float* packedKeys, float* packedValues, float* y, float* scratch,
        CancellationToken cancellation);
}

sealed unsafe partial class KernelSet<TLanes>
{
    public override long AttentionKeyFloats(int keys, int depth) => AttentionKernel<TLanes>.PackedKeyFloats(keys, depth);

    public override long AttentionValueFloats(int keys, int depth) => AttentionKernel<TLanes>.PackedValueFloats(keys, depth);

    public override long AttentionScratchFloats(int depth) => AttentionKernel<TLanes>.ScratchFloats(depth);

    public override void PackAttention(float* k, float* v, long stride, int depth, int keys, int start, int end, float* packedKeys,
        float* packedValues) =>
        AttentionKernel<TLanes>.Pack(k, v, stride, depth, keys, start, end, packedKeys, packedValues);

    public override void Attend(in AttentionBlock block, float* q, float* packedKeys, float* packedValues, float* y, float* scratch,
        CancellationToken cancellation) =>
        AttentionKernel<TLanes>.Attend(block, q, packedKeys, packedValues, y, scratch, cancellation);
}
