namespace PgpSr.Imaging.Codecs.WebP;

/// <summary>WebP: the container here, the pixels by the codec that was registered; of an animation the first picture on a transparent canvas.</summary>
sealed class WebPDecoder : RowDecoder
{
    readonly IWebPCodec _codec;
    readonly WebPContainer _container;

    public WebPDecoder(IWebPCodec codec, Stream stream, ImageLimits limits)
    {
        _codec = codec;
        long length = stream.Length - stream.Position;
        if (length > limits.MaxBufferedStreamBytes) Throw.Codec($"the file has {length} bytes, more than ImageLimits.MaxBufferedStreamBytes");
        byte[] file = new byte[length];
        stream.ReadExactly(file);
        _container = new WebPContainer(file, limits, Metadata);
        Info = new(_container.Width, _container.Height, _container.Frame.HasAlpha || !_container.Covers ? 4 : 3, 8);
        if (Metadata.Exif is { } exif) Orientation = Exif.ReadOrientation(exif);
    }

    public override ImageFormat Format => ImageFormat.WebP;

    public override bool Streams => false;

    public override void ReadRows(Span<byte> destination, int rowCount)
    {
        WebPFrame frame = _container.Frame;
        if (_container.Covers)
        {
            _codec.Decode(_container.Still(), Info, destination);
            return;
        }
        Image picture = new(frame.Width, frame.Height, frame.HasAlpha ? 4 : 3);
        _codec.Decode(_container.Still(), picture.Info, picture.Bytes);
        destination.Clear();
        (int x, int y) = _container.Position;
        for (int row = 0; row < frame.Height; row++)
            Lay(picture.Row(row), picture.Channels, destination.Slice((y + row) * Info.RowLength + x * Info.Channels, frame.Width * Info.Channels));
    }

    static void Lay(ReadOnlySpan<byte> from, int channels, Span<byte> to)
    {
        for (; !from.IsEmpty; from = from[channels..], to = to[4..])
        {
            from[..channels].CopyTo(to);
            if (channels == 3) to[3] = byte.MaxValue;
        }
    }
}
