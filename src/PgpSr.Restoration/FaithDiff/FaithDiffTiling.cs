using PgpSr.Imaging;

namespace PgpSr.Restoration;

/// <summary>How a run is cut up. Tiles are in latent positions.</summary>
/// <param name="EncodeLatent">Tiles of the autoencoder on the way in.</param>
/// <param name="EncodeFeatures">Tiles of the LQ encoder.</param>
/// <param name="Denoise">Tiles of the denoiser: FaithDiff's grid, half overlapping.</param>
/// <param name="Decode">Tiles of the autoencoder on the way back.</param>
/// <param name="RowsTogether">Both guidance rows in one evaluation; apart they take half the activations and give the same bytes.</param>
/// <param name="KeepGuides">Each tile's guide is computed once and kept, instead of in every step.</param>
sealed record FaithDiffTiling(TileGrid EncodeLatent, TileGrid EncodeFeatures, TileGrid Denoise, TileGrid Decode, bool RowsTogether, bool KeepGuides);
