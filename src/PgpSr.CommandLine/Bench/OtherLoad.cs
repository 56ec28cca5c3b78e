using System.Diagnostics;
using System.Globalization;

namespace PgpSr.CommandLine;

/// <summary>
/// Processor time that went elsewhere since this was made: to other processes of the machine, or to other machines of its host (steal).
/// Linux only, elsewhere always 0; it counts in hundredths of a second.
/// </summary>
sealed class OtherLoad
{
    readonly long _start = Stopwatch.GetTimestamp();
    readonly double _busy = BusySeconds();
    readonly double _own = OwnSeconds();

    /// <summary>Processors that others held, on average since the beginning.</summary>
    public double Processors()
    {
        double elsewhere = BusySeconds() - _busy - (OwnSeconds() - _own);
        return Math.Max(0, elsewhere / Stopwatch.GetElapsedTime(_start).TotalSeconds);
    }

    static double OwnSeconds() => OperatingSystem.IsLinux() ? Environment.CpuUsage.TotalTime.TotalSeconds : 0;

    static double BusySeconds()
    {
        if (!OperatingSystem.IsLinux()) return 0;
        // cpu user nice system idle iowait irq softirq steal ..., in ticks of 10 ms.
        string? line = File.ReadLines("/proc/stat").FirstOrDefault();
        string[] fields = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (fields.Length < 9) return 0;
        double ticks = 0;
        foreach (int field in (ReadOnlySpan<int>)[1, 2, 3, 6, 7, 8]) ticks += double.Parse(fields[field], CultureInfo.InvariantCulture);
        return ticks * 0.01;
    }
}
