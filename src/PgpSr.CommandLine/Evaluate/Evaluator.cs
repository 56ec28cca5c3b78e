using System.Diagnostics;
using PgpSr.CommandLine.Compare;
using PgpSr.Imaging;

namespace PgpSr.CommandLine.Evaluate;

/// <summary>
/// Measures candidates on sets of pairs: each small picture is enlarged and compared with its truth, and so is what bicubic interpolation makes of
/// it. As many pixels as the scale are left out along every border, as super-resolution papers do.
/// </summary>
static class Evaluator
{
    /// <summary>Side of the input for which multiply-adds are stated, so that they do not depend on the pictures at hand.</summary>
    public const int CostSide = 256;

    /// <summary>Runs all candidates over one set. The first picture is enlarged once more beforehand, so that no time includes compilation.</summary>
    /// <param name="set">What to measure on.</param>
    /// <param name="candidates">At least one, all of one scale.</param>
    /// <param name="pristine">NIQE's photographs; null for the built-in ones.</param>
    /// <param name="finished">Called after every picture with how many are done and what became of it.</param>
    /// <param name="cancellation">Stops between and inside pictures.</param>
    /// <exception cref="CommandException">A truth is not as many times larger as the candidates enlarge, or too small to measure.</exception>
    public static SetResult Run(
        PairSet set, IReadOnlyList<Candidate> candidates, NiqeModel? pristine, Action<int, EvaluatedPicture>? finished, CancellationToken cancellation)
    {
        int scale = candidates[0].Scale;
        List<string> names = [];
        List<PictureScore> truths = [], bicubics = [], lanczos = [];
        List<PictureScore>[] scores = [.. candidates.Select(_ => new List<PictureScore>())];
        List<double>[] times = [.. candidates.Select(_ => new List<double>())];
        foreach (PicturePair pair in set.Pairs)
        {
            cancellation.ThrowIfCancellationRequested();
            Image low = PictureFiles.Load(pair.LowPath, null, cancellation), truth = PictureFiles.Load(pair.TruthPath, null, cancellation);
            foreach (Candidate candidate in candidates) CheckSizes(pair, low, truth, candidate);
            names.Add(pair.Name);
            truths.Add(PictureScore.OfTruth(truth, low, scale, pristine));
            (Image Image, PictureScore Score) Measured(Image image) => (image, PictureScore.Measure(image, truth, low, scale, pristine));
            var bicubic = Measured(Resizer.Resize(low, truth.Width, truth.Height, ResizeFilter.Bicubic));
            bicubics.Add(bicubic.Score);
            lanczos.Add(Measured(Resizer.Resize(low, truth.Width, truth.Height, ResizeFilter.Lanczos)).Score);
            List<(Image Image, PictureScore Score)> enlarged = [];
            for (int i = 0; i < candidates.Count; i++)
            {
                if (names.Count == 1) candidates[i].Upscale(low, cancellation);
                long start = Stopwatch.GetTimestamp();
                Image large = candidates[i].Upscale(low, cancellation);
                times[i].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                enlarged.Add(Measured(large));
                scores[i].Add(enlarged[i].Score);
            }
            finished?.Invoke(names.Count, new(pair.Name, truth, bicubic, enlarged));
        }
        return new(set.Name, scale, names, PictureScore.Mean(truths), bicubics, lanczos,
            [.. candidates.Select((c, i) => new CandidateResult(c, scores[i], times[i]))]);
    }

    static void CheckSizes(PicturePair pair, Image low, Image truth, Candidate candidate)
    {
        int width = low.Width * candidate.Scale, height = low.Height * candidate.Scale;
        if (truth.Width != width || truth.Height != height)
            Throw.NoInput(
                $"{pair.LowPath}: {low.Width}x{low.Height} pixels enlarged {candidate.Scale} times by '{candidate.Name}' give {width}x{height}, "
                + $"its truth has {truth.Width}x{truth.Height}; the sides must fit exactly");
        int least = ComparisonNumbers.SmallestSide + 2 * candidate.Scale;
        if (Math.Min(width, height) < least)
            Throw.NoInput($"{pair.TruthPath}: {width}x{height} pixels are too few to measure; '{candidate.Name}' needs at least {least}x{least}");
        if (truth.Info.ColorChannels != low.Info.ColorChannels)
            Throw.NoInput($"{pair.LowPath}: one picture of the pair is gray, the other is in color");
    }
}
