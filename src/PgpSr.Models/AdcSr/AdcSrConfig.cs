using System.Collections.Immutable;

namespace PgpSr.Models;

/// <summary>
/// The topology of AdcSR (arXiv 2411.13383): Stable Diffusion 2.1's UNet without time and text and with every width cut, fed with pixels, and the
/// half of an autoencoder's decoder that its features enter.
/// </summary>
sealed record AdcSrConfig
{
    /// <summary>Pixels of the source that one position of the UNet holds, in each direction.</summary>
    public const int Unshuffle = 2;

    const int ImageChannels = 3;

    /// <summary>Groups of a norm whose width was cut: the first that divides.</summary>
    public static ImmutableArray<int> GroupChoices { get; } = [32, 24, 16, 12, 8, 6, 4, 2, 1];

    /// <summary>The UNet: 12 channels in, as many out as the decoder's bottleneck has.</summary>
    public required UnetConfig Unet { get; init; }

    /// <summary>The decoder, without conv_in; what concerns encoders and latents means nothing.</summary>
    public required AutoencoderConfig Decoder { get; init; }

    /// <summary>The published network: 456 million parameters.</summary>
    public static AdcSrConfig Published { get; } = new()
    {
        Unet = new()
        {
            InChannels = ImageChannels * Unshuffle * Unshuffle,
            OutChannels = 256,
            Down = [new(240, 5, [1, 1], true), new(480, 10, [1, 1], true), new(960, 20, [1, 1], true), new(960, 20, [-1, -1], false)],
            Middle = new(960, 20, 1),
            Up = [new(960, 20, [-1, -1, -1], true), new(960, 20, [1, 1, 1], true), new(480, 10, [1, 1, 1], true), new(240, 5, [1, 1, 1], false)],
            HasTime = false,
            NormGroupChoices = GroupChoices,
        },
        Decoder = new() { Channels = [64, 128, 256, 256] },
    };

    /// <summary>How many times larger the result is.</summary>
    public int Scale => Decoder.Factor / Unshuffle;

    /// <summary>Sides of the source are multiples of this: 16 for the published network.</summary>
    public int Multiple => Unshuffle << Unet.Down.Count(stage => stage.Resample);

    /// <summary>Checks that the parts fit one another.</summary>
    /// <exception cref="ArgumentException">They do not; the message says where.</exception>
    public void Validate()
    {
        Unet.Validate();
        if (Unet.HasTime || Unet.ContextChannels > 0) throw new ArgumentException("its UNet takes neither a timestep nor a text");
        if (Unet.InChannels != ImageChannels * Unshuffle * Unshuffle)
            throw new ArgumentException($"its UNet takes {ImageChannels * Unshuffle * Unshuffle} channels, not {Unet.InChannels}");
        if (Decoder.Channels.Length is < 2 or > 8 || Decoder.Channels.Any(c => c < 1 || c % Decoder.NormGroups != 0))
            throw new ArgumentException($"its decoder has 2 to 8 levels of multiples of {Decoder.NormGroups} channels");
        if (Unet.OutChannels != Decoder.Channels[^1])
            throw new ArgumentException($"its UNet gives {Unet.OutChannels} channels, its decoder takes {Decoder.Channels[^1]}");
    }
}
