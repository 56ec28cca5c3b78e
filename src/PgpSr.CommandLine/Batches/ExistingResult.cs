namespace PgpSr.CommandLine;

/// <summary>What becomes of a result that is there already, where the program names results itself.</summary>
enum ExistingResult
{
    /// <summary>It stays, and the picture fails.</summary>
    Refused,

    /// <summary>The new one takes its place.</summary>
    Replaced,

    /// <summary>It stays, and the picture is skipped.</summary>
    Kept,
}
