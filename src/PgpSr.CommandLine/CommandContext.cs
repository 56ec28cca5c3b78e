using System.CommandLine;

namespace PgpSr.CommandLine;

/// <summary>What a command works with: its arguments, the console, the backends and the token that cancels.</summary>
sealed class CommandContext(ParseResult arguments, CommandConsole console, IReadOnlyList<IBackendProvider> backends, CancellationToken cancellation)
{
    /// <summary>Values of the command's options and arguments.</summary>
    public ParseResult Arguments { get; } = arguments;

    /// <summary>Where text, progress and JSON lines go.</summary>
    public CommandConsole Console { get; } = console;

    /// <summary>The backends of this program, the preferred one first; the last always works.</summary>
    public IReadOnlyList<IBackendProvider> Backends { get; } = backends;

    /// <summary>Cancels the run.</summary>
    public CancellationToken Cancellation { get; } = cancellation;
}
