using PgpSr.Tensors;

namespace PgpSr.Gpu;

public sealed partial class GpuBackend
{
    /// <inheritdoc/>
    public override PackedConv2d PackConv2d(HostTensor weight, HostTensor bias, Conv2dGeometry geometry)
    {
        if (weight.Shape.Rank != 4 || weight.Shape[2] != geometry.KernelHeight || weight.Shape[3] != geometry.KernelWidth)
            Throw.NotAWeight(weight, $"[out, in, {geometry.KernelHeight}, {geometry.KernelWidth}]", nameof(weight));
        CheckBias(weight, bias);
        using var turn = Begin();
        _products.Prepare(weight.Type);
        return _products.PackConv2d(weight, bias, geometry);
    }

    /// <inheritdoc/>
    public override PackedLinear PackLinear(HostTensor weight, HostTensor bias, LinearForm form = LinearForm.Plain)
    {
        if (weight.Shape.Rank != 2) Throw.NotAWeight(weight, "a matrix [rows, in]", nameof(weight));
        if (form == LinearForm.Geglu && weight.Shape[0] % 2 != 0)
            Throw.NotAWeight(weight, "as many gates as values: an even number of rows", nameof(weight));
        CheckBias(weight, bias);
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

    static void CheckBias(HostTensor weight, HostTensor bias)
    {
        if (!bias.IsAbsent && (bias.Shape.Rank != 1 || bias.Shape[0] != weight.Shape[0])) Throw.NotABias(weight, bias, nameof(bias));
    }
}
