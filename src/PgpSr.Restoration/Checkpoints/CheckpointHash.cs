using System.Security.Cryptography;

namespace PgpSr.Restoration;

/// <summary>SHA-256 of a checkpoint's bytes, file after file, computed when first asked for: large ones take seconds, and not every run
/// asks.</summary>
sealed class CheckpointHash(IReadOnlyList<Func<Stream>> files)
{
    // Between two looks at the token.
    const int PieceLength = 1 << 20;

    readonly Lock _lock = new();
    string? _value;

    public CheckpointHash(Func<Stream> open)
        : this([open])
    {
    }

    public string Compute(CancellationToken cancellation)
    {
        lock (_lock) return _value ??= Read(cancellation);
    }

    string Read(CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = new byte[PieceLength];
        foreach (var open in files)
        {
            using var stream = open();
            for (int count; (count = stream.Read(piece)) > 0;)
            {
                cancellation.ThrowIfCancellationRequested();
                hash.AppendData(piece, 0, count);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
