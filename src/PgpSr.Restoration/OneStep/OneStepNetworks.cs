using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>What a one-step restorer runs; disposed together.</summary>
sealed class OneStepNetworks : IDisposable
{
    /// <summary>From pictures to latents, and back unless there is a <see cref="Tiny"/> one.</summary>
    public required AutoencoderKl Encoder { get; init; }

    /// <summary>The network with all its adapters.</summary>
    public required Unet Unet { get; init; }

    /// <summary>The network with the adapter for pixels alone, where adapters are weighed.</summary>
    public Unet? PixelUnet { get; init; }

    /// <summary>Decodes in the place of the large autoencoder.</summary>
    public TinyAutoencoder? Tiny { get; init; }

    /// <summary>The text that the network is told, one row; null for a network without text.</summary>
    public PromptEmbeddings? Prompt { get; init; }

    /// <summary>From latents to pictures.</summary>
    public IAutoencoder Decoder => Tiny is null ? Encoder : Tiny;

    /// <summary>Numbers in the checkpoints.</summary>
    public long ParameterCount => Encoder.ParameterCount + Unet.ParameterCount + (Tiny?.ParameterCount ?? 0);

    /// <summary>Bytes of the weights.</summary>
    public long WeightBytes => Encoder.WeightBytes + Unet.WeightBytes + (PixelUnet?.WeightBytes ?? 0) + (Tiny?.WeightBytes ?? 0);

    /// <summary>What the UNet is told beside the latent.</summary>
    public UnetCondition Condition(Workspace ws) => Prompt is null ? UnetCondition.None : new UnetCondition(Prompt.Upload(ws).Context, null, []);

    /// <summary>Gives the weights back.</summary>
    public void Dispose()
    {
        Encoder.Dispose();
        Unet.Dispose();
        PixelUnet?.Dispose();
        Tiny?.Dispose();
    }
}
