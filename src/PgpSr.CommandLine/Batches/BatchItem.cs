namespace PgpSr.CommandLine;

/// <summary>One picture and where its result goes.</summary>
/// <param name="Source">The picture.</param>
/// <param name="Destination">The result.</param>
readonly record struct BatchItem(string Source, string Destination);
