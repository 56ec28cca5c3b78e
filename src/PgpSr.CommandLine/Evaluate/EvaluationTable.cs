using System.Globalization;

namespace PgpSr.CommandLine.Evaluate;

/// <summary>
/// The result of one set as rows of text: the truth's own sharpness, bicubic and Lanczos interpolation, and one row a candidate with its differences
/// from bicubic.
/// </summary>
static class EvaluationTable
{
    static readonly string[] s_heading =
    [
        "", "parameters", $"GMAC at {Evaluator.CostSide}x{Evaluator.CostSide}", "steps", "ms",
        "PSNR-Y dB", "+-", "SSIM-Y", "+-", "phase error", "+-", "detail", "edge px", "NIQE", "reduced dB",
    ];

    /// <summary>One line above a table that says what it shows.</summary>
    public static string Title(SetResult result) => string.Create(
        CultureInfo.InvariantCulture,
            $"{result.Set}: {result.Pictures.Count} pictures, {result.Crop} pixels left out along every border; +- against bicubic");

    /// <summary>The rows, heading first.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Rows(SetResult result)
    {
        PictureScore bicubic = PictureScore.Mean(result.Bicubic);
        string[] truth =
        [
            Number(result.Truth.Detail, "0.00"), Number(result.Truth.EdgeWidth, "0.00"), Number(result.Truth.Niqe, "0.00"),
            Number(result.Truth.Reduced, "0.00"),
        ];
        List<IReadOnlyList<string>> rows =
        [
            s_heading,
            ["truth", .. Enumerable.Repeat("", s_heading.Length - 1 - truth.Length), .. truth],
            ["bicubic", "", "", "", "", .. Measures(bicubic, null)],
            ["Lanczos", "", "", "", "", .. Measures(PictureScore.Mean(result.Lanczos), bicubic)],
        ];
        foreach (CandidateResult candidate in result.Candidates)
            rows.Add(
            [
                candidate.Candidate.Name, Count(candidate.Candidate.Parameters), Number(candidate.Candidate.MultiplyAdds / 1e9, "0.0"),
                Number(candidate.Candidate.Steps, "0"), Number(candidate.MedianMilliseconds, "0"),
                    .. Measures(PictureScore.Mean(candidate.Scores), bicubic),
            ]);
        return rows;
    }

    /// <summary>One row a picture, heading first: PSNR and SSIM of bicubic interpolation and of every candidate.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Each(SetResult result) =>
    [
        ["", "bicubic PSNR-Y dB", "SSIM-Y", .. result.Candidates.SelectMany(c => (string[])[$"{c.Candidate.Name} PSNR-Y dB", "+-", "SSIM-Y"])],
        .. result.Pictures.Select((name, i) => (IReadOnlyList<string>)
        [
            name, Number(result.Bicubic[i].Psnr, "0.00"), Number(result.Bicubic[i].Ssim, "0.0000"),
            .. result.Candidates.SelectMany(c => (string[])
            [
                Number(c.Scores[i].Psnr, "0.00"), Difference(c.Scores[i].Psnr, result.Bicubic[i].Psnr, "0.00"), Number(c.Scores[i].Ssim, "0.0000"),
            ]),
        ]),
    ];

    /// <summary>The same rows as a Markdown table.</summary>
    public static IEnumerable<string> Markdown(SetResult result)
    {
        IReadOnlyList<IReadOnlyList<string>> rows = Rows(result);
        for (int i = 0; i < rows.Count; i++)
        {
            yield return $"| {string.Join(" | ", rows[i])} |";
            if (i == 0) yield return $"|---|{string.Concat(Enumerable.Repeat("---:|", s_heading.Length - 1))}";
        }
    }

    static string[] Measures(PictureScore score, PictureScore? other) =>
    [
        Number(score.Psnr, "0.00"), Difference(score.Psnr, other?.Psnr, "0.00"),
        Number(score.Ssim, "0.0000"), Difference(score.Ssim, other?.Ssim, "0.0000"),
        Number(score.PhaseError, "0.0000"), Difference(score.PhaseError, other?.PhaseError, "0.0000"),
        Number(score.Detail, "0.00"), Number(score.EdgeWidth, "0.00"), Number(score.Niqe, "0.00"), Number(score.Reduced, "0.00"),
    ];

    // A measure that a picture is too small for is left empty.
    static string Number(double value, string format) => double.IsNaN(value) ? "" : value.ToString(format, CultureInfo.InvariantCulture);

    static string Difference(double value, double? other, string format) =>
        other is { } o ? (value - o).ToString($"+{format};-{format}", CultureInfo.InvariantCulture) : "";

    static string Count(long parameters) => parameters < 1_000_000
        ? Number(parameters / 1e3, "0.0 K")
        : parameters < 1_000_000_000 ? Number(parameters / 1e6, "0.00 M") : Number(parameters / 1e9, "0.00 'G'");
}
