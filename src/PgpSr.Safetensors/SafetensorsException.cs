namespace PgpSr.Safetensors;

/// <summary>A file breaks a rule of the format, or does not have what was requested.</summary>
public sealed class SafetensorsException : PgpSrException
{
    /// <summary>Describes one broken rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="file">The path of the file, as it was given.</param>
    /// <param name="tensor">The tensor's name, or null where the rule concerns the whole file.</param>
    /// <param name="reason">What was expected, what was found, and what can be done.</param>
    /// <param name="inner">The error below, if any.</param>
    public SafetensorsException(SafetensorsRule rule, string file, string? tensor, string reason, Exception? inner = null)
        : base(tensor is null ? $"{file}: {reason} [{rule}]" : $"{file}: tensor '{Excerpt(tensor)}': {reason} [{rule}]", inner)
    {
        Rule = rule;
        File = file;
        Tensor = tensor;
    }

    /// <summary>The rule that was broken.</summary>
    public SafetensorsRule Rule { get; }

    /// <summary>The path of the file, as it was given to the library.</summary>
    public string File { get; }

    /// <summary>The name of the tensor at fault, or null where the rule concerns the whole file.</summary>
    public string? Tensor { get; }

    // A hostile header can hold a name of many megabytes; the property keeps it, the message need not.
    static string Excerpt(string name) => name.Length <= 200 ? name : string.Concat(name.AsSpan(0, 200), "…");
}
