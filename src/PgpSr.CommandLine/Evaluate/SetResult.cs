namespace PgpSr.CommandLine.Evaluate;

/// <summary>What the pictures of one set measure.</summary>
/// <param name="Set">The set's name.</param>
/// <param name="Crop">Pixels ignored along every border.</param>
/// <param name="Pictures">Names, in the order of all lists here.</param>
/// <param name="Truth">The true pictures' own sharpness and naturalness: what the others' may be compared with.</param>
/// <param name="Bicubic">Antialiased bicubic interpolation, as Pillow computes it.</param>
/// <param name="Lanczos">Antialiased Lanczos interpolation of three lobes.</param>
/// <param name="Candidates">One entry a candidate.</param>
sealed record SetResult(
    string Set,
    int Crop,
    IReadOnlyList<string> Pictures,
    PictureScore Truth,
    IReadOnlyList<PictureScore> Bicubic,
    IReadOnlyList<PictureScore> Lanczos,
    IReadOnlyList<CandidateResult> Candidates);
