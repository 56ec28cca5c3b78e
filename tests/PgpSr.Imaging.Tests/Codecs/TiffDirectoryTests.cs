using System.Buffers.Binary;
using PgpSr.Imaging.Tests.Codecs.Matrix;

namespace PgpSr.Imaging.Tests.Codecs;

/// <summary>Directories that ask for much, say little, or belong to raw photographs.</summary>
public sealed class TiffDirectoryTests
{
    // A directory of single values alone.
    static byte[] Directory(params (ushort Tag, uint Value)[] entries)
    {
        byte[] file = new byte[8 + 2 + 12 * entries.Length + 4 + 64];
        "II"u8.CopyTo(file);
        (file[2], file[4]) = (42, 8);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(8), (ushort)entries.Length);
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = file.AsSpan(10 + 12 * i);
            BinaryPrimitives.WriteUInt16LittleEndian(entry, entries[i].Tag);
            entry[2] = 4;
            entry[4] = 1;
            BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], entries[i].Value);
        }
        return file;
    }

    static string Refused(byte[] file)
    {
        long before = GC.GetTotalAllocatedBytes();
        string reason = Assert.Throws<ImageException>(() => Pictures.Decode(file)).Reason;
        Assert.True(GC.GetTotalAllocatedBytes() - before < 64 << 20);
        return reason;
    }

    [Fact]
    public void Millions_of_strips_that_are_not_there_are_refused_before_they_are_planned()
    {
        Assert.Contains("strips or tiles", Refused(Directory((256, 1), (257, 1 << 20), (258, 8), (259, 1), (262, 1), (273, 8), (277, 255), (278, 1), (279, 1), (284, 2))), StringComparison.Ordinal);
        Assert.Contains("strips or tiles", Refused(Directory((256, 1 << 14), (257, 1 << 14), (258, 8), (259, 1), (262, 1), (277, 1), (322, 1), (323, 1), (324, 8), (325, 1))), StringComparison.Ordinal);
    }

    [Fact]
    public void Thousands_of_unknown_tags_are_refused()
    {
        (ushort, uint)[] unknown = [.. Enumerable.Range(0, 5000).Select(i => ((ushort)(51000 + i), 1u))];
        Assert.Contains("entries", Refused(Directory([(256, 4), (257, 4), .. unknown])), StringComparison.Ordinal);
    }

    [Theory, InlineData(1, true), InlineData(0, false)]
    public void A_raw_photographs_thumbnail_does_not_pass_for_the_photograph(int subfile, bool refused)
    {
        byte[] file = new RawTiff { Width = 8, Height = 8, More = [(254, 4, [subfile]), (330, 4, [8, 8])] }.File(new int[8 * 8 * 3]);
        if (refused) Assert.Contains("raw", Assert.Throws<ImageException>(() => Pictures.Decode(file)).Reason, StringComparison.Ordinal);
        else Assert.Equal(8, Pictures.Decode(file).Width);
    }

    [Theory, InlineData(1), InlineData(3)]
    public void Pixels_without_a_word_about_them_are_gray_or_RGB(int channels)
    {
        int[] samples = [.. Enumerable.Range(0, 8 * 8 * channels).Select(i => i % 251)];
        Image image = Pictures.Decode(new RawTiff { Width = 8, Height = 8, Channels = channels, Photometric = -1 }.File(samples));
        Assert.Equal(channels, image.Channels);
        Assert.Equal(samples, image.Bytes.ToArray().Select(b => (int)b));
    }
}
