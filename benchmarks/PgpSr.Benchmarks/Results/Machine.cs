using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PgpSr.Cli;

namespace PgpSr.Benchmarks;

/// <summary>What a number means nothing without. <see cref="Op"/> tells its line from those of rows.</summary>
sealed record Machine
{
    public const string Line = "machine", Native = "Native AOT";

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

    /// <summary>What compiled this program.</summary>
    public static string Compiler => RuntimeFeature.IsDynamicCodeSupported ? "JIT" : Native;

    public static Machine Measure(int threads, IReadOnlyList<string> versions)
    {
        // Eight times the largest last-level cache that this code has met (32 MB).
        const int LargeCount = 64 << 20;
        using var streams = new StreamBandwidth(threads, LargeCount);
        double seconds = Math.Min(streams.Run(3, nonTemporal: false).Min(), streams.Run(3, nonTemporal: true).Min());
        return new Machine
        {
            Cpu = CpuName(),
            Cores = Environment.ProcessorCount,
            Threads = threads,
            VectorBits = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128,
            System = RuntimeInformation.OSDescription,
            Runtime = $"{RuntimeInformation.FrameworkDescription} {Compiler}",
            Versions = versions,
            Utc = DateTime.UtcNow,
            PeakGflops = 1e-9 * Median.Of(Enumerable.Range(0, 5).Select(_ => MultiplyAddPeak.Measure(threads, windows: 3))),
            BandwidthGbs = streams.Bytes / seconds * 1e-9,
        };
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        {Cpu}, {Cores} cores, {Threads} threads, {VectorBits}-bit; {System}; {Runtime}
        {string.Join("; ", [.. Versions, $"{Utc:yyyy-MM-dd HH:mm}Z"])}
        peak {PeakGflops:0} GFLOP/s, two reads and one write {BandwidthGbs:0.0} GB/s
        """);

    static string CpuName()
    {
        const string LinuxFile = "/proc/cpuinfo";
        string[] lines = File.Exists(LinuxFile) ? File.ReadAllLines(LinuxFile) : [];
        string? Value(string name) => lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
        return Value("model name") is { } model ? $"{model} (family {Value("cpu family")})" : RuntimeInformation.ProcessArchitecture.ToString();
    }
}
