namespace PgpSr.Sampling;

/// <summary>A scheduler's configuration asks for something that is unknown or not supported.</summary>
/// <param name="file">Where it was read.</param>
/// <param name="message">Which setting, what was found, what is supported.</param>
public sealed class SchedulerException(string file, string message) : PgpSrException($"{file}: {message}")
{
    /// <summary>Where it was read.</summary>
    public string File { get; } = file;
}
