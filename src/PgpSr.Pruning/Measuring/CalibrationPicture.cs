namespace PgpSr.Pruning;

/// <summary>A picture to measure with.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Degraded">The degraded picture at its own size; what small models see.</param>
/// <param name="Enlarged">The same, enlarged to the result's size: what FaithDiff and plain UNets see, and small models that start from a latent.
/// Null where it is not needed (<see cref="Analyzer.EnlargementOf"/>).</param>
sealed record CalibrationPicture(string Name, PictureValues Degraded, PictureValues? Enlarged = null);

/// <summary>Pixels as networks take them.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Values">[Height, Width, 3] in [-1, 1].</param>
sealed record PictureValues(int Width, int Height, float[] Values);
