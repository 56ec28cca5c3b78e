using PgpSr.Managed;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace PgpSr.Imaging.ImageSharp;

/// <summary>Super-resolution of ImageSharp's pictures.</summary>
public static class ImageSharpSuperResolution
{
    /// <summary>
    /// A larger and sharper picture in the same pixel format, with ICC, EXIF, XMP and resolution of the source. Formats of more than 8 bits a sample
    /// are computed and returned with 16. Of an animation the first frame.
    /// </summary>
    /// <param name="image">The source; not changed.</param>
    /// <param name="resolver">The loaded model.</param>
    /// <param name="options">Size, seed, memory budget and so on; null for the defaults.</param>
    /// <param name="progress">Receives a report for every tile and step.</param>
    /// <param name="cancellation">Stops within 100 ms; all memory is given back.</param>
    /// <exception cref="MemoryBudgetException">It does not fit the budget; nothing was computed.</exception>
    /// <exception cref="BrokenOutputException">The model produced an invalid image (NaN, infinity or a single value).</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Image<TPixel> SuperResolve<TPixel>(
        this Image<TPixel> image,
        SuperResolver resolver,
        UpscaleOptions? options = null,
        IProgress<UpscaleProgress>? progress = null,
        CancellationToken cancellation = default)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        ArgumentNullException.ThrowIfNull(resolver);
        Imaging.Image large = resolver.Upscale(image.ToPgpSr(), options, progress, cancellation);
        // Nobody else holds the result: where layouts agree, the new picture takes its memory instead of a copy.
        return PixelLayouts.Of<TPixel>() == (large.Channels, large.BitDepth) ? large.AsImageSharp<TPixel>() : large.ToImageSharp<TPixel>();
    }

    /// <summary>As <see cref="SuperResolve"/>, on a thread of the pool.</summary>
    /// <inheritdoc cref="SuperResolve"/>
    public static Task<Image<TPixel>> SuperResolveAsync<TPixel>(
        this Image<TPixel> image,
        SuperResolver resolver,
        UpscaleOptions? options = null,
        IProgress<UpscaleProgress>? progress = null,
        CancellationToken cancellation = default)
        where TPixel : unmanaged, IPixel<TPixel> =>
        Task.Run(() => image.SuperResolve(resolver, options, progress, cancellation), cancellation);
}
