using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>Everything a network loaded; disposed with it.</summary>
sealed class LoadedWeights(IReadOnlyList<IDisposable> owned, long parameters, long otherBytes) : IDisposable
{
    /// <summary>Numbers in the checkpoint that were used.</summary>
    public long ParameterCount { get; } = parameters;

    /// <summary>Bytes held now, caches of the backend included.</summary>
    public long ByteCount => otherBytes + owned.OfType<PackedWeight>().Sum(w => w.ByteCount);

    public void Dispose()
    {
        foreach (var thing in owned) thing.Dispose();
    }
}
