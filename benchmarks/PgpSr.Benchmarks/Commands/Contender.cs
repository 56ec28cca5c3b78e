using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PgpSr.Benchmarks;

/// <summary>A contender of <c>apart</c> in its fastest form, and what its processes told.</summary>
/// <param name="name">The peer's, or <see cref="AloneCommand.NameOf"/>.</param>
/// <param name="work">What is done.</param>
/// <param name="turns">Threads, and the time of a process.</param>
/// <param name="result">The file where its result is left.</param>
sealed class Contender(string name, Work work, TurnOptions turns, string result)
{
    readonly List<Row> _told = [];
    string? _form;

    public string Name => name;

    /// <summary>Of ours, the types of its weights and factors.</summary>
    public string Weights => name.Split('-')[1];

    /// <inheritdoc cref="Weights"/>
    public string Precision => name.Split('-')[2];

    public bool IsOurs => AloneCommand.IsOurs(name);

    public Row Row => _told[^1] with
    {
        Ms = Middle(row => row.Ms),
        Gflops = Middle(row => row.Gflops),
        PeakMb = Middle(row => row.PeakMb),
        Disturbed = _told.Average(row => row.Disturbed) is > 0 and var part ? part : null,
        Note = null,
    };

    /// <summary>One process more; the first finds the fastest form and leaves its result. False if it failed, or there is no form.</summary>
    public bool Take()
    {
        string program = Environment.ProcessPath!;
        string[] head = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        using var process = Process.Start(new ProcessStartInfo(program,
        [
            .. head, AloneCommand.Command, "--op", work.Operation, "--shape", work.Shape, "--contender", name, "--threads", $"{turns.Threads}",
            "--sample-ms", $"{1e3 * turns.SampleSeconds:0}", .. _form is null ? (string[])["--result", result] : ["--form", _form],
        ])
        { RedirectStandardOutput = true })!;
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            Console.Error.WriteLine($"{name}: its process ended with exit code {process.ExitCode}");
            return false;
        }
        Row row = ResultFile.Parse(lines[^1]);
        if (_form is not null) _told.Add(row);
        _form ??= row.Kernel;
        return true;
    }

    /// <summary>This peer beside one of ours.</summary>
    public Row Beside(Row row, Contender ours)
    {
        float[] its = Result();
        double difference = Difference.Of(ours.Result(), its).Mean, square = its.Average(value => (double)value * value);
        return row with
        {
            Peer = name,
            PeerForm = _form,
            PeerMs = Row.Ms,
            PeerPeakMb = Row.PeakMb,
            Ratio = Row.Ms / row.Ms,
            MemoryRatio = row.PeakMb / Row.PeakMb,
            Disturbed = Row.Disturbed > row.Disturbed ? Row.Disturbed : row.Disturbed,
            Difference = difference,
            Tolerance = name.EndsWith("bf16", StringComparison.Ordinal) || ours.Name.EndsWith("bf16", StringComparison.Ordinal) ? work.RoundedTolerance : work.Tolerance,
            Note = work is PictureWork && difference > 0 ? FormattableString.Invariant($"{20 * Math.Log10(255 / (difference * Math.Sqrt(square))):0.0} dB") : null,
        };
    }

    float[] Result() => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(result)).ToArray();

    double? Middle(Func<Row, double?> value) => Median.Of(_told.Select(value).OfType<double>());
}
