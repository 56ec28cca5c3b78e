using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Managed.Tests;

/// <summary>A checkpoint whose tensors of some names hold one value, or are there in addition.</summary>
sealed class FilledSource(WeightSource real, Func<string, bool> which, float value) : WeightSource
{
    public override string Name => real.Name;

    public override IEnumerable<string> Keys => real.Keys;

    public override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description) => real.TryDescribe(key, out description);

    public override HostTensor Read(string key)
    {
        var tensor = real.Read(key);
        if (!which(key)) return tensor;
        var values = new float[tensor.Shape.Count];
        Array.Fill(values, value);
        return new HostTensor(key, DType.F32, tensor.Shape, MemoryMarshal.AsBytes<float>(values).ToArray());
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) real.Dispose();
    }
}
