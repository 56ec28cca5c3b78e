using PgpSr.Models;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>LDM-SR, found and checked, not yet loaded.</summary>
sealed record LdmSrCheckpoint
{
    /// <summary>Where everything is.</summary>
    public required PipelineParts Parts { get; init; }

    /// <summary>The UNet's topology: latent and picture in, noise out.</summary>
    public required LdmUnetConfig Unet { get; init; }

    /// <summary>The autoencoder's topology.</summary>
    public required VqConfig Vq { get; init; }

    /// <summary>How the latent is sampled.</summary>
    public required SchedulerConfig Scheduler { get; init; }

    /// <summary>Every file that weights are read from, for the hash.</summary>
    public IReadOnlyList<string> Files => Parts.Files(OneStepFolder.UnetFolder, LdmSrFolder.VqFolder);

    /// <summary>The UNet's weights.</summary>
    public WeightSource OpenUnet() => Parts.Open(OneStepFolder.UnetFolder);

    /// <summary>The autoencoder's weights.</summary>
    public WeightSource OpenVq() => Parts.Open(LdmSrFolder.VqFolder);

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
