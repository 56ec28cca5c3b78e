namespace PgpSr.Imaging.Codecs.Jpeg;

/// <summary>
/// What a JPEG's markers say about its scans, found before the decoder runs: it does not tell a picture without its last scans, or without its end
/// mark, from a whole one, and some sampling factors it gets wrong. Layout of segments: ITU-T T.81, annex B.
/// </summary>
sealed class JpegOutline
{
    const byte HuffmanTables = 0xC4, ArithmeticTables = 0xCC, JpegExtension = 0xC8, StartOfScan = 0xDA, EndOfImage = 0xD9;

    readonly Stream _stream;
    readonly byte[] _buffer = new byte[1 << 16];
    readonly byte[] _segment = new byte[ushort.MaxValue];
    int _at, _end;

    // Lowest bit sent of every component's coefficients; 255 where none was.
    readonly Dictionary<byte, byte[]> _sent = [];
    bool _progressive;

    /// <summary>Reads the stream to the end of the picture and puts its position back.</summary>
    public JpegOutline(Stream stream)
    {
        _stream = stream;
        long start = stream.Position;
        Walk();
        stream.Position = start;
    }

    /// <summary>Whether the picture is Huffman coded and there is no table before the first scan, as motion JPEG has it.</summary>
    public bool WithoutTables => _huffman && !_tables;

    bool _huffman, _tables;

    /// <summary>Whether the picture ends with its end mark.</summary>
    public bool Ended { get; private set; }

    public int Scans { get; private set; }

    /// <summary>Horizontal and vertical sampling factor of each component.</summary>
    public IReadOnlyList<(int Horizontal, int Vertical)> Sampling => _sampling;

    readonly List<(int, int)> _sampling = [];

    /// <summary>Whether every component's every coefficient is there to its last bit.</summary>
    public bool Complete => !_sent.Values.Any(bits => bits.AsSpan().ContainsAnyExcept((byte)0));

    /// <summary>Whether every component's mean colors are there to their last bit.</summary>
    public bool Coarse => !_sent.Values.Any(bits => bits[0] != 0);

    void Walk()
    {
        bool inScan = false;
        while (true)
        {
            // Markers are 0xFF, repeated at will, and a byte that is neither 0 (a coded 0xFF) nor, within a scan, a restart.
            if (!Seek(inScan, out byte marker)) return;
            if (marker == EndOfImage)
            {
                Ended = true;
                return;
            }
            // Without a length: start of image, restarts, TEM.
            if (marker is 0xD8 or (>= 0xD0 and <= 0xD7) or 1) continue;
            if (Read() is not (>= 0 and var high) || Read() is not (>= 0 and var low)) return;
            int length = (high << 8) + low - 2;
            if (length < 0) return;
            for (int i = 0; i < length; i++)
            {
                if (Read() is not (>= 0 and var value)) return;
                _segment[i] = (byte)value;
            }
            inScan = marker == StartOfScan || (inScan && marker == 0xDC);
            Keep(marker, _segment.AsSpan(0, length));
        }
    }

    void Keep(byte marker, ReadOnlySpan<byte> segment)
    {
        switch (marker)
        {
            case HuffmanTables:
                _tables |= Scans == 0;
                break;
            case >= 0xC0 and <= 0xCF and not ArithmeticTables and not JpegExtension when segment.Length >= 6 && _sampling.Count == 0:
                _progressive = marker is 0xC2 or 0xCA;
                _huffman = marker is >= 0xC0 and <= 0xC2;
                for (int at = 6; at + 3 <= segment.Length && _sampling.Count < segment[5]; at += 3)
                {
                    _sampling.Add((segment[at + 1] >> 4, segment[at + 1] & 15));
                    byte[] bits = new byte[64];
                    Array.Fill(bits, byte.MaxValue);
                    _sent.TryAdd(segment[at], bits);
                }
                break;
            case StartOfScan when segment.Length >= 1:
                Scans++;
                int count = segment[0], parameters = 1 + 2 * count;
                if (parameters + 3 > segment.Length) break;
                int first = segment[parameters], last = segment[parameters + 1], lowBit = segment[parameters + 2] & 15;
                for (int i = 0; i < count; i++)
                    if (_sent.TryGetValue(segment[1 + 2 * i], out byte[]? bits))
                        for (int k = _progressive ? first : 0; k <= (_progressive ? Math.Min(last, 63) : 63); k++)
                            bits[k] = _progressive ? (byte)lowBit : (byte)0;
                break;
        }
    }

    bool Seek(bool inScan, out byte marker)
    {
        marker = 0;
        while (true)
        {
            if (_at == _end && !Fill()) return false;
            int found = _buffer.AsSpan(_at, _end - _at).IndexOf(byte.MaxValue);
            if (found < 0)
            {
                _at = _end;
                continue;
            }
            _at += found + 1;
            int next;
            while ((next = Read()) == byte.MaxValue)
            {
            }
            if (next < 0) return false;
            if (next == 0 || (inScan && next is >= 0xD0 and <= 0xD7)) continue;
            marker = (byte)next;
            return true;
        }
    }

    int Read() => _at < _end || Fill() ? _buffer[_at++] : -1;

    bool Fill()
    {
        _at = 0;
        _end = _stream.Read(_buffer);
        return _end > 0;
    }
}
