using PgpSr.Imaging;

namespace PgpSr.CommandLine.Evaluate;

/// <summary>Something that enlarges pictures, and what it costs.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Scale">How much it enlarges.</param>
/// <param name="Steps">Network calls a picture.</param>
/// <param name="Parameters">Numbers in its checkpoint.</param>
/// <param name="MultiplyAdds">Multiply-adds for an input of <see cref="Evaluator.CostSide"/> pixels square.</param>
/// <param name="Upscale">Enlarges one picture.</param>
sealed record Candidate(string Name, int Scale, int Steps, long Parameters, long MultiplyAdds, Func<Image, CancellationToken, Image> Upscale);

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
