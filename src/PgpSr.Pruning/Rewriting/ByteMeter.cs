using System.Diagnostics;

namespace PgpSr.Pruning;

/// <summary>Counts bytes for progress, telling at most ten times a second.</summary>
sealed class ByteMeter(IProgress<RewriteProgress>? progress, long total) : IDisposable
{
    static readonly long s_interval = Stopwatch.Frequency / 10;

    long _bytes, _told;
    string _what = "";

    public void Begin(string what) => _what = what;

    public void Add(long bytes)
    {
        _bytes += bytes;
        long now = Stopwatch.GetTimestamp();
        if (progress is null || now - _told < s_interval) return;
        _told = now;
        progress.Report(new RewriteProgress(Math.Min(_bytes, total), total, _what));
    }

    public void Dispose() => progress?.Report(new RewriteProgress(Math.Min(_bytes, total), total, _what));
}
