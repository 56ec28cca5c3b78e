namespace PgpSr.Hosting;

/// <summary>
/// The temporary files between two streams: decoders read and encoders write at their own pace, on a thread that must not wait for a network.
/// </summary>
sealed class StreamFiles : IDisposable
{
    const int BufferBytes = 1 << 16;

    readonly string _name = Path.Combine(Path.GetTempPath(), $"pgpsr-{Guid.NewGuid():N}");

    /// <summary>What came.</summary>
    public string Source => $"{_name}.in";

    /// <summary>What goes.</summary>
    public string Result => $"{_name}.out";

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="UploadTooLargeException">It is longer than allowed.</exception>
    public async Task ReadAsync(Stream source, long most, CancellationToken cancellation)
    {
        await using FileStream file = new(Source, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes, FileOptions.Asynchronous);
        byte[] buffer = new byte[BufferBytes];
        for (int count; (count = await source.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
        {
            if (file.Position + count > most) throw new UploadTooLargeException(most);
            await file.WriteAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Writes the result to a stream.</summary>
    public async Task WriteAsync(Stream destination, CancellationToken cancellation)
    {
        await using FileStream file = new(Result, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, FileOptions.Asynchronous);
        await file.CopyToAsync(destination, BufferBytes, cancellation).ConfigureAwait(false);
        await destination.FlushAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Deletes both.</summary>
    public void Dispose()
    {
        File.Delete(Source);
        File.Delete(Result);
    }
}
