namespace PgpSr.Imaging;

/// <summary>What goes into one file: metadata made true for its pixels, and the warning about what the file does not carry.</summary>
static class OutgoingMetadata
{
    /// <summary>A copy for a file of this layout. What a format has no place for its encoder adds to
    /// <see cref="ImageMetadata.NotCarried"/>.</summary>
    public static ImageMetadata For(ImageMetadata metadata, ImageInfo layout)
    {
        ImageMetadata copy = metadata.Clone();
        if (copy.Exif is { } exif)
        {
            exif = Exif.WithSize(exif, layout.Width, layout.Height);
            copy.Exif = metadata.Resolution is { } resolution ? ExifResolution.With(exif, resolution) : exif;
        }
        if (copy.Xmp is { } xmp) copy.Xmp = Xmp.WithSize(xmp, layout.Width, layout.Height);
        copy.IccProfile = metadata.IccProfileFor(layout.ColorChannels);
        if (metadata.IccProfile is not null && copy.IccProfile is null) copy.Lose("the color profile, which is for another color space");
        return copy;
    }

    /// <summary>Adds one line to the metadata that were handed in.</summary>
    public static void Warn(ImageMetadata outgoing, ImageMetadata metadata)
    {
        if (outgoing.NotCarried.Count == 0) return;
        string warning = "the result does not carry " + string.Join("; ", outgoing.NotCarried);
        if (!metadata.Warnings.Contains(warning)) metadata.Warnings.Add(warning);
    }

    /// <summary>Names the color descriptions that only PNG has, unless they say what is taken for granted without them.</summary>
    public static void LosePngColor(ImageMetadata outgoing)
    {
        if (outgoing.CodePoints is { Length: 4 } code && !code.AsSpan().SequenceEqual(SrgbCodePoints)) outgoing.Lose("the color space of cICP");
        // A profile or the sRGB mark goes before gamma and chromaticities (PNG 3rd edition, 4.3).
        if (outgoing.IccProfile is not null || outgoing.SrgbIntent is not null) return;
        if (outgoing.Gamma is { } gamma && !IsNear(gamma, SrgbGamma)) outgoing.Lose("the gamma of gAMA");
        if (outgoing.Chromaticities is { Length: 8 } found && found.Zip(SrgbChromaticities).Any(pair => !IsNear(pair.First, pair.Second)))
            outgoing.Lose("the primaries of cHRM");
    }

    const uint SrgbGamma = 45455;

    // BT.709 primaries, the sRGB transfer function, RGB, full range (ITU-T H.273).
    static ReadOnlySpan<byte> SrgbCodePoints => [1, 13, 0, 1];

    static uint[] SrgbChromaticities => [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000];

    // Writers round: within half a percent of full scale nothing is to be seen.
    static bool IsNear(uint found, uint expected) => Math.Abs((long)found - expected) <= 500;
}
