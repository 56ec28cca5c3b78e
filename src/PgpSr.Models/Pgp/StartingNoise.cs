namespace PgpSr.Models;

/// <summary>Unit noise as a small model's sampling starts from it: its gray and its color component in the parts that the configuration
/// says.</summary>
static class StartingNoise
{
    /// <summary>Changes noise in place.</summary>
    /// <param name="config">The model; <see cref="PgpConfig.StartNoise"/> and <see cref="PgpConfig.StartColorNoise"/> are used.</param>
    /// <param name="noise">Latents of patches, [..., LatentChannels]: the channels of one color lie together.</param>
    /// <exception cref="ArgumentException">The span does not hold whole latents.</exception>
    public static void Shape(PgpConfig config, Span<float> noise)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (noise.Length % config.LatentChannels != 0)
            throw new ArgumentException($"{noise.Length} values do not fill latents of {config.LatentChannels}", nameof(noise));
        float gray = config.StartNoise, color = config.StartColorNoise;
        if (gray == 1 && color == 1) return;
        int pixels = config.PatchFactor * config.PatchFactor;
        for (; noise.Length > 0; noise = noise[config.LatentChannels..])
        {
            for (int i = 0; i < pixels; i++)
            {
                ref float r = ref noise[i], g = ref noise[pixels + i], b = ref noise[2 * pixels + i];
                float mean = (r + g + b) / PgpConfig.ImageChannels, offset = (gray - color) * mean;
                r = color * r + offset;
                g = color * g + offset;
                b = color * b + offset;
            }
        }
    }
}
