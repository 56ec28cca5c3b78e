using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>Keys and values of a text for every cross-attention of one network (<see cref="Unet.ProjectText"/>).</summary>
sealed class TextKeys : IDisposable
{
    readonly Dictionary<Attention, (Tensor K, Tensor V)> _projected = [];

    internal (Tensor K, Tensor V) this[Attention attention] =>
        _projected.TryGetValue(attention, out var found) ? found
            : throw new InvalidOperationException("these text keys were projected by another network");

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        foreach (var (k, v) in _projected.Values)
        {
            k.Dispose();
            v.Dispose();
        }
        _projected.Clear();
    }

    internal void Add(Attention attention, Tensor k, Tensor v) => _projected.Add(attention, (k, v));
}
