using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using PgpSr.Tensors;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace PgpSr.Models;

/// <summary>
/// Two checkpoints of one network, mixed: <c>share * first + (1 - share) * second</c> of every tensor, in float32. Real-ESRGAN's denoise strength is
/// such a mix (Wang et al. 2019, deep network interpolation).
/// </summary>
sealed class InterpolatedSource : WeightSource
{
    readonly WeightSource _first;
    readonly WeightSource _second;
    readonly float _share;
    float[] _mixed = [];

    /// <param name="first">Disposed with this source.</param>
    /// <param name="second">Disposed with this source.</param>
    /// <param name="share">The first's, 0 to 1.</param>
    public InterpolatedSource(WeightSource first, WeightSource second, float share)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (!(share is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(share), share, "a share lies between 0 and 1");
        (_first, _second, _share) = (first, second, share);
    }

    /// <inheritdoc/>
    public override string Name => $"{_first.Name} mixed with {_second.Name}";

    /// <inheritdoc/>
    public override IEnumerable<string> Keys => _first.Keys.Union(_second.Keys);

    /// <summary>Only tensors that both have in one shape; a tensor of one alone is missing from the network.</summary>
    public override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description)
    {
        description = null;
        if (!_first.TryDescribe(key, out var first) || !_second.TryDescribe(key, out var second) || first.Shape != second.Shape) return false;
        description = first.Type is null || second.Type is null ? first with { Type = null } : new WeightDescription(first.Shape, DType.F32, "F32");
        return true;
    }

    /// <inheritdoc/>
    public override HostTensor Read(string key)
    {
        var first = _first.Read(key);
        var shape = first.Shape;
        int count = checked((int)shape.Count);
        if (_mixed.Length < count) _mixed = new float[count];
        var mixed = _mixed.AsSpan(0, count);
        first.CopyTo(mixed);
        Primitives.Multiply(mixed, _share, mixed);
        Primitives.MultiplyAdd(_second.Read(key).ToArray(), 1 - _share, mixed, mixed);
        return new HostTensor(key, DType.F32, shape, MemoryMarshal.AsBytes(mixed));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        _first.Dispose();
        _second.Dispose();
    }
}
