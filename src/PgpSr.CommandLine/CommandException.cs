namespace PgpSr.CommandLine;

/// <summary>A command cannot go on, for a reason the user can act on; it becomes one line and an exit code.</summary>
/// <param name="code">The exit code.</param>
/// <param name="message">What is wrong and the way out.</param>
/// <param name="inner">The cause, if another exception reported it.</param>
sealed class CommandException(ExitCode code, string message, Exception? inner = null) : PgpSrException(message, inner)
{
    /// <summary>What the process returns.</summary>
    public ExitCode Code { get; } = code;
}
