using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>Pictures to latents and back, so that a pipeline need not know which kind of autoencoder a model has.</summary>
interface IAutoencoder
{
    /// <summary>Pixels per latent position, in each direction.</summary>
    int Factor { get; }

    /// <summary>Channels of the latent.</summary>
    int LatentChannels { get; }

    /// <summary>Picture [N, H, W, 3] in [-1, 1], sides multiples of <see cref="Factor"/>, to a scaled latent [N, H/f, W/f, LatentChannels].</summary>
    /// <param name="ws">Workspace.</param>
    /// <param name="image">The picture; kept.</param>
    /// <param name="noise">Unit noise of the latent's shape to sample the posterior with; null for its mean. Ignored where there is no
    /// posterior.</param>
    Tensor Encode(Workspace ws, Tensor image, Tensor? noise);

    /// <summary>A scaled latent to a picture [N, H, W, 3], about [-1, 1].</summary>
    Tensor Decode(Workspace ws, Tensor latent);
}
