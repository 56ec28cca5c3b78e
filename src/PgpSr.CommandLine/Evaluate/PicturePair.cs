namespace PgpSr.CommandLine.Evaluate;

/// <summary>One small picture and what enlarging it should give.</summary>
sealed record PicturePair(string Name, string LowPath, string TruthPath);
