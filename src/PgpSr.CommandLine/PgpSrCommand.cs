using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using PgpSr.CommandLine.Commands;

namespace PgpSr.CommandLine;

/// <summary>The program <c>pgpsr</c>.</summary>
static class PgpSrCommand
{
    /// <summary>Parses, runs, and reports; never throws.</summary>
    /// <param name="args">Arguments without the program's name.</param>
    /// <param name="backends">What the program computes with, the preferred one first; the last must always work.</param>
    /// <param name="environment">Console, paths and cancellation.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args, IReadOnlyList<IBackendProvider> backends, CommandEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(backends);
        ArgumentNullException.ThrowIfNull(environment);

        RootCommand root = Root(out Option<bool> json, out Option<bool> quiet, out Option<bool> plain);
        ParseResult arguments = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        foreach (Subcommand command in root.Subcommands.OfType<Subcommand>())
        {
            command.SetAction(result =>
            {
                var console = new CommandConsole(environment, result.GetValue(json), result.GetValue(quiet), result.GetValue(plain));
                return (int)Run(command, new CommandContext(result, console, backends, environment.Cancellation));
            });
        }
        if (args.Length == 0) return (int)ShowHelp(root, environment);
        // A question for help is answered whatever else is wrong with the line.
        IReadOnlyList<string> wrong = arguments.Action is HelpAction ? [] : ParseErrors.Of(arguments);
        if (wrong.Count > 0)
            return (int)Refuse(arguments, wrong, new CommandConsole(environment, arguments.GetValue(json), quiet: false, plain: true));
        var invocation = new InvocationConfiguration
        {
            Output = environment.Output,
            Error = environment.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // signals are CommandEnvironment's
        };
        return await Task.Run(() => arguments.InvokeAsync(invocation)).ConfigureAwait(false);
    }

    /// <summary>The program's commands and the options of all of them.</summary>
    internal static RootCommand Root(out Option<bool> json, out Option<bool> quiet, out Option<bool> plain)
    {
        json = new("--json") { Description = "write JSON lines, for programs", Recursive = true };
        quiet = new("--quiet", "-q") { Description = "print only errors and warnings", Recursive = true };
        plain = new("--plain") { Description = "no colors, and do not redraw the progress line", Recursive = true };
        var root = new RootCommand("Makes pictures larger and sharper with neural networks, all on this machine.") { json, quiet, plain };
        root.Options.OfType<VersionOption>().Single().Action = new PrintVersion();
        foreach (Subcommand command in Subcommands())
        {
            command.NoCommas();
            root.Subcommands.Add(command);
        }
        return root;
    }

    // One line a command.
    internal static IEnumerable<Subcommand> Subcommands() =>
    [
        new UpscaleCommand(),
        new ModelsCommand(),
        new DevicesCommand(),
        new BenchCommand(),
        new CompareCommand(),
        new EvaluateCommand(),
        new InspectCommand(),
        new ConvertCommand(),
        new ExportCommand(),
        new AnalyzeCommand(),
        new PruneCommand(),
        new CompletionCommand(),
        new ManCommand(),
    ];

    static ExitCode Run(Subcommand command, CommandContext context)
    {
        try
        {
            return command.Run(context);
        }
        catch (Exception e) // whatever it is, the user gets a line and a code
        {
            context.Console.Status("");
            return Report(Failure.Of(e), context.Console);
        }
    }

    static ExitCode Report(Failure failure, CommandConsole console)
    {
        console.Error(failure.Message);
        console.Json("error", w =>
        {
            w.WriteString("message", failure.Message);
            w.WriteNumber("exit-code", (int)failure.Code);
        });
        return failure.Code;
    }

    static ExitCode Refuse(ParseResult arguments, IReadOnlyList<string> wrong, CommandConsole console)
    {
        string command = arguments.CommandResult.Command is RootCommand ? "pgpsr" : $"pgpsr {arguments.CommandResult.Command.Name}";
        foreach (string message in wrong) Report(new Failure(ExitCode.Usage, message), console);
        console.Info($"see '{command} --help'");
        return ExitCode.Usage;
    }

    // The name alone asks what there is; a script that forgot the rest still hears that nothing was done.
    static ExitCode ShowHelp(RootCommand root, CommandEnvironment environment)
    {
        root.Parse("--help").Invoke(new InvocationConfiguration { Output = environment.Error, Error = environment.Error });
        return ExitCode.Usage;
    }

    sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(CommandEnvironment.Version);
            return (int)ExitCode.Ok;
        }
    }
}
