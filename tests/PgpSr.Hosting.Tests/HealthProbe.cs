using System.Diagnostics;

namespace PgpSr.Hosting.Tests;

/// <summary>Asks a service for its health again and again; beside it a thread that only sleeps sees how late other programs let it wake.</summary>
sealed class HealthProbe : IDisposable
{
    static readonly TimeSpan s_sleep = TimeSpan.FromMilliseconds(5);

    readonly CancellationTokenSource _stop = new();
    readonly List<TimeSpan> _answers = [];
    readonly List<TimeSpan> _lateness = [];
    readonly Thread _sleeper;
    readonly Task _asking;
    long _latest;

    public HealthProbe(HttpClient client, Uri address)
    {
        _sleeper = new Thread(Sleep) { IsBackground = true };
        _sleeper.Start();
        _asking = Task.Run(() => AskAsync(client, address));
    }

    /// <summary>How many answers there were.</summary>
    public int Count => _answers.Count;

    /// <summary>How long an answer took that this part of them did not exceed.</summary>
    public TimeSpan Answer(double part) => At(_answers, part);

    /// <summary>How late a thread woke, while an answer was awaited, of this part of them.</summary>
    public TimeSpan Lateness(double part) => At(_lateness, part);

    /// <summary>Ends the questions; what they found can then be read.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _asking;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _sleeper.Join();
        _stop.Dispose();
    }

    static TimeSpan At(List<TimeSpan> all, double part) => all.Order().ElementAt((int)(part * (all.Count - 1)));

    async Task AskAsync(HttpClient client, Uri address)
    {
        while (!_stop.IsCancellationRequested)
        {
            Interlocked.Exchange(ref _latest, 0);
            long asked = Stopwatch.GetTimestamp();
            using (var answer = await client.GetAsync(address)) answer.EnsureSuccessStatusCode();
            _answers.Add(Stopwatch.GetElapsedTime(asked));
            _lateness.Add(TimeSpan.FromTicks(Interlocked.Read(ref _latest)));
            await Task.Delay(50);
        }
    }

    void Sleep()
    {
        while (!_stop.IsCancellationRequested)
        {
            long begun = Stopwatch.GetTimestamp();
            Thread.Sleep(s_sleep);
            long late = (Stopwatch.GetElapsedTime(begun) - s_sleep).Ticks;
            if (late > Interlocked.Read(ref _latest)) Interlocked.Exchange(ref _latest, late);
        }
    }
}
