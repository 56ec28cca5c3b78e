namespace PgpSr.Testing;

/// <summary>Values are not what they have to be.</summary>
/// <param name="message">Where, by how much, and how many.</param>
public sealed class ToleranceException(string message) : Exception(message);
