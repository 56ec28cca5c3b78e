namespace PgpSr.CommandLine.Tests.Readme;

/// <summary>
/// Tests that set the process's current folder run alone: paths of all others are absolute, but what they print may be relative to it.
/// </summary>
[CollectionDefinition(nameof(OneFolderAtATime), DisableParallelization = true)]
public sealed class OneFolderAtATime;
