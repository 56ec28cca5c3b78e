namespace PgpSr.Models;

/// <summary>
/// Reads files from front to back on a thread of its own, so that the system has them in memory by the time the loader asks: reading and packing then
/// take as long as the longer of the two, not as both. It stays a bounded way ahead, keeps nothing itself, and a file it cannot read is the loader's
/// to report.
/// </summary>
sealed class ReadAhead : IDisposable
{
    const int Block = 4 << 20;

    // How far ahead of what was used: enough to ride out a large tensor, little beside any checkpoint worth reading ahead.
    const long Distance = 512L << 20;

    readonly IReadOnlyList<string> _files;
    readonly Thread _thread;
    readonly Lock _lock = new();
    readonly ManualResetEventSlim _wake = new();
    long _used;
    volatile bool _stop;

    public ReadAhead(IReadOnlyList<string> files)
    {
        _files = files;
        _thread = new Thread(Run) { IsBackground = true, Name = "PgpSr read-ahead" };
        _thread.Start();
    }

    /// <summary>Tells that the loader has taken that many bytes more.</summary>
    public void Use(long bytes)
    {
        lock (_lock) _used += bytes;
        _wake.Set();
    }

    public void Dispose()
    {
        _stop = true;
        _wake.Set();
        _thread.Join();
        _wake.Dispose();
    }

    void Run()
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(Block);
        long read = 0;
        try
        {
            foreach (string file in _files)
            {
                using var handle = File.OpenHandle(file, options: FileOptions.SequentialScan);
                long length = RandomAccess.GetLength(handle);
                for (long at = 0; at < length && !_stop; at += Block)
                {
                    while (!_stop && read > Used() + Distance)
                    {
                        _wake.Reset();
                        if (!_stop && read > Used() + Distance) _wake.Wait(); // a stop that came before the reset woke nobody
                    }
                    read += RandomAccess.Read(handle, buffer, at);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The loader meets the same fault where it can name the tensor.
        }
    }

    long Used()
    {
        lock (_lock) return _used;
    }
}
