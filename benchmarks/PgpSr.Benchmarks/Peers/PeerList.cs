namespace PgpSr.Benchmarks;

/// <summary>The peers that a program carries, by name.</summary>
sealed class PeerList(IReadOnlyDictionary<string, Func<IPeer>> makers)
{
    /// <exception cref="FormatException">It carries no such peer.</exception>
    public IPeer Make(string name) => makers.TryGetValue(name, out Func<IPeer>? make) ? make() : throw new FormatException(
        $"--peer {name}: this program does not carry it ({string.Join(", ", makers.Keys)}); torch is in benchmarks/PgpSr.Benchmarks.Torch");
}
