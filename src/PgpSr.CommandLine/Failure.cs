using PgpSr.Imaging;
using PgpSr.Managed;
using PgpSr.Pruning;
using PgpSr.Tensors;

namespace PgpSr.CommandLine;

/// <summary>What an exception means to a user: an exit code and one line.</summary>
/// <param name="Code">What the process returns if nothing else happens.</param>
/// <param name="Message">One line.</param>
readonly record struct Failure(ExitCode Code, string Message)
{
    // A checkpoint of another network lists hundreds of tensors; ten tell which it is.
    const int MostLines = 12;

    /// <summary>The message with the file it is about, unless it names the file already.</summary>
    public string About(string file) => Message.Contains(file, StringComparison.Ordinal) ? Message : $"{file}: {Message}";

    /// <summary>The meaning of an exception; what is not foreseen here is a bug and is shown whole.</summary>
    public static Failure Of(Exception exception) => exception switch
    {
        CommandException e => new(e.Code, e.Message),
        OperationCanceledException => new(ExitCode.Cancelled, "cancelled"),
        // Several threads that fail at once mostly fail for one reason; what is no cancellation tells more than it.
        AggregateException e when e.Flatten().InnerExceptions is [_, ..] all =>
            Of(all.FirstOrDefault(one => one is not OperationCanceledException) ?? all[0]),
        PruningException { Fault: PruningFault.NoPictures } => new(ExitCode.NoInput, exception.Message),
        PruningException { Fault: PruningFault.OutputExists } => new(ExitCode.Output, exception.Message),
        PruningException => new(ExitCode.Model, exception.Message),
        MemoryBudgetException or MemoryLimitException => new(ExitCode.Memory, exception.Message),
        OutOfMemoryException => new(ExitCode.Memory, "the machine does not have enough memory; use --memory or --tile to work in smaller parts"),
        BackendException { OutOfMemory: true } => new(ExitCode.Memory, exception.Message),
        BackendException => new(ExitCode.Device, exception.Message),
        ImageException => new(ExitCode.SomeFailed, exception.Message),
        // All others are about the model: its files, settings, weights, numbers.
        PgpSrException => new(ExitCode.Model, Shortened(exception.Message)),
        FileNotFoundException or DirectoryNotFoundException => new(ExitCode.NoInput, exception.Message),
        IOException or UnauthorizedAccessException => new(ExitCode.Output, exception.Message),
        ArgumentException e => new(ExitCode.Usage, WithoutParameter(e)),
        _ => new(ExitCode.Internal, $"internal error, please report it: {exception}"),
    };

    // Users know options, no parameters of methods and no properties.
    static string WithoutParameter(ArgumentException exception)
    {
        string message = exception.Message.Replace($" (Parameter '{exception.ParamName}')", "", StringComparison.Ordinal);
        return exception.ParamName is [>= 'A' and <= 'Z', ..] name && message.StartsWith(name + " ", StringComparison.Ordinal)
            ? Option(name) + message[name.Length..] : message;
    }

    // NoiseLevel is --noise-level; three are spelled otherwise.
    static string Option(string property) => property switch
    {
        nameof(ModelOptions.PixelStrength) => "--strength-pixel",
        nameof(ModelOptions.DetailStrength) => "--strength-detail",
        nameof(UpscaleOptions.MemoryBudget) => "--memory",
        _ => "-" + string.Concat(property.Select(letter => char.IsUpper(letter) ? $"-{char.ToLowerInvariant(letter)}" : $"{letter}")),
    };

    static string Shortened(string message)
    {
        string[] lines = message.Split('\n');
        return lines.Length <= MostLines ? message : $"{string.Join('\n', lines[..MostLines])}\n  and {lines.Length - MostLines} more";
    }
}
