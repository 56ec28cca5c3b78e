using BitMiracle.LibJpeg.Classic;

namespace PgpSr.Imaging.Codecs.Jpeg;

/// <summary>JPEG by BitMiracle.LibJpeg.NET: baseline and progressive, 8 bit, gray, YCbCr, RGB, and CMYK or YCCK brought to RGB without their
/// profile.</summary>
sealed class JpegDecoder : RowDecoder
{
    // Progressive scans each pass over the whole picture, so that a small file of very many scans takes hours. Encoders write about ten; the
    // decoder's authors' own fuzzing stops at 500.
    const int MaxScans = 500;

    readonly jpeg_decompress_struct _jpeg;
    readonly bool _cmyk;
    readonly bool _inverted;
    readonly byte[][] _line = new byte[1][];
    readonly Stream _stream;
    readonly long _start;
    readonly JpegOutline _outline;
    readonly bool _planar;
    JpegPlanes? _planes;
    bool _started;
    int _rowsRead;

    public JpegDecoder(Stream stream, ImageLimits limits)
    {
        _jpeg = new jpeg_decompress_struct(new JpegErrors(Metadata));
        _outline = new JpegOutline(stream);
        if (_outline.Scans > MaxScans) Throw.Codec($"more than {MaxScans} scans; the file is hostile");
        if (!(_outline.Ended ? _outline.Coarse : _outline.Complete)) Throw.Codec("the file ends before its last scans; it is truncated");
        if (!_outline.Ended)
        {
            Metadata.Warnings.Add("the end mark is missing; the pixels are whole");
        }
        else if (!_outline.Complete)
        {
            Metadata.Warnings.Add("its last scans, which hold fine detail, are missing; the picture is blurred");
        }
        _stream = stream;
        long start = _start = stream.Position;
        _jpeg.jpeg_stdio_src(_outline.WithoutTables ? new StandardTables(stream) : stream);
        for (int marker = JpegMarkers.App1; marker <= JpegMarkers.App15; marker++) _jpeg.jpeg_save_markers(marker, ushort.MaxValue);
        _jpeg.jpeg_save_markers(JpegMarkers.Comment, ushort.MaxValue);
        _jpeg.jpeg_read_header(true);
        limits.CheckSize(_jpeg.Image_width, _jpeg.Image_height);
        // Every 8x8 block takes a bit or more, so the luminance alone says how long the file must be.
        limits.CheckRatio((long)_jpeg.Image_width * _jpeg.Image_height, stream.Length - start);
        if (_jpeg.Data_precision != 8) Throw.Codec($"{_jpeg.Data_precision} bits per sample; only 8 are supported");

        bool adobe = JpegMarkers.Read(_jpeg.Marker_list, limits, Metadata);
        _cmyk = _jpeg.Num_components == 4;
        _inverted = adobe;
        if (_cmyk)
        {
            _jpeg.Out_color_space = J_COLOR_SPACE.JCS_CMYK;
            Metadata.IccProfile = null;
            Metadata.Lose(ImageMetadata.Inks);
        }
        else if (_jpeg.Num_components is not (1 or 3))
        {
            Throw.Codec($"{_jpeg.Num_components} components; only 1, 3 and 4 are supported");
        }
        else
        {
            _jpeg.Out_color_space = _jpeg.Num_components == 1 ? J_COLOR_SPACE.JCS_GRAYSCALE : J_COLOR_SPACE.JCS_RGB;
        }
        Info = new(_jpeg.Image_width, _jpeg.Image_height, _jpeg.Num_components == 1 ? 1 : 3, 8);
        ReadDensity();
        if (Metadata.Exif is { } exif) Orientation = Exif.ReadOrientation(exif);
        _line[0] = new byte[Info.Width * _jpeg.Num_components];
        _planar = _outline.Sampling.Count == _jpeg.Num_components && JpegPlanes.AreNeeded(_outline.Sampling);
    }

    public override ImageFormat Format => ImageFormat.Jpeg;

    public override bool Streams => !_planar;

    void ReadDensity()
    {
        ResolutionUnit unit = _jpeg.Density_unit switch
        {
            DensityUnit.DotsInch => ResolutionUnit.Inch,
            DensityUnit.DotsCm => ResolutionUnit.Centimeter,
            _ => ResolutionUnit.None,
        };
        // 1 by 1 without a unit is what the library says where the file says nothing.
        if (_jpeg.X_density > 0 && _jpeg.Y_density > 0 && !(unit == ResolutionUnit.None && _jpeg.X_density == _jpeg.Y_density))
            Metadata.Resolution = new(_jpeg.X_density, _jpeg.Y_density, unit);
    }

    public override void ReadRows(Span<byte> destination, int rowCount)
    {
        if (!_started)
        {
            _started = true;
            // The library smooths blocks whose fine detail is missing, and fails on it.
            _jpeg.Do_block_smoothing = false;
            if (_planar) _planes = new JpegPlanes(_jpeg, _outline.Sampling);
            else _jpeg.jpeg_start_decompress();
        }
        for (int row = 0; row < rowCount; row++)
        {
            if (_planes is not null) _planes.Read(_rowsRead + row, _line[0]);
            else if (_jpeg.jpeg_read_scanlines(_line, 1) != 1) Throw.Truncated("the pixels");
            Span<byte> to = destination.Slice(row * Info.RowLength, Info.RowLength);
            if (_cmyk) ConvertCmyk(_line[0], to);
            else _line[0].AsSpan(0, to.Length).CopyTo(to);
        }
        if ((_rowsRead += rowCount) == Info.Height) NameTrailer();
    }

    // The segments may have announced it already.
    void NameTrailer()
    {
        if (JpegTrailer.Find(_stream, _start) is not { } name) return;
        bool announced = name is JpegTrailer.SecondPicture or Xmp.Video
            && Metadata.NotCarried.Any(known => known is Xmp.GainMap or Xmp.Video || known.Contains("picture", StringComparison.Ordinal));
        if (!announced) Metadata.Lose(name);
    }

    // R = 255 (1 - C)(1 - K); inverted files store 255 - C, so that both factors are there as they are.
    void ConvertCmyk(ReadOnlySpan<byte> from, Span<byte> to)
    {
        int flip = _inverted ? 0 : byte.MaxValue;
        for (int i = 0, j = 0; j < to.Length; i += 4, j += 3)
        {
            int k = from[i + 3] ^ flip;
            for (int c = 0; c < 3; c++) to[j + c] = (byte)(((from[i + c] ^ flip) * k + 127) / 255);
        }
    }
}
