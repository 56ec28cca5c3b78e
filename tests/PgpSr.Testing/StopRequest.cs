using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PgpSr.Testing;

/// <summary>
/// A request to stop that comes after a while, and what the thread that made it worked on afterwards. Processor time counts, so that other programs on
/// the machine, which may take the processor away for long, do not.
/// </summary>
public sealed partial class StopRequest : IDisposable
{
    readonly CancellationTokenSource _source = new();
    readonly Timer _timer;
    readonly int _clock;
    long _asked = -1;

    /// <summary>Belongs to the calling thread.</summary>
    /// <param name="after">When the request comes.</param>
    public StopRequest(TimeSpan after)
    {
        if (OperatingSystem.IsLinux() && GetCpuClock(CurrentThread(), out _clock) != 0) throw new InvalidOperationException("the thread has no clock");
        _timer = new Timer(_ =>
        {
            Interlocked.Exchange(ref _asked, Now);
            _source.Cancel();
        }, null, after, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What is cancelled.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>How long the thread has worked since; where threads have no clocks of their own, how long ago the request was.</summary>
    /// <exception cref="InvalidOperationException">There has been no request yet.</exception>
    public TimeSpan Late
    {
        get
        {
            long asked = Interlocked.Read(ref _asked);
            return asked >= 0 ? TimeSpan.FromTicks((Now - asked) / TimeSpan.NanosecondsPerTick) : throw new InvalidOperationException("no request yet");
        }
    }

    // Nanoseconds.
    long Now
    {
        get
        {
            if (!OperatingSystem.IsLinux()) return (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));
            return GetTime(_clock, out var time) == 0 ? time.Seconds * 1_000_000_000 + time.Nanoseconds : throw new InvalidOperationException("the clock is gone");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _source.Dispose();
    }

    [StructLayout(LayoutKind.Sequential)]
    readonly record struct Time(long Seconds, long Nanoseconds);

    [LibraryImport("libc", EntryPoint = "pthread_self")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint CurrentThread();

    [LibraryImport("libc", EntryPoint = "pthread_getcpuclockid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetCpuClock(nint thread, out int clock);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetTime(int clock, out Time time);
}
