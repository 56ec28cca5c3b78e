using BitMiracle.LibJpeg.Classic;

namespace PgpSr.Imaging.Codecs.Jpeg;

/// <summary>Baseline JPEG by BitMiracle.LibJpeg.NET, gray or YCbCr.</summary>
sealed class JpegEncoder : RowEncoder
{
    // JPEG_MAX_DIMENSION of the library; the format itself ends at 65535.
    const int MaxSide = 65500;

    // From this quality on the halved color would be the largest loss left.
    const int FullColorQuality = 90;

    readonly jpeg_compress_struct _jpeg;
    readonly int _rowLength;
    readonly byte[][] _line;

    public JpegEncoder(Stream stream, ImageInfo info, ImageMetadata metadata, ImageSaveOptions options)
    {
        if (info.Width > MaxSide || info.Height > MaxSide)
            Throw.Codec($"{info.Width}x{info.Height} pixels; JPEG is limited to {MaxSide} pixels a side, write .png or .tif");
        _rowLength = info.RowLength;
        _line = [new byte[_rowLength]];
        _jpeg = new jpeg_compress_struct(new JpegErrors(metadata))
        {
            Image_width = info.Width,
            Image_height = info.Height,
            Input_components = info.Channels,
            In_color_space = info.Channels == 1 ? J_COLOR_SPACE.JCS_GRAYSCALE : J_COLOR_SPACE.JCS_RGB,
        };
        _jpeg.jpeg_stdio_dest(stream);
        _jpeg.jpeg_set_defaults();
        _jpeg.jpeg_set_quality(options.JpegQuality, true);
        if (info.Channels == 3)
        {
            int factor = options.JpegQuality >= FullColorQuality ? 1 : 2;
            _jpeg.Component_info[0].H_samp_factor = factor;
            _jpeg.Component_info[0].V_samp_factor = factor;
        }
        if (metadata.Resolution is { } resolution) WriteDensity(resolution);
        _jpeg.jpeg_start_compress(true);
        JpegMarkerWriter.Write(_jpeg, info, metadata);
    }

    void WriteDensity(ImageResolution resolution)
    {
        ResolutionUnit unit = resolution.Unit == ResolutionUnit.Meter ? ResolutionUnit.Inch : resolution.Unit;
        resolution = resolution.In(unit);
        _jpeg.Density_unit = unit switch
        {
            ResolutionUnit.Inch => DensityUnit.DotsInch,
            ResolutionUnit.Centimeter => DensityUnit.DotsCm,
            _ => DensityUnit.Unknown,
        };
        _jpeg.X_density = (short)Math.Clamp(Math.Round(resolution.Horizontal), 1, short.MaxValue);
        _jpeg.Y_density = (short)Math.Clamp(Math.Round(resolution.Vertical), 1, short.MaxValue);
    }

    public override void WriteRows(ReadOnlySpan<byte> rows)
    {
        for (; !rows.IsEmpty; rows = rows[_rowLength..])
        {
            rows[.._rowLength].CopyTo(_line[0]);
            _jpeg.jpeg_write_scanlines(_line, 1);
        }
    }

    public override void Complete() => _jpeg.jpeg_finish_compress();
}
