namespace PgpSr.PyTorchZip;

/// <summary>A file that is no PyTorch zip checkpoint, or asks for more than tensors and plain containers.</summary>
public sealed class PyTorchZipException : PgpSrException
{
    /// <summary>Describes one refusal.</summary>
    /// <param name="rule">What was found.</param>
    /// <param name="file">The path of the file, as it was given.</param>
    /// <param name="culprit">The tensor, entry, opcode or global at fault, or null where it is the whole file.</param>
    /// <param name="reason">What was expected, what was found, and what can be done.</param>
    public PyTorchZipException(PyTorchZipRule rule, string file, string? culprit, string reason)
        : base(culprit is null ? $"{file}: {reason} [{rule}]" : $"{file}: '{culprit}': {reason} [{rule}]")
    {
        Rule = rule;
        File = file;
        Culprit = culprit;
    }

    /// <summary>What was found.</summary>
    public PyTorchZipRule Rule { get; }

    /// <summary>The path of the file, as it was given to the library.</summary>
    public string File { get; }

    /// <summary>The tensor, entry, opcode or global at fault, or null where it is the whole file.</summary>
    public string? Culprit { get; }
}
