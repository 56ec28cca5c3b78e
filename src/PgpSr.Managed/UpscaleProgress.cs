namespace PgpSr.Managed;

/// <summary>How far a run is.</summary>
/// <param name="Stage">What it is doing.</param>
/// <param name="Tile">Tiles of the stage that are done.</param>
/// <param name="Tiles">Tiles of the stage.</param>
/// <param name="Step">Steps of the tile that are done.</param>
/// <param name="Steps">Steps of a tile.</param>
/// <param name="Fraction">Part of the run's work that is done, 0 to 1; never decreases.</param>
/// <param name="BytesInUse">Bytes held now: weights, activations, pictures, strips.</param>
/// <param name="Elapsed">Since the run began.</param>
/// <param name="Left">Estimated time left; null until it can be estimated.</param>
public readonly record struct UpscaleProgress(
    UpscaleStage Stage, int Tile, int Tiles, int Step, int Steps, double Fraction, long BytesInUse, TimeSpan Elapsed, TimeSpan? Left);
