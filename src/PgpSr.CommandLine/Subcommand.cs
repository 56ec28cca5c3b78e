using System.CommandLine;

namespace PgpSr.CommandLine;

/// <summary>
/// A command of the program. The constructor adds its options and arguments; <see cref="Run"/> does the work. Exceptions become a line and an exit
/// code by <see cref="Failure"/>; throw <see cref="CommandException"/> for a reason of the command's own.
/// </summary>
abstract class Subcommand(string name, string description) : Command(name, description)
{
    /// <summary>Does the work; long work watches <see cref="CommandContext.Cancellation"/>.</summary>
    public abstract ExitCode Run(CommandContext context);
}
