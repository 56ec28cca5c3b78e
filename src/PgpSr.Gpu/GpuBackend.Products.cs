using PgpSr.Tensors;

namespace PgpSr.Gpu;

public sealed partial class GpuBackend
{
    /// <inheritdoc/>
    protected override PackedConv2d PackConv2dCore(HostTensor weight, HostTensor bias, Conv2dGeometry geometry)
    {
        using var turn = Begin();
        _products.Prepare(weight.Type);
        return _products.PackConv2d(weight, bias, geometry);
    }

    /// <inheritdoc/>
    protected override PackedLinear PackLinearCore(HostTensor weight, HostTensor bias, LinearForm form)
    {
        using var turn = Begin();
        _products.Prepare(weight.Type);
        // Gates are what tells a transformer: networks without do not wait for its kernels.
        if (form == LinearForm.Geglu) PrepareTransformers();
        return _products.PackLinear(weight, bias, form);
    }

    /// <inheritdoc/>
    public override void Conv2d(Tensor x, PackedConv2d weight, in Epilogue epilogue, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        using var turn = Begin();
        _queue.Int(x.Shape.Count);
        _queue.Int(y.Shape.Count);
        _products.Conv2d(x, weight, epilogue, y);
    }

    /// <inheritdoc/>
    public override void Linear(Tensor x, PackedLinear weight, in Epilogue epilogue, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        using var turn = Begin();
        _queue.Int(x.Shape.Count);
        _queue.Int(y.Shape.Count);
        _products.Linear(x, weight, epilogue, y);
    }

    /// <inheritdoc/>
    public override void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y)
    {
        if (q.Shape.Count == 0) return;
        if (k.Shape[1] == 0)
        {
            // A mean over nothing.
            Fill(float.NaN, y);
            return;
        }
        using var turn = Begin();
        _queue.Int(q.Shape.Count);
        _queue.Int(k.Shape.Count);
        _products.Attention(q, k, v, heads, scale, causal, y);
    }

    void PrepareTransformers()
    {
        _products.PrepareTransformers();
        var operations = ActivationType == DType.F16 ? _halves : _singles;
        _device.Prepare($"transformers, activations {ActivationType}", operations.CompileTransformers);
    }
}
