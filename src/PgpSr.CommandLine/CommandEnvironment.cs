using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace PgpSr.CommandLine;

/// <summary>The outside of a run: where text goes, and what cancels. Tests make their own; heads take <see cref="OfProcess"/>.</summary>
sealed class CommandEnvironment : IDisposable
{
    readonly CancellationTokenSource _cancellation = new();
    readonly List<PosixSignalRegistration> _signals = [];

    /// <summary>Results, and JSON lines with <c>--json</c>.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Progress, warnings and errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether <see cref="Error"/> is a terminal that can redraw a line.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Columns of the terminal.</summary>
    public int Width { get; init; } = 80;

    /// <summary>Whether <see cref="Error"/> shows colors: a terminal, and <c>NO_COLOR</c> is unset or empty (no-color.org).</summary>
    public bool UseColor { get; init; }

    /// <summary>Opens the standard input as bytes, for a picture that comes by a pipe.</summary>
    public Func<Stream> OpenInput { get; init; } = System.Console.OpenStandardInput;

    /// <summary>Opens the standard output as bytes, for a picture that goes into a pipe.</summary>
    public Func<Stream> OpenOutput { get; init; } = System.Console.OpenStandardOutput;

    /// <summary>Cancels the run.</summary>
    public CancellationToken Cancellation => _cancellation.Token;

    /// <summary>Version of the product, for <c>--version</c> and for the provenance of pictures.</summary>
    public static string Version { get; } =
        typeof(CommandEnvironment).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>The process's console. The first Ctrl-C, SIGTERM or SIGHUP (a closed terminal) cancels; the second ends the process.</summary>
    public static CommandEnvironment OfProcess()
    {
        bool dumb = Environment.GetEnvironmentVariable("TERM") is "dumb";
        bool terminal = !System.Console.IsErrorRedirected && !dumb;
        var environment = new CommandEnvironment
        {
            Output = System.Console.IsOutputRedirected ? Utf8(System.Console.OpenStandardOutput()) : System.Console.Out,
            Error = System.Console.IsErrorRedirected ? Utf8(System.Console.OpenStandardError()) : System.Console.Error,
            ErrorIsTerminal = terminal,
            UseColor = terminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
            Width = terminal && System.Console.WindowWidth is > 20 and var width ? width : 80,
        };
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            environment._signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = !environment._cancellation.IsCancellationRequested;
                environment.Cancel();
            }));
        }
        return environment;
    }

    // What programs read is UTF-8, whatever the code page of the terminal: in another one, names of files would arrive with question marks.
    static TextWriter Utf8(Stream stream) =>
        TextWriter.Synchronized(new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });

    /// <summary>Asks the run to stop.</summary>
    public void Cancel() => _cancellation.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals) signal.Dispose();
        _cancellation.Dispose();
    }
}
