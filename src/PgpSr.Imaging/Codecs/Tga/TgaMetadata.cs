using System.Buffers.Binary;

namespace PgpSr.Imaging.Codecs.Tga;

/// <summary>Texts out of a TGA's extension area, which its footer points to (Truevision TGA 2.0, "Extension Area").</summary>
static class TgaMetadata
{
    const int FooterLength = 26, ExtensionLength = 495, FieldLength = 41, LineLength = 81, Lines = 4;
    const int AuthorAt = 2, CommentsAt = 43, SoftwareAt = 426, GammaAt = 478;

    public static void Read(ReadOnlySpan<byte> file, ImageMetadata metadata)
    {
        if (file.Length < FooterLength + ExtensionLength || !file[^18..].SequenceEqual("TRUEVISION-XFILE.\0"u8)) return;
        uint at = BinaryPrimitives.ReadUInt32LittleEndian(file[^FooterLength..]);
        if (at == 0 || at > file.Length - ExtensionLength) return;
        ReadOnlySpan<byte> area = file.Slice((int)at, ExtensionLength);
        if (BinaryPrimitives.ReadUInt16LittleEndian(area) < ExtensionLength) return;
        Add("Author", Text(area.Slice(AuthorAt, FieldLength)), metadata);
        List<string> comments = [];
        for (int i = 0; i < Lines; i++) comments.Add(Text(area.Slice(CommentsAt + i * LineLength, LineLength)));
        Add("Comment", string.Join('\n', comments).TrimEnd('\n'), metadata);
        Add("Software", Text(area.Slice(SoftwareAt, FieldLength)), metadata);
        ushort numerator = BinaryPrimitives.ReadUInt16LittleEndian(area[GammaAt..]);
        ushort denominator = BinaryPrimitives.ReadUInt16LittleEndian(area[(GammaAt + 2)..]);
        if (denominator != 0 && numerator != denominator && numerator != 0) metadata.Lose("the gamma of the TGA");
    }

    static string Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return MetadataText.Decode(end < 0 ? field : field[..end]).TrimEnd();
    }

    static void Add(string key, string text, ImageMetadata metadata)
    {
        if (text.Length > 0) metadata.Text.Add(new(key, text));
    }
}
