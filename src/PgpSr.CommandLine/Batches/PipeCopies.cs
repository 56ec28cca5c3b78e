namespace PgpSr.CommandLine;

/// <summary>
/// Inputs that can be read once only (pipes, FIFOs, <c>/dev/stdin</c>), as temporary files: a batch looks at headers first and reads pictures later.
/// The files go with this.
/// </summary>
/// <param name="openStandard">Opens the standard input, which <c>-</c> names.</param>
sealed class PipeCopies(Func<Stream> openStandard) : IDisposable
{
    const int BufferLength = 1 << 16;

    readonly List<string> _copies = [];

    /// <summary>The items, those from pipes with the copy to read; waits until the writer of each pipe has closed it. What cannot be copied is refused.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled while it waited.</exception>
    public IReadOnlyList<BatchItem> Of(IReadOnlyList<BatchItem> items, CancellationToken cancellation) =>
        [.. items.Select(item => item.Refusal is null && MayBePipe(item.Source) ? Copied(item, cancellation) : item)];

    BatchItem Copied(BatchItem item, CancellationToken cancellation)
    {
        try
        {
            return item with { Read = Copy(item.Source, cancellation) };
        }
        catch (CommandException e)
        {
            return item with { Refusal = e.Message };
        }
    }

    // A pipe has no length, and is often reached by a link.
    static bool MayBePipe(string path) => path == OutputNaming.Standard
        || new FileInfo(path) is { Exists: true } file && (file.Length == 0 || file.LinkTarget is not null);

    string Copy(string path, CancellationToken cancellation)
    {
        // Opening and reading wait for whoever writes; a thread that waits on after a cancellation does not keep the process.
        Task<string?> copying = Task.Run(() => Copy(path), CancellationToken.None);
        try
        {
            return copying.WaitAsync(cancellation).GetAwaiter().GetResult() ?? path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return path; // whoever reads it there says what is wrong with it
        }
    }

    string? Copy(string path)
    {
        bool standard = path == OutputNaming.Standard;
        using Stream from = standard ? openStandard() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        if (!standard && from.CanSeek) return null;
        string copy = Path.Combine(Path.GetTempPath(), $"pgpsr-{Guid.NewGuid():N}");
        lock (_copies) _copies.Add(copy);
        byte[] buffer = new byte[BufferLength];
        using FileStream to = Created(copy);
        for (int count; (count = from.Read(buffer)) > 0;)
        {
            try
            {
                to.Write(buffer, 0, count);
            }
            catch (IOException e)
            {
                throw NotWritten(e);
            }
        }
        return copy;
    }

    static FileStream Created(string copy)
    {
        try
        {
            return new FileStream(copy, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(e);
        }
    }

    // Not as if the pipe could not be read: it was read in part, and cannot be read again.
    static CommandException NotWritten(Exception e) =>
        new(ExitCode.Output, $"no copy of it can be written to the temporary folder {Path.GetTempPath()}: {e.Message}; name another one in TMPDIR", e);

    /// <summary>Deletes the copies.</summary>
    public void Dispose()
    {
        lock (_copies) _copies.ForEach(Delete);
    }

    static void Delete(string copy)
    {
        try
        {
            File.Delete(copy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Windows keeps what a thread that was left waiting still has open; the system clears the folder.
        }
    }
}
