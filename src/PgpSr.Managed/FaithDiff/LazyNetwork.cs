using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>
/// A network of a checkpoint folder: its outline is there from the start, so that a checkpoint that does not fit is refused at once and runs can be
/// planned; its weights are loaded when they are first needed, and can be given back to make room.
/// </summary>
sealed class LazyNetwork<T>(
    Func<WeightSource> open,
    Func<WeightSource, Backend, CancellationToken, T> load,
    Func<T, long> weightBytes) : IDisposable
    where T : class, IDisposable
{
    // Plans look at these while a run on another thread loads and unloads.
    volatile T? _loaded;
    long _bytes;

    /// <summary>Bytes of the weights as the backend holds them: the outline's count, so that plans are the same before and after loading.</summary>
    public long WeightBytes => Volatile.Read(ref _bytes);

    /// <summary>Whether the weights are in memory.</summary>
    public bool IsLoaded => _loaded is not null;

    /// <summary>The network without weights, for plans on <paramref name="rehearsal"/>; the caller disposes it.</summary>
    /// <exception cref="WeightsException">The checkpoint does not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two tensors.</exception>
    public T Outline(RehearsalBackend rehearsal, CancellationToken cancellation)
    {
        using var source = new OutlineSource(open());
        var outline = load(source, rehearsal, cancellation);
        Interlocked.CompareExchange(ref _bytes, weightBytes(outline), 0);
        return outline;
    }

    /// <summary>The network, loaded now if it is not there.</summary>
    /// <exception cref="WeightsException">A tensor contains infinity or NaN, or the checkpoint has changed since it was opened.</exception>
    public T Get(Backend backend, RunContext context)
    {
        if (_loaded is not null) return _loaded;
        using var source = open();
        var network = load(source, backend, context.Cancellation);
        Interlocked.CompareExchange(ref _bytes, weightBytes(network), 0);
        context.Hold(_bytes);
        return _loaded = network;
    }

    /// <summary>Gives the weights back, if they are there.</summary>
    public void Unload(RunContext context)
    {
        if (_loaded is null) return;
        context.Hold(-_bytes);
        Dispose();
    }

    public void Dispose()
    {
        _loaded?.Dispose();
        _loaded = null;
    }
}
