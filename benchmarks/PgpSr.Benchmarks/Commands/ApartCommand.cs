using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;

namespace PgpSr.Benchmarks;

/// <summary>
/// <c>apart</c>: a work by each contender in a process of its own, by turns; medians of times and of resident peaks. What a process loaded and compiled
/// on its way is given back before its peak is counted, as far as it can be.
/// </summary>
sealed class ApartCommand : Command
{
    const string Ours = "ours-";

    readonly WorkOptions _work;
    readonly Option<string[]> _peer = WorkOptions.Peers(), _weights = WorkOptions.Weights("f32");
    readonly Option<int> _threads = WorkOptions.Number("--threads", "of every contender", 2, 1024);
    readonly Option<int> _rounds = WorkOptions.Number("--rounds", "processes of every contender", 3, 1000);
    readonly Option<int> _sample = WorkOptions.Number("--sample-ms", "measured in each; a run at least", 1000, 60_000);
    readonly Option<bool> _json = new("--json") { Description = "a JSON object a line instead of the table" };
    readonly Option<string?> _out = WorkOptions.Out();
    // What a process of one contender is told.
    readonly Option<string?> _contender = new("--contender") { Hidden = true }, _form = new("--form") { Hidden = true }, _result = new("--result") { Hidden = true };
    readonly PeerList _peers;

    public ApartCommand(PeerList peers)
        : base("apart", "Times works by each contender in its own process, by turns, and tells what memory each takes; outputs are compared.")
    {
        _peers = peers;
        _work = new WorkOptions(this);
        foreach (Option option in (Option[])[_peer, _weights, _threads, _rounds, _sample, _json, _out, _contender, _form, _result]) Options.Add(option);
        SetAction(line => line.GetValue(_contender) is { } contender ? Alone(line, contender) : Run(line));
    }

    /// <summary>An operation as its rows are called.</summary>
    public static string OperationOf(string operation) => $"{operation}, own process";

    int Run(ParseResult line)
    {
        string[] peers = [.. line.GetValue(_peer)!.Where(name => name != "none")], weights = line.GetValue(_weights)!;
        string folder = Directory.CreateTempSubdirectory("pgpsr-apart-").FullName;
        var table = new ConsoleTable(line.GetValue(_json), line.GetValue(_out));
        table.Begin(Machine.Measure(line.GetValue(_threads), []));
        bool right = true;
        foreach (Work work in _work.Of(line))
        {
            Contender[] all = [.. ((string[])[.. weights.Select(type => Ours + type), .. peers])
                .Select(name => Contender.Start(this, line, work, name, Path.Combine(folder, name))).OfType<Contender>()];
            for (int round = 0; round < line.GetValue(_rounds); round++)
                foreach (Contender contender in all) contender.Take();
            foreach (Contender ours in all.Where(contender => contender.IsOurs))
            {
                Row row = ours.Row with
                {
                    Op = OperationOf(work.Operation),
                    Threads = line.GetValue(_threads),
                    Command = $"apart --op {work.Operation} --shape {work.Shape} --weights {ours.Name[Ours.Length..]}{(peers.Length > 0 ? $" --peer {string.Join(',', peers)}" : "")}",
                };
                Contender[] theirs = [.. all.Where(contender => !contender.IsOurs)];
                foreach (Row beside in theirs.Length == 0 ? [row] : theirs.Select(their => their.Beside(row, ours, work)))
                {
                    table.Add(beside);
                    right &= !beside.Wrong;
                }
            }
            foreach (string file in Directory.GetFiles(folder)) File.Delete(file);
        }
        Directory.Delete(folder);
        return right ? 0 : 1;
    }

    // The process of one contender.
    int Alone(ParseResult line, string contender)
    {
        Work work = _work.Of(line).Single();
        int threads = line.GetValue(_threads);
        using IPeer peer = contender.StartsWith(Ours, StringComparison.Ordinal) ? new CpuPeer(null, contender[Ours.Length..]) : _peers.Make(contender);
        Turn? turn = line.GetValue(_form) is not { } form ? Turn.Fastest(peer, work, threads) : peer.Prepare(work, form, threads) is { } prepared ? new Turn(peer, prepared) : null;
        if (turn is null) return 1;
        turn.WarmUp();
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        // Linux counts the resident peak anew from here; elsewhere it is that of the whole process.
        if (File.Exists("/proc/self/clear_refs")) File.WriteAllText("/proc/self/clear_refs", "5");
        bool quiet = turn.Take(line.GetValue(_sample) * 1e-3);
        double peak = Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0;
        if (line.GetValue(_result) is { } file) File.WriteAllBytes(file, MemoryMarshal.AsBytes<float>(turn.Work.Result()));
        Console.WriteLine(ResultFile.Line(new Row
        {
            Op = work.Operation,
            Shape = work.Shape,
            Kernel = turn.Work.Form,
            Weights = (peer as CpuPeer)?.Weights,
            Ms = turn.Milliseconds.Median(),
            Gflops = (turn.Work as BackendWork)?.Flops / turn.Milliseconds.Median() * 1e-6,
            PeakMb = peak,
            Disturbed = quiet ? 0 : 1,
            Note = peer.Version,
        }));
        turn.Work.Dispose();
        return 0;
    }

    /// <summary>A contender in its fastest form, and what its processes told.</summary>
    sealed class Contender
    {
        readonly List<string> _arguments;
        readonly List<Row> _told = [];
        readonly string _result;

        Contender(string name, List<string> arguments, string result) => (Name, _arguments, _result) = (name, arguments, result);

        public string Name { get; }

        public bool IsOurs => Name.StartsWith(Ours, StringComparison.Ordinal);

        public Row Row => _told[^1] with
        {
            Ms = Median(row => row.Ms),
            Gflops = Median(row => row.Gflops),
            PeakMb = Median(row => row.PeakMb),
            Disturbed = _told.Average(row => row.Disturbed) is > 0 and var part ? part : null,
            Note = null,
        };

        double? Median(Func<Row, double?> value) => Samples.MedianOf(_told.Select(value).OfType<double>());

        /// <summary>One process finds the fastest form and leaves its result; null if there is none.</summary>
        public static Contender? Start(ApartCommand command, ParseResult line, Work work, string name, string result)
        {
            var contender = new Contender(name,
            [
                command.Name, "--op", work.Operation, "--shape", work.Shape, command._threads.Name, $"{line.GetValue(command._threads)}",
                command._sample.Name, $"{line.GetValue(command._sample)}", command._contender.Name, name,
            ], result);
            if (contender.Told(command._result.Name, result) is not { } first) return null;
            contender._arguments.AddRange([command._form.Name, first.Kernel!]);
            return contender;
        }

        /// <summary>One more process.</summary>
        public void Take()
        {
            if (Told() is { } row) _told.Add(row);
        }

        /// <summary>This peer beside one of ours.</summary>
        public Row Beside(Row row, Contender ours, Work work)
        {
            float[] mine = ours.Result(), its = Result();
            double difference = Difference.Relative(mine, its), square = its.Average(value => (double)value * value);
            bool rounds = Name.EndsWith("bf16", StringComparison.Ordinal);
            return row with
            {
                Peer = Name,
                PeerForm = Row.Kernel,
                PeerMs = Row.Ms,
                PeerPeakMb = Row.PeakMb,
                Ratio = Row.Ms / row.Ms,
                MemoryRatio = row.PeakMb / Row.PeakMb,
                Disturbed = Row.Disturbed > row.Disturbed ? Row.Disturbed : row.Disturbed,
                Difference = difference,
                Tolerance = rounds ? work.RoundedTolerance : work.Tolerance,
                Note = work is PictureWork && difference > 0 ? string.Create(CultureInfo.InvariantCulture, $"{20 * Math.Log10(255 / (difference * Math.Sqrt(square))):0.0} dB") : null,
            };
        }

        float[] Result() => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(_result)).ToArray();

        Row? Told(params string[] more)
        {
            string program = Environment.ProcessPath!;
            string[] head = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
            using var process = Process.Start(new ProcessStartInfo(program, [.. head, .. _arguments, .. more]) { RedirectStandardOutput = true })!;
            string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            process.WaitForExit();
            if (process.ExitCode == 0) return ResultFile.Parse(lines[^1]);
            Console.Error.WriteLine($"{Name}: its process ended with exit code {process.ExitCode}");
            return null;
        }
    }
}
