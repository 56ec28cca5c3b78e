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
