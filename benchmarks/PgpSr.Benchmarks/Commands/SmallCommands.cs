using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

namespace PgpSr.Benchmarks;

/// <summary>What a line or two do: lists, pages, checks of files.</summary>
static class SmallCommands
{
    static readonly Argument<string> s_network = new("NETWORK"), s_folder = new("FOLDER");

    /// <summary>All of them.</summary>
    public static IEnumerable<Command> All()
    {
        var list = new WorkCommand("list", "Names the standard works, or those that fit.");
        yield return Does(list, line =>
        {
            foreach (Work work in list.AsksForAll(line) ? WorkList.Categories.Values.SelectMany(works => works) : list.Works(line))
                Console.WriteLine($"{work.Operation,-16} {work.Shape}");
        });

        Argument<string> first = new("FIRST"), second = new("SECOND");
        var lowest = new Option<double>("--assert") { Description = "exit code 1 if a relative speed is below this" };
        var versus = new Command("versus", "Our kernels in two files that 'compare --out' wrote, and the second's speed relative to the first's.") { first, second, lowest };
        versus.SetAction(line => Comparison.Print(line.GetValue(first)!, line.GetValue(second)!, line.GetValue(lowest), Console.Out));
        yield return versus;

        Argument<string[]> files = new("FILE") { Description = "what --out wrote; later files replace rows of earlier ones", Arity = ArgumentArity.OneOrMore };
        Option<string?> page = new("--page") { Description = "the page; README.md beside the first file by default" };
        yield return Does(new Command("report", "Writes the page and the plots of a machine's results.") { files, page }, line =>
        {
            string[] from = line.GetValue(files)!;
            string path = Path.GetFullPath(line.GetValue(page) ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(from[0]))!, "README.md"));
            File.WriteAllText(path, ResultPage.Write(from, Path.GetDirectoryName(path)!));
            Console.WriteLine(path);
        });

        Argument<string> readme = new("README");
        Argument<string[]> results = new("FOLDER") { Description = "of a machine's results, relative to the README", Arity = ArgumentArity.OneOrMore };
        yield return Does(new Command("speed", "Writes the table of speed of a README from the results of machines.") { readme, results }, line =>
        {
            string path = Path.GetFullPath(line.GetValue(readme)!);
            File.WriteAllText(path, SpeedTable.Replace(File.ReadAllText(path), SpeedTable.Of(line.GetValue(results)!, Path.GetDirectoryName(path)!)));
        });

        var gate = new Command("gate",
            "The wider kernels against the 128-bit ones, in one process: exit code 1 where one lost its advantage. Half a minute at most, on a busy machine too.");
        gate.SetAction(_ => Gate.Run(Gate.Bounds, Console.Out) ? 0 : 1);
        yield return gate;
        yield return Synthesize();
        yield return Load();
    }

    static Command Synthesize()
    {
        Option<string[]> type = WorkCommand.Names("--dtype", "f16, bf16, f32", ["f16"], ["f16", "bf16", "f32"]);
        var seed = new Option<long>("--seed") { Description = "of the generator", DefaultValueFactory = _ => 1 };
        string names = string.Join(", ", NetworkList.All.Select(n => n.Name));
        var command = new Command("synthesize", $"Writes a loadable checkpoint of generated weights: {names}, or the UNet of a config.json.")
            { s_network, s_folder, type, seed };
        return Does(command, line => Synthesis.Write(NetworkList.Find(line.GetValue(s_network)!), line.GetValue(s_folder)!, CpuPeer.Type(line.GetValue(type)![^1]), line.GetValue(seed)));
    }

    static Command Load()
    {
        Option<int> rounds = WorkCommand.Number("--rounds", "medians of so many", 3, 1000);
        var before = new Option<string?>("--before-each") { Description = "a shell command before each part, e.g. 'sync; echo 3 > /proc/sys/vm/drop_caches'" };
        var command = new Command("load", "Time of loading a checkpoint that 'synthesize' wrote, against reading its files once.")
            { s_network, s_folder, rounds, before };
        return Does(command, line =>
        {
            Network asked = NetworkList.Find(line.GetValue(s_network)!);
            string place = line.GetValue(s_folder)!;
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

    static Command Does(Command command, Action<ParseResult> action)
    {
        command.SetAction(action);
        return command;
    }
}
