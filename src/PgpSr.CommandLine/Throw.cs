using System.Diagnostics.CodeAnalysis;

namespace PgpSr.CommandLine;

static class Throw
{
    [DoesNotReturn]
    public static void Usage(string message) => throw new CommandException(ExitCode.Usage, message);

    [DoesNotReturn]
    public static void NoInput(string message) => throw new CommandException(ExitCode.NoInput, message);

    [DoesNotReturn]
    public static void Output(string message, Exception? inner = null) => throw new CommandException(ExitCode.Output, message, inner);

    [DoesNotReturn]
    public static T Device<T>(string message) => throw new CommandException(ExitCode.Device, message);
}
