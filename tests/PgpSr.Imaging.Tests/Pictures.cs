namespace PgpSr.Imaging.Tests;

/// <summary>Made pictures: smooth enough to compress like photographs, with noise so that every byte matters.</summary>
static class Pictures
{
    public static Image Make(int width, int height, int channels, int bitDepth, int seed = 1)
    {
        Random random = new(seed);
        Image image = new(width, height, channels, bitDepth);
        int scale = bitDepth == 16 ? 257 : 1;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < channels; c++)
                {
                    double wave = 127 + 90 * Math.Sin((x * (c + 1) + y * 2) * 0.07) + random.Next(-15, 16);
                    int value = (int)(Math.Clamp(wave, 0, 255) * scale);
                    int index = (y * width + x) * channels + c;
                    if (bitDepth == 16) image.Words[index] = (ushort)Math.Min(65535, value + random.Next(257));
                    else image.Bytes[index] = (byte)value;
                }
        return image;
    }

    public static byte[] Encode(Image image, ImageFormat format, ImageSaveOptions? options = null)
    {
        using MemoryStream stream = new();
        image.Save(stream, (options ?? ImageSaveOptions.Default) with { Format = format });
        return stream.ToArray();
    }

    public static Image Decode(byte[] file, ImageLimits? limits = null)
    {
        using MemoryStream stream = new(file);
        return Image.Load(stream, limits);
    }

    public static void AssertSame(Image expected, Image actual)
    {
        Assert.Equal(expected.Info, actual.Info);
        int different = expected.Bytes.CommonPrefixLength(actual.Bytes);
        Assert.True(different == expected.Bytes.Length,
            $"byte {different} (row {different / Math.Max(1, expected.Info.RowLength)}) differs");
    }

    // 128 bytes of header with the signatures that matter; the body tells whether it came through whole.
    public static byte[] MakeIccProfile(bool gray, int length)
    {
        byte[] profile = new byte[length];
        new Random(7).NextBytes(profile.AsSpan(128));
        (gray ? "GRAY"u8 : "RGB "u8).CopyTo(profile.AsSpan(16));
        return profile;
    }
}
