using System.Buffers.Binary;

namespace PgpSr.Imaging.Codecs.Gif;

/// <summary>
/// The first picture of a GIF (GIF89a specification) on its screen. Where the picture does not cover the screen, the result is transparent: the
/// background color is what browsers and everybody else ignore.
/// </summary>
sealed class GifDecoder : RowDecoder
{
    const int HeaderLength = 13, DescriptorLength = 9, ControlLength = 4;
    const byte Extension = 0x21, Picture = 0x2C, GraphicControl = 0xF9;

    // An LZW code stands for at most 2^12 pixels.
    const int LongestString = 1 << 12;

    readonly byte[] _indices;
    readonly byte[] _palette;
    readonly (int X, int Y, int Width, int Height) _frame;
    readonly int _transparent;

    public GifDecoder(Stream stream, ImageLimits limits)
    {
        byte[] file = WholeFile.Read(stream, limits, HeaderLength);
        ReadOnlySpan<byte> global = Palette(file, HeaderLength - 3, HeaderLength);
        int at = FindPicture(file, HeaderLength + global.Length, out _transparent);
        if (at + DescriptorLength > file.Length) Throw.Truncated("the picture's descriptor");
        ReadOnlySpan<byte> descriptor = file.AsSpan(at, DescriptorLength);
        _frame = (Word(descriptor), Word(descriptor[2..]), Word(descriptor[4..]), Word(descriptor[6..]));
        // Some writers leave the screen's size out, or place the picture partly outside: the screen grows, so that no pixel is lost.
        int width = Math.Max(Word(file.AsSpan(6)), _frame.X + _frame.Width), height = Math.Max(Word(file.AsSpan(8)), _frame.Y + _frame.Height);
        limits.CheckSize(width, height);
        limits.CheckSize(_frame.Width, _frame.Height);

        ReadOnlySpan<byte> local = Palette(file, at + DescriptorLength - 1, at + DescriptorLength);
        at += DescriptorLength + local.Length;
        _palette = Expand(local.IsEmpty ? global : local);
        long count = (long)_frame.Width * _frame.Height;
        if (count / LongestString > file.Length - at) Throw.Truncated("the pixels");
        if (count > Array.MaxLength) Throw.Codec($"{_frame.Width}x{_frame.Height} pixels take over 2 GiB; convert the file to PNG");
        _indices = new byte[count];
        if (at >= file.Length) Throw.Truncated("the pixels");
        if (GifLzw.Decode(file.AsSpan(at + 1), file[at], _indices) < _indices.Length) Throw.Truncated("the pixels");
        if ((descriptor[8] & 0x40) != 0) _indices = Deinterlace(_indices, _frame.Width, _frame.Height);
        bool covered = _frame == (0, 0, width, height);
        bool alpha = !covered || (_transparent >= 0 && _indices.AsSpan().Contains((byte)_transparent));
        Info = new(width, height, alpha ? 4 : 3, 8);
        GifMetadata.Read(file, limits, Metadata);
        if (GifFrames.AreSeveral(file)) Metadata.Lose(ImageMetadata.OtherPictures);
    }

    public override ImageFormat Format => ImageFormat.Gif;

    public override bool Streams => false;

    static int Word(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    static ReadOnlySpan<byte> Palette(ReadOnlySpan<byte> file, int flags, int at)
    {
        int length = GifFrames.TableLength(file, flags);
        if (length > file.Length - at) Throw.Truncated("the palette");
        return file.Slice(at, length);
    }

    // Without any palette indices are shades, as other decoders have it; colors past the palette's end are black.
    static byte[] Expand(ReadOnlySpan<byte> palette)
    {
        byte[] table = new byte[256 * 3];
        palette.CopyTo(table);
        for (int i = 0; i < table.Length && palette.IsEmpty; i++) table[i] = (byte)(i / 3);
        return table;
    }

    // The first picture's descriptor, and the transparent index that a control block before it names, or -1.
    static int FindPicture(ReadOnlySpan<byte> file, int at, out int transparent)
    {
        transparent = -1;
        while (at < file.Length)
        {
            switch (file[at])
            {
                case Extension:
                    if (at + 3 + ControlLength <= file.Length && file[at + 1] == GraphicControl && file[at + 2] >= ControlLength)
                        transparent = (file[at + 3] & 1) != 0 ? file[at + 6] : -1;
                    at = (int)Math.Min(file.Length, GifFrames.EndOfBlocks(file, at + 2));
                    break;
                case Picture:
                    return at + 1;
                // A terminator too many.
                case 0:
                    at++;
                    break;
                default:
                    return Throw.Codec<int>("there is no picture in the file, or it is damaged before the picture");
            }
        }
        Throw.Truncated("the blocks before the picture");
        return 0;
    }

    // Four passes: every eighth row from 0, every eighth from 4, every fourth from 2, every second from 1 (appendix E).
    static byte[] Deinterlace(byte[] rows, int width, int height)
    {
        byte[] result = new byte[rows.Length];
        int from = 0;
        foreach ((int first, int step) in (ReadOnlySpan<(int, int)>)[(0, 8), (4, 8), (2, 4), (1, 2)])
            for (int y = first; y < height; y += step, from += width) rows.AsSpan(from, width).CopyTo(result.AsSpan(y * width));
        return result;
    }

    public override void ReadRows(Span<byte> destination, int rowCount)
    {
        int pixel = Info.Channels;
        if (Info.HasAlpha) destination.Clear();
        for (int y = 0; y < _frame.Height; y++)
        {
            Span<byte> to = destination.Slice((_frame.Y + y) * Info.RowLength + _frame.X * pixel, _frame.Width * pixel);
            foreach (byte index in _indices.AsSpan(y * _frame.Width, _frame.Width))
            {
                if (index != _transparent)
                {
                    _palette.AsSpan(3 * index, 3).CopyTo(to);
                    if (pixel == 4) to[3] = byte.MaxValue;
                }
                to = to[pixel..];
            }
        }
    }
}
