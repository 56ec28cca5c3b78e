using System.Text;

namespace PgpSr.Imaging.Codecs.Gif;

/// <summary>Comments, XMP and color profile out of a GIF's extension blocks, before and after the picture (GIF89a specification, 24 and
/// 26).</summary>
static class GifMetadata
{
    const int HeaderLength = 13, DescriptorLength = 10, ApplicationLength = 11;
    const byte Extension = 0x21, Picture = 0x2C, Comment = 0xFE, Application = 0xFF, PlainText = 0x01;

    // XMP is stored as it is; 258 bytes after it lead whoever takes it for blocks to the end (XMP Specification Part 3, 1.1.2).
    const int XmpTrailerLength = 258;

    /// <summary>Reads what there is; a damaged end counts as the end.</summary>
    public static void Read(ReadOnlySpan<byte> file, ImageLimits limits, ImageMetadata metadata)
    {
        int budget = limits.MaxMetadataBytes;
        long at = HeaderLength + GifFrames.TableLength(file, HeaderLength - 3);
        while (at < file.Length)
        {
            switch (file[(int)at])
            {
                case Extension when at + 2 < file.Length:
                    long end = Math.Min(file.Length, GifFrames.EndOfBlocks(file, at + 2));
                    int length = (int)(end - at);
                    if (length > budget)
                    {
                        metadata.Warnings.Add(
                            $"metadata exceed {limits.MaxMetadataBytes} bytes (ImageLimits.MaxMetadataBytes); the rest was left out");
                        return;
                    }
                    if (Keep(file[(int)at + 1], file.Slice((int)at + 2, length - 2), metadata)) budget -= length;
                    at = end;
                    break;
                case Picture:
                    at = GifFrames.EndOfBlocks(file, at + DescriptorLength + GifFrames.TableLength(file, at + DescriptorLength - 1) + 1);
                    break;
                case 0:
                    at++;
                    break;
                default:
                    return;
            }
        }
    }

    static bool Keep(byte kind, ReadOnlySpan<byte> blocks, ImageMetadata metadata)
    {
        switch (kind)
        {
            case Comment:
                metadata.Text.Add(new("Comment", MetadataText.Decode(Join(blocks).AsSpan().TrimEnd((byte)0))));
                return true;
            case PlainText:
                metadata.Lose("a plain text of the GIF");
                return false;
            case Application when blocks.Length > ApplicationLength && blocks[0] == ApplicationLength:
                return KeepApplication(blocks.Slice(1, ApplicationLength), blocks[(1 + ApplicationLength)..], metadata);
            default:
                return false;
        }
    }

    static bool KeepApplication(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, ImageMetadata metadata)
    {
        if (name.SequenceEqual("XMP DataXMP"u8) && data.Length > XmpTrailerLength)
        {
            metadata.Xmp ??= data[..^XmpTrailerLength].ToArray();
            return true;
        }
        if (name.SequenceEqual("ICCRGBG1012"u8))
        {
            metadata.IccProfile ??= Join(data);
            return true;
        }
        // How often an animation repeats.
        if (!name.StartsWith("NETSCAPE"u8) && !name.StartsWith("ANIMEXTS"u8))
            metadata.Lose($"GIF block {MetadataText.Quote(Encoding.Latin1.GetString(name).Trim())}");
        return false;
    }

    // Without the length before each block of up to 255 bytes.
    static byte[] Join(ReadOnlySpan<byte> blocks)
    {
        using MemoryStream joined = new(blocks.Length);
        for (int at = 0; at < blocks.Length && blocks[at] != 0; at += 1 + blocks[at])
            joined.Write(blocks.Slice(at + 1, Math.Min(blocks[at], blocks.Length - at - 1)));
        return joined.ToArray();
    }
}
