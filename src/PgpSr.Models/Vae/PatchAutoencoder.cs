using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>The autoencoder without parameters: blocks of factor x factor pixels are the latent's channels. For small models that need no
/// VAE.</summary>
sealed class PatchAutoencoder : IAutoencoder
{
    /// <param name="factor">2, 4 or 8; 1 leaves pixels as they are.</param>
    /// <param name="imageChannels">Channels of the picture.</param>
    public PatchAutoencoder(int factor, int imageChannels = 3)
    {
        if (factor is not (1 or 2 or 4 or 8)) throw new ArgumentOutOfRangeException(nameof(factor), factor, "a patch is 1, 2, 4 or 8 pixels wide");
        ArgumentOutOfRangeException.ThrowIfLessThan(imageChannels, 1);
        Factor = factor;
        LatentChannels = imageChannels * factor * factor;
    }

    /// <inheritdoc/>
    public int Factor { get; }

    /// <inheritdoc/>
    public int LatentChannels { get; }

    /// <inheritdoc/>
    public Tensor Encode(Workspace ws, Tensor image, Tensor? noise)
    {
        ArgumentNullException.ThrowIfNull(ws);
        return ws.SpaceToDepth(image, Factor);
    }

    /// <inheritdoc/>
    public Tensor Decode(Workspace ws, Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(ws);
        return ws.DepthToSpace(latent, Factor);
    }
}
