using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PgpSr.Cli;

namespace PgpSr.KernelBench;

/// <summary>What a number means nothing without.</summary>
sealed record MachineFacts(
    string Cpu, int Cores, int Threads, string Runtime, string OperatingSystem, int VectorBits, DateTime Utc, IReadOnlyList<string> Versions)
{
    /// <summary>Multiply-add throughput in GFLOP/s when the run began.</summary>
    public required double PeakGflops { get; init; }

    /// <summary>GB/s of two reads and one write of a tensor far larger than the caches.</summary>
    public required double BandwidthGigabytes { get; init; }

    public static MachineFacts Measure(int threads, IReadOnlyList<string> versions)
    {
        // Eight times the largest last-level cache that this code has met (32 MB).
        const int LargeCount = 64 << 20;
        using var streams = new StreamBandwidth(threads, LargeCount);
        double seconds = double.PositiveInfinity;
        for (int i = 0; i < 3; i++) seconds = Math.Min(seconds, Math.Min(streams.Run(false), streams.Run(true)));
        var peaks = new Samples();
        for (int i = 0; i < 5; i++) peaks.Add(1e-9 * MultiplyAddPeak.Measure(threads, windows: 3));
        string compiled = System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported ? "JIT" : "Native AOT";
        return new MachineFacts(CpuName(), Environment.ProcessorCount, threads, $"{RuntimeInformation.FrameworkDescription} {compiled}",
            RuntimeInformation.OSDescription, Widest(), DateTime.UtcNow, versions)
        { PeakGflops = peaks.Median(), BandwidthGigabytes = streams.Bytes / seconds * 1e-9 };
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        {Cpu}, {Cores} cores, {Threads} threads, {VectorBits}-bit; {OperatingSystem}; {Runtime}
        {string.Join("; ", [.. Versions, Utc.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + "Z"])}
        peak {PeakGflops:0} GFLOP/s, two reads and one write {BandwidthGigabytes:0.0} GB/s
        """);

    static int Widest() => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    static string CpuName()
    {
        const string LinuxFile = "/proc/cpuinfo";
        if (!File.Exists(LinuxFile)) return RuntimeInformation.ProcessArchitecture.ToString();
        string? line = File.ReadLines(LinuxFile).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
        string? family = File.ReadLines(LinuxFile).FirstOrDefault(l => l.StartsWith("cpu family", StringComparison.Ordinal));
        return line is null
            ? RuntimeInformation.ProcessArchitecture.ToString()
            : $"{line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()} (family {family?.Split(':')[1].Trim()})";
    }
}
