namespace PgpSr.Imaging.Codecs.WebP;

/// <summary>WebP of 8 bits: rows are gathered, for the codec takes whole pictures; gray becomes RGB.</summary>
sealed class WebPEncoder : RowEncoder
{
    // RFC 9649, 2.5 and 2.6: 14 bits a side. VP8 itself ends one earlier than VP8L.
    const int MaxSide = 16383;

    readonly IWebPCodec _codec;
    readonly Stream _stream;
    readonly ImageInfo _info;
    readonly byte[]? _icc, _exif, _xmp;
    readonly int? _quality;
    readonly Image _image;
    int _filled;

    public WebPEncoder(IWebPCodec codec, Stream stream, ImageInfo info, ImageMetadata metadata, ImageSaveOptions options)
    {
        if (info.Width > MaxSide || info.Height > MaxSide)
            Throw.Codec($"{info.Width}x{info.Height} pixels; WebP is limited to {MaxSide} pixels a side, write .png or .tif");
        _codec = codec;
        _stream = stream;
        _info = info;
        (_icc, _exif) = WebPMetadata.Fit(metadata);
        _xmp = metadata.Xmp;
        _quality = options.Lossless ? null : options.JpegQuality;
        _image = new Image(info.Width, info.Height, info.HasAlpha ? 4 : 3);
    }

    public override void WriteRows(ReadOnlySpan<byte> rows)
    {
        Span<byte> to = _image.Bytes[_filled..];
        if (_info.ColorChannels == 3)
        {
            rows.CopyTo(to);
            _filled += rows.Length;
            return;
        }
        for (; !rows.IsEmpty; rows = rows[_info.Channels..], to = to[_image.Channels..], _filled += _image.Channels)
        {
            to[..3].Fill(rows[0]);
            if (_info.HasAlpha) to[3] = rows[1];
        }
    }

    public override void Complete()
    {
        byte[] coded = _codec.Encode(_image, _quality);
        ImageLimits any = new() { MaxPixels = long.MaxValue };
        WebPFrame frame = new WebPContainer(coded, any, new ImageMetadata()).Frame;
        WebPWriter.Write(_stream, coded, frame, _icc, _exif, _xmp);
    }
}
