namespace PgpSr.Imaging.Codecs;

/// <summary>Takes what encoders write and sends it on to a stream of which nothing synchronous is asked.</summary>
/// <param name="target">Stays open.</param>
/// <param name="canSeek">Whether the encoder goes back in what it wrote: then all of it waits for the end.</param>
sealed class AsynchronousOutput(Stream target, bool canSeek) : MemoryStream
{
    public override bool CanSeek => canSeek;

    public async Task SendAsync(bool last, CancellationToken cancellation)
    {
        if (canSeek && !last) return;
        if (Length > 0) await target.WriteAsync(GetBuffer().AsMemory(0, (int)Length), cancellation).ConfigureAwait(false);
        SetLength(0);
        if (last) await target.FlushAsync(cancellation).ConfigureAwait(false);
    }
}
