using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>A network with its topology and all that it loaded, which is given back with it.</summary>
/// <typeparam name="TConfig">The topology.</typeparam>
abstract class LoadedNetwork<TConfig> : IDisposable
{
    IReadOnlyList<IDisposable> _owned = [];
    long _otherBytes;

    private protected LoadedNetwork(TConfig config) => Config = config;

    /// <summary>The topology.</summary>
    public TConfig Config { get; }

    /// <summary>Numbers in the checkpoint; 0 for a network that is part of a larger one.</summary>
    public long ParameterCount { get; private set; }

    /// <summary>Bytes of the packed weights and of tables, caches of the backend included.</summary>
    public virtual long WeightBytes => _otherBytes + _owned.OfType<PackedWeight>().Sum(weight => weight.ByteCount);

    /// <summary>What was loaded is this network's from now on.</summary>
    internal void Own(IReadOnlyList<IDisposable> loaded, long parameters, long otherBytes) =>
        (_owned, ParameterCount, _otherBytes) = (loaded, parameters, otherBytes);

    /// <summary>Gives the weights back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose()"/>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        foreach (var thing in _owned) thing.Dispose();
    }
}
