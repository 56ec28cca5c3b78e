using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

namespace PgpSr.Benchmarks;

/// <summary><c>list</c>: the standard works.</summary>
sealed class ListCommand : Command
{
    public ListCommand()
        : base("list", "Names the standard works, or those that fit.")
    {
        var work = new WorkOptions(this);
        SetAction(line =>
        {
            foreach (Work one in work.OrAll(line)) Console.WriteLine($"{one.Operation,-16} {one.Shape}");
            return 0;
        });
    }
}

/// <summary><c>versus</c>: two files of results, e.g. of two commits.</summary>
sealed class VersusCommand : Command
{
    public VersusCommand()
        : base("versus", "Our kernels in two files that 'compare --out' wrote, and the second's speed relative to the first's.")
    {
        Argument<string> first = new("FIRST"), second = new("SECOND");
        var lowest = new Option<double>("--assert") { Description = "exit code 1 if a relative speed is below this" };
        Arguments.Add(first);
        Arguments.Add(second);
        Options.Add(lowest);
        SetAction(line => Comparison.Print(line.GetValue(first)!, line.GetValue(second)!, line.GetValue(lowest), Console.Out));
    }
}

/// <summary><c>synthesize</c>: a checkpoint of generated weights.</summary>
sealed class SynthesizeCommand : Command
{
    public SynthesizeCommand()
        : base("synthesize", $"Writes a loadable checkpoint of generated weights: {string.Join(", ", NetworkList.All.Select(n => n.Name))}, or the UNet of a config.json.")
    {
        Argument<string> network = new("NETWORK"), folder = new("FOLDER");
        Option<string[]> type = WorkOptions.Names("--dtype", "f16, bf16, f32", ["f16"], ["f16", "bf16", "f32"]);
        var seed = new Option<long>("--seed") { Description = "of the generator", DefaultValueFactory = _ => 1 };
        Arguments.Add(network);
        Arguments.Add(folder);
        Options.Add(type);
        Options.Add(seed);
        SetAction(line => Synthesis.Write(NetworkList.Find(line.GetValue(network)!), line.GetValue(folder)!, CpuPeer.Type(line.GetValue(type)![^1]), line.GetValue(seed)));
    }
}

/// <summary><c>load</c>: loading such a checkpoint against reading its files once.</summary>
sealed class LoadCommand : Command
{
    public LoadCommand()
        : base("load", "Time of loading a checkpoint that 'synthesize' wrote, against reading its files once.")
    {
        Argument<string> network = new("NETWORK"), folder = new("FOLDER");
        Option<int> rounds = WorkOptions.Number("--rounds", "medians of so many", 3, 1000);
        var before = new Option<string?>("--before-each") { Description = "a shell command before each part, e.g. 'sync; echo 3 > /proc/sys/vm/drop_caches'" };
        Arguments.Add(network);
        Arguments.Add(folder);
        Options.Add(rounds);
        Options.Add(before);
        SetAction(line =>
        {
            Network asked = NetworkList.Find(line.GetValue(network)!);
            string place = line.GetValue(folder)!;
            var (read, load) = Synthesis.Load(asked, place, line.GetValue(rounds), line.GetValue(before));
            Console.WriteLine(ResultFile.Line(new Row
            {
                Op = "load",
                Shape = asked.Name,
                Kernel = "loading",
                Ms = load * 1e3,
                Peer = "reading once",
                PeerMs = read * 1e3,
                Ratio = read / load,
                PeakMb = Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0,
                Note = string.Create(CultureInfo.InvariantCulture, $"{asked.Files.Sum(f => new FileInfo(Path.Combine(place, f.File)).Length)} bytes"),
                Command = $"load {asked.Name} FOLDER",
            }));
        });
    }
}

/// <summary><c>gate</c>: fails where a kernel lost its advantage.</summary>
sealed class GateCommand : Command
{
    public GateCommand()
        : base("gate", "The wider kernels against the 128-bit ones, in one process: exit code 1 where one lost its advantage. Half a minute at most, on a busy machine too.") =>
        SetAction(_ => Gate.Run(Gate.Bounds, Console.Out) ? 0 : 1);
}

/// <summary><c>speed</c>: the README's table, from results.</summary>
sealed class SpeedCommand : Command
{
    public SpeedCommand()
        : base("speed", "Writes the table of speed of a README from the results of a machine.")
    {
        Argument<string> page = new("README"), folder = new("FOLDER") { Description = "of the results, relative to the README" };
        Arguments.Add(page);
        Arguments.Add(folder);
        SetAction(line =>
        {
            string path = Path.GetFullPath(line.GetValue(page)!);
            File.WriteAllText(path, SpeedTable.Replace(File.ReadAllText(path), SpeedTable.Of(line.GetValue(folder)!, Path.GetDirectoryName(path)!)));
        });
    }
}
