using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PgpSr.Cli;

namespace PgpSr.Benchmarks;

/// <summary>What a number means nothing without. <see cref="Op"/> tells its line from those of rows.</summary>
sealed record Machine
{
    public const string Line = "machine";

    public string Op { get; init; } = Line;

    /// <summary>The processor, or the device that was measured.</summary>
    public required string Cpu { get; init; }

    public int Cores { get; init; }

    public int Threads { get; init; }

    public int VectorBits { get; init; }

    public string System { get; init; } = "";

    public string Runtime { get; init; } = "";

    public IReadOnlyList<string> Versions { get; init; } = [];

    public DateTime Utc { get; init; }

    /// <summary>Multiply-add throughput when the run began.</summary>
    public double PeakGflops { get; init; }

    /// <summary>Two reads and one write of a tensor far larger than the caches; a device's memory.</summary>
    public double BandwidthGbs { get; init; }

    public static Machine Measure(int threads, IReadOnlyList<string> versions)
    {
        // Eight times the largest last-level cache that this code has met (32 MB).
        const int LargeCount = 64 << 20;
        using var streams = new StreamBandwidth(threads, LargeCount);
        double seconds = double.PositiveInfinity;
        for (int i = 0; i < 3; i++) seconds = Math.Min(seconds, Math.Min(streams.Run(false), streams.Run(true)));
        var peaks = new Samples();
        for (int i = 0; i < 5; i++) peaks.Add(1e-9 * MultiplyAddPeak.Measure(threads, windows: 3));
        string compiled = global::System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported ? "JIT" : "Native AOT";
        return new Machine
        {
            Cpu = CpuName(),
            Cores = Environment.ProcessorCount,
            Threads = threads,
            VectorBits = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128,
            System = RuntimeInformation.OSDescription,
            Runtime = $"{RuntimeInformation.FrameworkDescription} {compiled}",
            Versions = versions,
            Utc = DateTime.UtcNow,
            PeakGflops = Math.Round(peaks.Median(), 4),
            BandwidthGbs = Math.Round(streams.Bytes / seconds * 1e-9, 4),
        };
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        {Cpu}, {Cores} cores, {Threads} threads, {VectorBits}-bit; {System}; {Runtime}
        {string.Join("; ", [.. Versions, Utc.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + "Z"])}
        peak {PeakGflops:0} GFLOP/s, two reads and one write {BandwidthGbs:0.0} GB/s
        """);

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
