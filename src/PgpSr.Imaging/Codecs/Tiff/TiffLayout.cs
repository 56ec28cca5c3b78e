using BitMiracle.LibTiff.Classic;
using LibTiff = BitMiracle.LibTiff.Classic.Tiff;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>How a page's samples are stored, checked against what the file can hold before anything is allocated.</summary>
sealed record TiffLayout
{
    // Writers use tiles of a few hundred pixels a side; larger ones are allowed up to this or to twice the picture.
    const int UsualTileSide = 8192;

    public required ImageInfo Info { get; init; }

    public ImageOrientation Orientation { get; init; }

    /// <summary>Whether the library converts the whole picture to 8-bit RGB.</summary>
    public bool Converted { get; init; }

    public bool Tiled { get; init; }

    public bool Separate { get; init; }

    public bool WhiteIsZero { get; init; }

    public bool Premultiplied { get; init; }

    /// <summary>Samples per pixel in the file, with extra ones that are not kept.</summary>
    public int StoredChannels { get; init; }

    public int TileWidth { get; init; }

    public int TileHeight { get; init; }

    public int TileLength { get; init; }

    public int SampleLength => Info.BitDepth / 8;

    public int InterleavedRowLength => checked(Info.Width * StoredChannels * SampleLength);

    public int RowsPerStrip { get; init; }

    /// <summary>Rows that are decoded together where rows cannot be decoded one by one: tiles, and strips of separate planes.</summary>
    public int BandRows => Tiled ? TileHeight : RowsPerStrip;

    /// <summary>Bytes of the buffer that one strip of a plane is decoded into.</summary>
    public int PlaneStripLength => checked(RowsPerStrip * StoredRowLength);

    public static TiffLayout Read(LibTiff tiff, long fileLength, ImageLimits limits)
    {
        int width = Number(tiff, TiffTag.IMAGEWIDTH), height = Number(tiff, TiffTag.IMAGELENGTH);
        limits.CheckSize(width, height);
        int bits = Number(tiff, TiffTag.BITSPERSAMPLE), channels = Number(tiff, TiffTag.SAMPLESPERPIXEL);
        Photometric photometric = (Photometric)Number(tiff, TiffTag.PHOTOMETRIC);
        SampleFormat sampleFormat = (SampleFormat)Number(tiff, TiffTag.SAMPLEFORMAT);
        Compression compression = (Compression)Number(tiff, TiffTag.COMPRESSION);
        bool separate = Number(tiff, TiffTag.PLANARCONFIG) == (int)PlanarConfig.SEPARATE;
        if (!tiff.IsCodecConfigured(compression))
            Throw.Codec($"compression {compression} is not supported");
        if (sampleFormat is not (SampleFormat.UINT or SampleFormat.VOID or 0) || bits > 16)
            Throw.Codec($"{bits}-bit samples of type {sampleFormat} are not supported; 8 and 16 bit integers are, convert the file");
        if (channels is < 1 or > 16)
            Throw.Codec($"{channels} samples per pixel are not supported");
        CheckChunks(tiff, fileLength);
        if (compression is Compression.NONE or Compression.PACKBITS or Compression.DEFLATE or Compression.ADOBE_DEFLATE)
            limits.CheckRatio((long)width * height * channels * bits / 8, fileLength);

        int orientation = Number(tiff, TiffTag.ORIENTATION);
        TiffLayout layout = new()
        {
            Info = new(width, height, 3, 8),
            Orientation = orientation is >= 1 and <= 8 ? (ImageOrientation)orientation : ImageOrientation.TopLeft,
            Separate = separate && channels > 1,
            Tiled = tiff.IsTiled(),
            StoredChannels = channels,
        };
        bool grey = photometric is Photometric.MINISBLACK or Photometric.MINISWHITE;
        int colours = grey ? 1 : 3;
        if (bits is 8 or 16 && (grey || photometric == Photometric.RGB) && channels >= colours)
            layout = Native(tiff, layout, colours, bits, photometric);
        else if (!tiff.RGBAImageOK(out string reason))
            Throw.Codec($"its pixels ({channels} x {bits} bits, {photometric}) are not supported: {reason}");
        else
            layout = layout with { Converted = true };
        if (layout.Tiled)
            CheckTile(tiff, ref layout);
        else
            CheckStrip(tiff, ref layout);
        return layout;
    }

    static TiffLayout Native(LibTiff tiff, TiffLayout layout, int colours, int bits, Photometric photometric)
    {
        ExtraSample extra = ExtraSample.UNSPECIFIED;
        if (layout.StoredChannels > colours && tiff.GetField(TiffTag.EXTRASAMPLES) is [_, { Value: not null } kinds]
            && kinds.ToShortArray() is [var first, ..])
            extra = (ExtraSample)first;
        bool alpha = extra is ExtraSample.ASSOCALPHA or ExtraSample.UNASSALPHA;
        ImageInfo info = layout.Info with { Channels = alpha ? colours + 1 : colours, BitDepth = bits };
        info.Validate();
        return layout with
        {
            Info = info,
            WhiteIsZero = photometric == Photometric.MINISWHITE,
            Premultiplied = extra == ExtraSample.ASSOCALPHA,
        };
    }

    // The library allocates a strip or tile of the length the file names.
    static void CheckChunks(LibTiff tiff, long fileLength)
    {
        bool tiled = tiff.IsTiled();
        long[]? lengths = Numbers(tiff, tiled ? TiffTag.TILEBYTECOUNTS : TiffTag.STRIPBYTECOUNTS);
        long[]? offsets = Numbers(tiff, tiled ? TiffTag.TILEOFFSETS : TiffTag.STRIPOFFSETS);
        if (offsets is null)
            Throw.Codec("there are no offsets to the pixels; the file is damaged");
        for (int i = 0; i < offsets.Length; i++)
        {
            long length = lengths is not null && i < lengths.Length ? lengths[i] : 0;
            if (offsets[i] < 0 || length < 0 || offsets[i] > fileLength || length > fileLength - offsets[i])
                Throw.Codec($"{(tiled ? "tile" : "strip")} {i} lies outside the file; it is truncated or damaged");
        }
    }

    static void CheckTile(LibTiff tiff, ref TiffLayout layout)
    {
        int width = Number(tiff, TiffTag.TILEWIDTH), height = Number(tiff, TiffTag.TILELENGTH);
        if (width <= 0 || height <= 0 || width > Math.Max(UsualTileSide, 2L * layout.Info.Width)
            || height > Math.Max(UsualTileSide, 2L * layout.Info.Height))
            Throw.Codec($"tiles of {width}x{height} pixels in a picture of {layout.Info.Width}x{layout.Info.Height}; the file is damaged");
        long length = (long)width * height * layout.SampleLength * (layout.Separate ? 1 : layout.StoredChannels);
        if (length > Array.MaxLength)
            Throw.Codec("one tile exceeds 2 GiB");
        layout = layout with { TileWidth = width, TileHeight = height, TileLength = (int)Math.Max(length, tiff.TileSize()) };
    }

    static void CheckStrip(LibTiff tiff, ref TiffLayout layout)
    {
        // Zero and "all rows" (2^32 - 1, TIFF 6.0) both mean one strip.
        int rows = Number(tiff, TiffTag.ROWSPERSTRIP);
        layout = layout with { RowsPerStrip = rows <= 0 ? layout.Info.Height : Math.Min(rows, layout.Info.Height) };
        if (layout.Separate && (long)layout.RowsPerStrip * layout.InterleavedRowLength > Array.MaxLength)
            Throw.Codec("one strip exceeds 2 GiB");
        if (!layout.Converted && tiff.ScanlineSize() != layout.StoredRowLength)
            Throw.Codec($"a row takes {tiff.ScanlineSize()} bytes where {layout.StoredRowLength} are expected; the file is damaged");
    }

    /// <summary>Bytes of what the library hands out as a row.</summary>
    public int StoredRowLength => Separate ? Info.Width * SampleLength : InterleavedRowLength;

    static int Number(LibTiff tiff, TiffTag tag) => tiff.GetFieldDefaulted(tag) is [var value, ..] ? value.ToInt() : 0;

    static long[]? Numbers(LibTiff tiff, TiffTag tag) => tiff.GetField(tag) is [var value, ..] ? value.TolongArray() : null;
}
