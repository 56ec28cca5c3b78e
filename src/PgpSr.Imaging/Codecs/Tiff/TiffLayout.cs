using BitMiracle.LibTiff.Classic;
using LibTiff = BitMiracle.LibTiff.Classic.Tiff;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>How a page's samples are stored, checked against what the file can hold before anything is allocated.</summary>
sealed record TiffLayout
{
    // Writers use tiles of a few hundred pixels a side; larger ones are allowed up to this or to twice the picture.
    const int UsualTileSide = 8192;

    /// <summary>Most samples per pixel.</summary>
    public const int MaxChannels = 16;

    public required ImageInfo Info { get; init; }

    public ImageOrientation Orientation { get; init; }

    /// <summary>Whether the library converts the whole picture to 8-bit RGB: YCbCr with fewer samples of color than of brightness.</summary>
    public bool Converted { get; init; }

    public TiffModel Model { get; init; }

    /// <summary>Bits of a stored sample, 1 to 16.</summary>
    public int Bits { get; init; }

    /// <summary>Stored samples before the extra ones: 1, 3 or 4.</summary>
    public int StoredColors { get; init; }

    /// <summary>All reds, all greens, all blues of a palette.</summary>
    public ushort[] Palette { get; init; } = [];

    /// <summary>From a palette's entries to 8 bits.</summary>
    public int PaletteShift { get; init; }

    /// <summary>Black and white of brightness and both colors, as YCbCr samples.</summary>
    public float[] ReferenceBlackWhite { get; init; } = [];

    /// <summary>How much of red, green and blue brightness is.</summary>
    public float[] LumaWeights { get; init; } = [];

    public bool Tiled { get; init; }

    public bool Separate { get; init; }

    public bool WhiteIsZero { get; init; }

    public bool Premultiplied { get; init; }

    /// <summary>Chromaticity of white of L*a*b*; D50 where the file does not say.</summary>
    public (double X, double Y) White { get; init; } = (0.34567, 0.35850);

    /// <summary>Samples per pixel in the file, with extra ones that are not kept.</summary>
    public int StoredChannels { get; init; }

    public int TileWidth { get; init; }

    public int TileHeight { get; init; }

    /// <summary>Bytes of a decoded tile, of one plane where there are several.</summary>
    public int TileLength => checked((int)(TileHeight * PackedLength(TileWidth)));

    /// <summary>Bytes of an unpacked sample.</summary>
    public int SampleLength => Bits <= 8 ? 1 : 2;

    /// <summary>Bytes of a row of unpacked samples.</summary>
    public int InterleavedRowLength => checked(Info.Width * StoredChannels * SampleLength);

    /// <summary>Whether unpacked rows are what is asked for.</summary>
    public bool IsPlain => Bits is 8 or 16 && Model is TiffModel.Gray or TiffModel.Rgb && !WhiteIsZero && !Premultiplied
        && StoredChannels == Info.Channels;

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
        SampleFormat sampleFormat = (SampleFormat)Number(tiff, TiffTag.SAMPLEFORMAT);
        Compression compression = (Compression)Number(tiff, TiffTag.COMPRESSION);
        Photometric photometric = tiff.GetField(TiffTag.PHOTOMETRIC) is [var stored, ..] ? (Photometric)stored.ToInt() : Missing(channels, compression);
        bool separate = Number(tiff, TiffTag.PLANARCONFIG) == (int)PlanarConfig.SEPARATE;
        if (!tiff.IsCodecConfigured(compression)) Throw.Codec($"compression {TiffNames.Of(compression)} is not supported; convert the file");
        if (sampleFormat is not (SampleFormat.UINT or SampleFormat.VOID or 0) || bits is < 1 or > 16)
            Throw.Codec($"{bits}-bit samples of type {sampleFormat} are not supported, only integers of up to 16 bits; convert the file");
        if (channels is < 1 or > MaxChannels) Throw.Codec($"{channels} samples per pixel are not supported");
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
        layout = WithModel(tiff, layout, channels, bits, photometric, compression);
        if (layout.Tiled) CheckTile(tiff, ref layout);
        else CheckStrip(tiff, ref layout);
        return layout;
    }

    // The tag is required, and left out by some: black is 0 but in faxes.
    static Photometric Missing(int channels, Compression compression) => channels switch
    {
        1 or 2 => compression is Compression.CCITTRLE or Compression.CCITTFAX3 or Compression.CCITTFAX4 or Compression.CCITTRLEW ? Photometric.MINISWHITE : Photometric.MINISBLACK,
        3 or 4 => Photometric.RGB,
        _ => Throw.Codec<Photometric>($"{channels} samples per pixel without a word about what they are; convert the file"),
    };

    static TiffLayout WithModel(LibTiff tiff, TiffLayout layout, int channels, int bits, Photometric photometric, Compression compression)
    {
        (TiffModel model, int colors, bool fits) = photometric switch
        {
            Photometric.MINISBLACK or Photometric.MINISWHITE => (TiffModel.Gray, 1, true),
            Photometric.RGB => (TiffModel.Rgb, 3, true),
            Photometric.PALETTE => (TiffModel.Palette, 1, true),
            // Inks other than cyan, magenta, yellow and black have no known colors (TIFF 6.0, InkSet).
            Photometric.SEPARATED => (TiffModel.Cmyk, 4, bits is 8 or 16 && Number(tiff, TiffTag.INKSET) != (int)InkSet.MULTIINK),
            Photometric.CIELAB => (TiffModel.Lab, 3, bits is 8 or 16),
            Photometric.ICCLAB => (TiffModel.IccLab, 3, bits is 8 or 16),
            Photometric.YCBCR => (TiffModel.YCbCr, 3, bits == 8),
            _ => (TiffModel.Gray, 1, false),
        };
        if (!fits || channels < colors) Throw.Codec($"its pixels ({channels} x {bits} bits, {photometric}) are not supported; convert the file");
        ExtraSample extra = ExtraSample.UNSPECIFIED;
        if (channels > colors && tiff.GetField(TiffTag.EXTRASAMPLES) is [_, { Value: not null } kinds] && kinds.ToShortArray() is [var first, ..])
            extra = (ExtraSample)first;
        bool alpha = extra is ExtraSample.ASSOCALPHA or ExtraSample.UNASSALPHA;
        if (extra == ExtraSample.ASSOCALPHA && model is TiffModel.Lab or TiffModel.IccLab or TiffModel.YCbCr)
            Throw.Codec($"colors of {photometric} multiplied by alpha are not supported; convert the file");
        int shown = model == TiffModel.Gray ? 1 : 3;
        ImageInfo info = layout.Info with
        {
            Channels = alpha ? shown + 1 : shown,
            BitDepth = bits > 8 && model != TiffModel.Palette ? 16 : 8,
        };
        info.Validate();
        layout = layout with
        {
            Info = info,
            Model = model,
            Bits = bits,
            StoredColors = colors,
            WhiteIsZero = photometric == Photometric.MINISWHITE,
            Premultiplied = extra == ExtraSample.ASSOCALPHA && model != TiffModel.Palette,
        };
        return model switch
        {
            TiffModel.Palette => WithPalette(tiff, layout),
            TiffModel.YCbCr => WithLuma(tiff, layout, compression),
            TiffModel.Lab or TiffModel.IccLab when tiff.GetField(TiffTag.WHITEPOINT) is [var white, ..] && white.ToFloatArray() is [var x, > 0 and var y]
                => layout with { White = (x, y) },
            _ => layout,
        };
    }

    static TiffLayout WithPalette(LibTiff tiff, TiffLayout layout)
    {
        if (tiff.GetField(TiffTag.COLORMAP) is not [var red, var green, var blue] || red.ToUShortArray() is not { } reds
            || green.ToUShortArray() is not { } greens || blue.ToUShortArray() is not { } blues
            || Math.Min(reds.Length, Math.Min(greens.Length, blues.Length)) < 1 << layout.Bits)
            return Throw.Codec<TiffLayout>("the pixels index a palette, but there is none, or it is too short; the file is damaged");
        int entries = 1 << layout.Bits;
        ushort[] palette = [.. reds[..entries], .. greens[..entries], .. blues[..entries]];
        // Entries have 16 bits; where none is over 255, the writer took them for 8.
        return layout with { Palette = palette, PaletteShift = palette.Max() > byte.MaxValue ? 8 : 0 };
    }

    static TiffLayout WithLuma(LibTiff tiff, TiffLayout layout, Compression compression)
    {
        FieldValue[]? sampling = tiff.GetFieldDefaulted(TiffTag.YCBCRSUBSAMPLING);
        bool whole = sampling is [var across, var down] && across.ToInt() == 1 && down.ToInt() == 1;
        if (compression is Compression.JPEG or Compression.OJPEG || !whole)
        {
            if (layout.StoredChannels != 3)
                Throw.Codec($"{layout.StoredChannels} samples per pixel of YCbCr with subsampled color, or in JPEG, are not supported");
            // The JPEG decoder inside the library gets these wrong.
            if (compression is Compression.JPEG or Compression.OJPEG && sampling is [_, var rows] && rows.ToInt() > 2)
                Throw.Codec("JPEG with color subsampled four times vertically is not supported in TIFF; convert the file");
            if (!tiff.RGBAImageOK(out string reason)) Throw.Codec($"its pixels are not supported: {reason}");
            return layout with { Converted = true };
        }
        // The library counts three samples to a pixel of YCbCr, whatever the file says.
        if (layout.StoredChannels != 3 && !layout.Separate)
            Throw.Codec($"{layout.StoredChannels} interleaved samples per pixel of YCbCr are not supported; convert the file");
        float[]? weights = tiff.GetFieldDefaulted(TiffTag.YCBCRCOEFFICIENTS) is [var w, ..] ? w.ToFloatArray() : null;
        float[]? range = tiff.GetFieldDefaulted(TiffTag.REFERENCEBLACKWHITE) is [var r, ..] ? r.ToFloatArray() : null;
        weights = weights is { Length: >= 3 } ? weights : [0.299f, 0.587f, 0.114f];
        range = range is { Length: >= 6 } ? range : [0, 255, 128, 255, 128, 255];
        if (weights[1] == 0 || range[0] == range[1] || range[2] == range[3] || range[4] == range[5])
            Throw.Codec("the weights or the range of its YCbCr samples are damaged");
        return layout with { LumaWeights = weights, ReferenceBlackWhite = range };
    }

    // The library allocates a strip or tile of the length the file names.
    static void CheckChunks(LibTiff tiff, long fileLength)
    {
        bool tiled = tiff.IsTiled();
        long[]? lengths = Numbers(tiff, tiled ? TiffTag.TILEBYTECOUNTS : TiffTag.STRIPBYTECOUNTS);
        long[]? offsets = Numbers(tiff, tiled ? TiffTag.TILEOFFSETS : TiffTag.STRIPOFFSETS);
        if (offsets is null) Throw.Codec("there are no offsets to the pixels; the file is damaged");
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
        long length = height * layout.PackedLength(width);
        if (length > Array.MaxLength) Throw.Codec("one tile exceeds 2 GiB");
        if (!layout.Converted && tiff.TileSize() != length)
            Throw.Codec($"a tile takes {tiff.TileSize()} bytes where {length} are expected; the file is damaged");
        layout = layout with { TileWidth = width, TileHeight = height };
    }

    static void CheckStrip(LibTiff tiff, ref TiffLayout layout)
    {
        // Zero and "all rows" (2^32 - 1, TIFF 6.0) both mean one strip.
        int rows = Number(tiff, TiffTag.ROWSPERSTRIP);
        layout = layout with { RowsPerStrip = rows <= 0 ? layout.Info.Height : Math.Min(rows, layout.Info.Height) };
        if (layout.Separate && (long)layout.RowsPerStrip * layout.InterleavedRowLength > Array.MaxLength) Throw.Codec("one strip exceeds 2 GiB");
        if (!layout.Converted && tiff.ScanlineSize() != layout.StoredRowLength)
            Throw.Codec($"a row takes {tiff.ScanlineSize()} bytes where {layout.StoredRowLength} are expected; the file is damaged");
    }

    /// <summary>Bytes of what the library hands out as a row.</summary>
    public int StoredRowLength => checked((int)PackedLength(Info.Width));

    /// <summary>Bytes of a row of packed samples, of one plane where there are several.</summary>
    public long PackedLength(int width) => ((long)width * (Separate ? 1 : StoredChannels) * Bits + 7) / 8;

    static int Number(LibTiff tiff, TiffTag tag) => tiff.GetFieldDefaulted(tag) is [var value, ..] ? value.ToInt() : 0;

    static long[]? Numbers(LibTiff tiff, TiffTag tag) => tiff.GetField(tag) is [var value, ..] ? value.TolongArray() : null;
}
