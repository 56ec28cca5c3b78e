using System.CommandLine;
using System.Globalization;

namespace PgpSr.Benchmarks;

/// <summary>The program: commands over the one list of work. Heads add the peers they carry.</summary>
static class BenchmarkProgram
{
    /// <summary>The peers that this assembly carries, by name.</summary>
    public static IReadOnlyDictionary<string, Func<IPeer>> Peers { get; } = new Dictionary<string, Func<IPeer>>
    {
#if WITH_PACKAGES
        ["ort"] = () => new OrtPeer(),
#endif
    };

    /// <summary>Parses, runs; returns 0 (right), 1 (a result differs from a peer's, or a gate is closed), 2 (a wrong command line).</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="peers">Makes the peers that this head carries; called only for those asked for.</param>
    public static int Run(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, Func<IPeer>> peers)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var root = new RootCommand("Measures what PgpSr.Managed computes: operations, blocks, networks, pictures. All from one list of work.")
        {
            new CompareCommand(Make), new ApartCommand(), new AloneCommand(Make), new DeviceCommand(),
        };
#if WITH_PACKAGES
        root.Subcommands.Add(new DotNetCommand());
#endif
        foreach (Command command in SmallCommands.All()) root.Subcommands.Add(command);
        ParseResult parsed = root.Parse([.. arguments]);
        foreach (var error in parsed.Errors) Console.Error.WriteLine(error.Message);
        if (parsed.Errors.Count > 0) return 2;
        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (e is FormatException or OverflowException or IOException or PgpSrException)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }

        IPeer Make(string name) => peers.TryGetValue(name, out Func<IPeer>? make) ? make() : throw new FormatException(
            $"--peer {name}: this program does not carry it ({string.Join(", ", peers.Keys)}); torch is in benchmarks/PgpSr.Benchmarks.Torch");
    }
}
