namespace PgpSr.Managed;

/// <summary>The size that options ask for: what the picture is resized to, and the part of it that is kept.</summary>
/// <param name="Width">Columns of the resized picture.</param>
/// <param name="Height">Rows of the resized picture.</param>
/// <param name="Left">First column kept.</param>
/// <param name="Top">First row kept.</param>
/// <param name="OutputWidth">Columns kept.</param>
/// <param name="OutputHeight">Rows kept.</param>
readonly record struct TargetSize(int Width, int Height, int Left, int Top, int OutputWidth, int OutputHeight)
{
    // PNG's and TIFF's own limits are 2^31 and 2^32; a million pixels a side is what the reader accepts by default.
    public const int MaxSide = 1 << 20;

    /// <exception cref="ArgumentException">Options contradict one another or ask for an impossible size.</exception>
    public static TargetSize Of(int width, int height, UpscaleOptions options, int modelScale)
    {
        if (options.Scale is { } asked && !(asked > 0 && double.IsFinite(asked)))
            throw new ArgumentException($"Scale is {asked}; expected more than 0", nameof(options));
        if (options.Width is < 1 or > MaxSide) throw new ArgumentException($"Width is {options.Width}; expected 1 to {MaxSide}", nameof(options));
        if (options.Height is < 1 or > MaxSide) throw new ArgumentException($"Height is {options.Height}; expected 1 to {MaxSide}", nameof(options));
        if (options.Scale is not null && (options.Width ?? options.Height) is not null)
            throw new ArgumentException("Scale excludes Width and Height", nameof(options));
        if (options.Width is { } w && options.Height is { } h)
        {
            if (options.Fit == FitMode.Stretch) return new(w, h, 0, 0, w, h);
            double across = (double)w / width, down = (double)h / height;
            double factor = options.Fit == FitMode.Inside ? Math.Min(across, down) : Math.Max(across, down);
            int fitWidth = Side(width, factor), fitHeight = Side(height, factor);
            if (options.Fit == FitMode.Inside)
                return new(Math.Min(fitWidth, w), Math.Min(fitHeight, h), 0, 0, Math.Min(fitWidth, w), Math.Min(fitHeight, h));
            fitWidth = Math.Max(fitWidth, w);
            fitHeight = Math.Max(fitHeight, h);
            return new(fitWidth, fitHeight, (fitWidth - w) / 2, (fitHeight - h) / 2, w, h);
        }
        double scale = options.Width is { } onlyWidth ? (double)onlyWidth / width : options.Height is { } onlyHeight ? (double)onlyHeight / height
            : options.Scale ?? modelScale;
        int outputWidth = options.Width ?? Side(width, scale), outputHeight = options.Height ?? Side(height, scale);
        return new(outputWidth, outputHeight, 0, 0, outputWidth, outputHeight);
    }

    static int Side(int length, double factor)
    {
        double side = Math.Max(1, Math.Round(length * factor));
        return side <= MaxSide ? (int)side : throw new ArgumentException($"{length} pixels times {factor} is more than {MaxSide} a side");
    }
}
