namespace PgpSr.Imaging.Codecs.Tga;

/// <summary>A TGA's pixels in the order they are stored, out of packets where there are any.</summary>
ref struct TgaPixels(ReadOnlySpan<byte> data, int pixelLength, bool packed)
{
    const int Run = 0x80, CountMask = 0x7F;

    readonly ReadOnlySpan<byte> _data = data;
    int _at;
    int _left;
    bool _running;
    uint _value;

    /// <exception cref="CodecException">The data are at their end.</exception>
    public uint Next()
    {
        if (!packed) return Take();
        if (_left == 0)
        {
            if (_at >= _data.Length) Throw.Truncated("the pixels");
            int head = _data[_at++];
            _left = (head & CountMask) + 1;
            _running = (head & Run) != 0;
            if (_running) _value = Take();
        }
        _left--;
        return _running ? _value : Take();
    }

    uint Take()
    {
        if (_at + pixelLength > _data.Length) Throw.Truncated("the pixels");
        uint value = TgaHeader.Pixel(_data.Slice(_at, pixelLength));
        _at += pixelLength;
        return value;
    }
}
