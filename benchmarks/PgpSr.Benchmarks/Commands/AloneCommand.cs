using System.CommandLine;
using System.Diagnostics;
using System.Runtime;
using System.Runtime.InteropServices;

namespace PgpSr.Benchmarks;

/// <summary>
/// The process of one contender of <c>apart</c>, whose last line is its row. What it loaded and compiled on its way is given back before its peak is
/// counted, as far as it can be.
/// </summary>
sealed class AloneCommand : WorkCommand
{
    public const string Command = "alone";

    const string Ours = "ours-";

    public AloneCommand(Func<string, IPeer> make)
        : base(Command, "One contender of 'apart'.")
    {
        Hidden = true;
        Option<string> contender = Text("--contender", "a peer, or ours-f32-f32");
        Option<string?> form = new("--form"), result = new("--result");
        Option<int> threads = Number("--threads", "", 2, 1024), sample = Number("--sample-ms", "", 1000, 60_000);
        Takes(contender, form, result, threads, sample);
        SetAction(line =>
        {
            string name = line.GetValue(contender)!;
            using IPeer peer = name.Split('-') is ["ours", var weights, var precision] ? new CpuPeer(null, weights, precision) : make(name);
            return Measure(peer, Works(line).Single(), line.GetValue(form), line.GetValue(result), line.GetValue(threads), line.GetValue(sample) * 1e-3);
        });
    }

    /// <summary>What the CPU backend is called with a type of weights and one of factors.</summary>
    public static string NameOf(string weights, string precision) => $"{Ours}{weights}-{precision}";

    /// <summary>Whether <see cref="NameOf"/> made this name.</summary>
    public static bool IsOurs(string name) => name.StartsWith(Ours, StringComparison.Ordinal);

    static int Measure(IPeer peer, Work work, string? form, string? result, int threads, double seconds)
    {
        Turn? turn = form is null ? Turn.Fastest(peer, work, threads) : peer.Prepare(work, form, threads) is { } prepared ? new Turn(peer, prepared) : null;
        if (turn is null) return 1;
        turn.WarmUp();
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        // Linux counts the resident peak anew from here; elsewhere it is that of the whole process.
        if (File.Exists("/proc/self/clear_refs")) File.WriteAllText("/proc/self/clear_refs", "5");
        bool quiet = turn.Take(seconds);
        double peak = Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0, milliseconds = Median.Of(turn.Milliseconds);
        if (result is not null) File.WriteAllBytes(result, MemoryMarshal.AsBytes<float>(turn.Work.Result()));
        Console.WriteLine(ResultFile.Line(new Row
        {
            Op = work.Operation,
            Shape = work.Shape,
            Kernel = turn.Work.Form,
            Weights = (peer as CpuPeer)?.Weights,
            Ms = milliseconds,
            Gflops = (turn.Work as BackendWork)?.Flops / milliseconds * 1e-6,
            PeakMb = peak,
            Disturbed = quiet ? 0 : 1,
        }));
        turn.Work.Dispose();
        return 0;
    }
}
