using PgpSr.Testing;

namespace PgpSr.Benchmarks.Tests;

/// <summary>Results as data and as pages.</summary>
public sealed class ResultTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr-results-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static Row Measured(double ms) => new()
    {
        Op = "conv3x3",
        Shape = "320-320@64x64",
        Kernel = "v512",
        Weights = "f32",
        Threads = 2,
        Ms = ms,
        Gflops = 100 / ms,
        PeakGflops = 500,
        FractionOfPeak = 0.2 / ms,
        Peer = "ort",
        PeerForm = "Conv NCHWc",
        PeerMs = 15.09,
        Ratio = 15.09 / ms,
        Difference = 9e-7,
        Tolerance = 1e-3,
        Disturbed = 0.75,
    };

    string Written(params Row[] rows)
    {
        string file = Path.Combine(_folder, "kernels.jsonl");
        File.WriteAllLines(file, [ResultFile.Line(new Machine { Cpu = "a processor", PeakGflops = 500, BandwidthGbs = 40 }), .. rows.Select(ResultFile.Line)]);
        return file;
    }

    [Fact]
    public void What_is_written_is_read()
    {
        var (machines, rows) = ResultFile.Read(Written(Measured(5)));
        Assert.Equal("a processor", Assert.Single(machines).Cpu);
        Assert.Equal(Measured(5), Assert.Single(rows));
    }

    [Fact]
    public void A_line_that_is_none_is_named()
    {
        string file = Written();
        File.AppendAllText(file, "{\"op\":3}\n");
        Assert.Contains("line 2", Assert.Throws<FormatException>(() => ResultFile.Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_holds_the_last_of_each_row_its_command_its_target_and_its_plots()
    {
        string page = ResultPage.Write([Written(Measured(50), Measured(5))], _folder);
        Assert.Contains("| 5.000 † | 20 |", page, StringComparison.Ordinal);
        Assert.DoesNotContain("50.000", page, StringComparison.Ordinal);
        Assert.Contains("-- compare --op conv3x3 --shape 320-320@64x64 --kernel v512 --weights f32 --threads 2 --peer ort`", page, StringComparison.Ordinal);
        Assert.Contains("3.02 (>= 1.6)", page, StringComparison.Ordinal);
        Assert.Contains("1 targets, 1 reached, 0 missed", page, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder, "ratios.svg")) && File.Exists(Path.Combine(_folder, "roofline.svg")));
    }

    [Fact]
    public void A_page_holds_memory_beside_a_peers_and_how_threads_sizes_and_compilers_scale()
    {
        Row Picture(int side, int threads, string? compiled) => Measured(side * side / threads * (compiled is null ? 1 : 0.5)) with
        {
            Op = ApartCommand.OperationOf("picture"),
            Shape = $"pgp-s1-x4@{side}",
            Threads = threads,
            Compiled = compiled,
            PeakMb = 80,
            PeerPeakMb = 100,
            MemoryRatio = 0.8,
        };
        string page = ResultPage.Write([Written(Picture(64, 1, null), Picture(64, 2, null), Picture(128, 2, null), Picture(64, 2, Machine.Native))], _folder);
        Assert.Contains("| 100.0 | **0.80** (<= 0.7) |", page, StringComparison.Ordinal);
        Assert.All(["threads.svg", "sizes.svg", "memory.svg", "compiled.svg"], name => Assert.Contains($"]({name})", page, StringComparison.Ordinal));
        Assert.Contains(">2.00<", File.ReadAllText(Path.Combine(_folder, "threads.svg")), StringComparison.Ordinal);
        Assert.Contains(">2.00<", File.ReadAllText(Path.Combine(_folder, "compiled.svg")), StringComparison.Ordinal);
    }

    [Theory, InlineData(0.96, 1), InlineData(0.9, 0)]
    public void A_slower_file_is_noticed(double lowest, int code)
    {
        string first = Written(Measured(5)), second = Path.Combine(_folder, "second.jsonl");
        File.WriteAllText(second, ResultFile.Line(Measured(5 / 0.95)));
        Assert.Equal(code, Comparison.Print(first, second, lowest, TextWriter.Null));
    }

    [Fact]
    public void The_README_says_what_the_results_say()
    {
        string page = File.ReadAllText(Path.Combine(Goldens.RepositoryRoot, "README.md"));
        Assert.Equal(page, SpeedTable.Replace(page, SpeedTable.Of(["benchmarks/results/epyc-zen3-2core", "benchmarks/results/epyc-zen5-2core"], Goldens.RepositoryRoot)));
    }
}
