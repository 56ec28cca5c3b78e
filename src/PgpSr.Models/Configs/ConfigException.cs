namespace PgpSr.Models;

/// <summary>A configuration cannot be used, or contradicts the checkpoint it came with.</summary>
/// <param name="file">Where it was read.</param>
/// <param name="message">Which setting, what was found, what is supported.</param>
public sealed class ConfigException(string file, string message) : PgpSrException($"{file}: {message}")
{
    /// <summary>Where it was read.</summary>
    public string File { get; } = file;
}
