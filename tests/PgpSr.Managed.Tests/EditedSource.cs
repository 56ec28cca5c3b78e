using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Managed.Tests;

/// <summary>Another source whose tensors are changed on the way.</summary>
sealed class EditedSource(WeightSource source, Func<string, float[], float[]> change) : WeightSource
{
    float[] _values = [];

    public override string Name => source.Name;

    public override IEnumerable<string> Keys => source.Keys;

    public override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description) => source.TryDescribe(key, out description);

    public override HostTensor Read(string key)
    {
        var tensor = source.Read(key);
        _values = change(key, tensor.ToArray());
        return new HostTensor(key, DType.F32, tensor.Shape, MemoryMarshal.AsBytes(_values.AsSpan()));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
    }
}
