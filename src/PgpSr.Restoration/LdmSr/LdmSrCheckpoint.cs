using PgpSr.Models;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>LDM-SR, found and checked, not yet loaded.</summary>
sealed record LdmSrCheckpoint
{
    /// <summary>The folder.</summary>
    public required string Path { get; init; }

    /// <summary>The UNet's topology: latent and picture in, noise out.</summary>
    public required LdmUnetConfig Unet { get; init; }

    /// <summary>The autoencoder's topology.</summary>
    public required VqConfig Vq { get; init; }

    /// <summary>How the latent is sampled.</summary>
    public required SchedulerConfig Scheduler { get; init; }

    /// <summary>Every file that weights are read from, for the hash.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>The UNet's weights.</summary>
    public WeightSource OpenUnet() => OneStepFolder.OpenFolder(System.IO.Path.Combine(Path, OneStepFolder.UnetFolder));

    /// <summary>The autoencoder's weights.</summary>
    public WeightSource OpenVq() => OneStepFolder.OpenFolder(System.IO.Path.Combine(Path, LdmSrFolder.VqFolder));

    /// <summary>Loads both networks.</summary>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    public LdmSrRestorer Load(Backend backend, CancellationToken cancellation)
    {
        using WeightSource unetSource = OpenUnet(), vqSource = OpenVq();
        var vq = VqAutoencoder.Load(vqSource, backend, Vq, cancellation);
        try
        {
            return new LdmSrRestorer(LdmUnet.Load(unetSource, backend, Unet, cancellation), vq, Scheduler);
        }
        catch
        {
            vq.Dispose();
            throw;
        }
    }
}
