namespace PgpSr.Managed;

/// <summary>One stage of a run, as planned.</summary>
/// <param name="Stage">What it does.</param>
/// <param name="Name">A readable name of the network or step.</param>
/// <param name="TileWidth">Columns of a tile, in pixels of the stage's input; the picture's where it is not tiled.</param>
/// <param name="TileHeight">Rows of a tile.</param>
/// <param name="Tiles">How many.</param>
/// <param name="Steps">Network evaluations for each.</param>
/// <param name="Bytes">Peak memory of the stage without weights and pictures.</param>
/// <param name="MultiplyAdds">Multiply-accumulates of all tiles and steps, counted as direct algorithms.</param>
public sealed record StagePlan(UpscaleStage Stage, string Name, int TileWidth, int TileHeight, int Tiles, int Steps, long Bytes, long MultiplyAdds);
