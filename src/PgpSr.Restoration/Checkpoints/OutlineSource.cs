using System.Diagnostics.CodeAnalysis;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>
/// A checkpoint's names, shapes and types with zeros for values: a network loads from it in a moment, which checks that the checkpoint fits, and its
/// runs can be planned (<see cref="RehearsalBackend"/>).
/// </summary>
/// <param name="real">The checkpoint; disposed with this source.</param>
sealed class OutlineSource(WeightSource real) : WeightSource
{
    byte[] _zeros = [];

    public override string Name => real.Name;

    public override IEnumerable<string> Keys => real.Keys;

    public override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description) => real.TryDescribe(key, out description);

    public override HostTensor Read(string key)
    {
        if (!real.TryDescribe(key, out var description) || description.Type is not { } type)
            throw new InvalidOperationException($"{key} was not described");
        int bytes = checked((int)(description.Shape.Count * type.Size()));
        if (_zeros.Length < bytes) _zeros = new byte[bytes];
        return new HostTensor(key, type, description.Shape, _zeros.AsSpan(0, bytes));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) real.Dispose();
    }
}
