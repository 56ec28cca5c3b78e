namespace PgpSr.CommandLine.Evaluate;

/// <summary>The small pictures of one folder, made in one way, such as <c>clean</c> or <c>degraded</c>.</summary>
sealed record PairSet(string Name, IReadOnlyList<PicturePair> Pairs);
