namespace PgpSr.CommandLine.Evaluate;

/// <summary>What one candidate reached on one set.</summary>
/// <param name="Candidate">Who.</param>
/// <param name="Scores">One entry a picture.</param>
/// <param name="Milliseconds">Wall time of enlarging, one entry a picture.</param>
sealed record CandidateResult(Candidate Candidate, IReadOnlyList<PictureScore> Scores, IReadOnlyList<double> Milliseconds)
{
    /// <summary>The middle of <see cref="Milliseconds"/>.</summary>
    public double MedianMilliseconds
    {
        get
        {
            double[] sorted = [.. Milliseconds.Order()];
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }
}
