namespace PgpSr.CommandLine;

/// <summary>One picture and where its result goes.</summary>
/// <param name="Source">The picture, as the user knows it.</param>
/// <param name="Destination">The result.</param>
/// <param name="Refusal">Why it will not be done; null for what will.</param>
readonly record struct BatchItem(string Source, string Destination, string? Refusal = null)
{
    readonly string? _read;

    /// <summary>The file that is read: a copy where the source is a pipe.</summary>
    public string Read
    {
        get => _read ?? Source;
        init => _read = value;
    }
}
