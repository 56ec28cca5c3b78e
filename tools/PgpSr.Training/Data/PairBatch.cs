namespace PgpSr.Training;

/// <summary>Crops for one step, planes of [-1, 1].</summary>
/// <param name="Count">Crops.</param>
/// <param name="Side">Side of a degraded crop in pixels.</param>
/// <param name="Degraded">[Count, 3, Side, Side].</param>
/// <param name="Enlarged">The degraded crops enlarged by bicubic interpolation, [Count, 3, scale Side, scale Side].</param>
/// <param name="Truth">[Count, 3, scale Side, scale Side].</param>
/// <param name="Damage">Of each crop: how much noise and compression the network may take away, 0 to 1; negative where it is to find out.</param>
sealed record PairBatch(int Count, int Side, float[] Degraded, float[] Enlarged, float[] Truth, float[] Damage);
