using System.Collections.Immutable;
using System.Security.Cryptography;

namespace PgpSr.Pruning;

/// <summary>Names and hashes of a checkpoint's files.</summary>
static class SourceFiles
{
    const int PieceLength = 4 << 20;

    /// <summary>Reads every file once.</summary>
    public static ImmutableArray<SourceFile> Hash(Checkpoint checkpoint, CancellationToken cancellation) =>
        [.. checkpoint.Files.Select(file => new SourceFile(Path.GetFileName(file), Sha256(file, cancellation)))];

    /// <summary>The same with texts of equal length for hashes, to be written first and replaced once the hashes are known (<see
    /// cref="HeaderPatch"/>).</summary>
    public static ImmutableArray<SourceFile> Pending(Checkpoint checkpoint) =>
        [.. checkpoint.Files.Select((file, i) =>
            new SourceFile(Path.GetFileName(file), FormattableString.Invariant($"pending-{i}-").PadRight(2 * SHA256.HashSizeInBytes, '-')))];

    static string Sha256(string file, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        byte[] piece = new byte[PieceLength];
        for (int count; (count = stream.Read(piece)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(piece, 0, count);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
