namespace PgpSr.Models;

/// <summary>Unit noise as a small model's sampling starts from it: its grey and its colour component in the parts that the configuration
/// says.</summary>
public static class StartingNoise
{
    /// <summary>Changes noise in place.</summary>
    /// <param name="config">The model; <see cref="PgpConfig.StartNoise"/> and <see cref="PgpConfig.StartColourNoise"/> are used.</param>
    /// <param name="noise">Latents of patches, [..., LatentChannels]: the channels of one colour lie together.</param>
    /// <exception cref="ArgumentException">The span does not hold whole latents.</exception>
    public static void Shape(PgpConfig config, Span<float> noise)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (noise.Length % config.LatentChannels != 0)
            throw new ArgumentException($"{noise.Length} values are no whole number of latents of {config.LatentChannels}", nameof(noise));
        float grey = config.StartNoise, colour = config.StartColourNoise;
        if (grey == 1 && colour == 1) return;
        int pixels = config.PatchFactor * config.PatchFactor;
        for (; noise.Length > 0; noise = noise[config.LatentChannels..])
        {
            for (int i = 0; i < pixels; i++)
            {
                ref float r = ref noise[i], g = ref noise[pixels + i], b = ref noise[2 * pixels + i];
                float mean = (r + g + b) / PgpConfig.ImageChannels, offset = (grey - colour) * mean;
                r = colour * r + offset;
                g = colour * g + offset;
                b = colour * b + offset;
            }
        }
    }
}
