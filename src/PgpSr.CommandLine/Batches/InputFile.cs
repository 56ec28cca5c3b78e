namespace PgpSr.CommandLine;

/// <summary>One picture to work on.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="RelativePath">
/// Its place below the folder or the fixed part of the pattern it came from; the file's name for one that was named itself.
/// </param>
/// <param name="Found">Whether a folder or pattern brought it, rather than its own name.</param>
readonly record struct InputFile(string Path, string RelativePath, bool Found);
