using PgpSr.Imaging;

namespace PgpSr.Managed.Tests;

/// <summary>Made pictures with slopes, edges and texture, the same on every machine.</summary>
static class TestPictures
{
    public static Image Make(int width, int height, int channels = 3, int bitDepth = 8)
    {
        var image = new Image(width, height, channels, bitDepth);
        var random = new Random(11);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                for (int c = 0; c < channels; c++)
                {
                    bool alpha = image.HasAlpha && c == channels - 1;
                    double value = alpha
                        ? Math.Clamp(0.5 + 0.02 * (width / 2 - Math.Abs(x - width / 2.0) - 8), 0, 1)
                        : 0.5 + 0.25 * Math.Sin((x * (c + 1) + 2 * y) * 0.05) + (Math.Sin(x * 0.31) * Math.Cos(y * 0.23) > 0.6 ? 0.15 : 0)
                            + (random.NextDouble() - 0.5) * 0.05;
                    Set(image, x, y, c, Math.Clamp(value, 0, 1));
                }
            }
        }
        return image;
    }

    public static Image Constant(int width, int height, double value)
    {
        var image = new Image(width, height, 3);
        image.Bytes.Fill((byte)Math.Round(value * 255));
        return image;
    }

    public static double Get(Image image, int x, int y, int channel)
    {
        int i = (y * image.Width + x) * image.Channels + channel;
        return image.BitDepth == 8 ? image.Bytes[i] / 255.0 : image.Words[i] / 65535.0;
    }

    public static float[] Luma(Image image)
    {
        var luma = new float[image.Width * image.Height];
        PixelConversion.ToInterleaved(image.Bytes, image.Info, PixelRange.ZeroToOne, 1, luma);
        return luma;
    }

    public static void AssertSame(Image expected, Image actual)
    {
        Assert.Equal(expected.Info, actual.Info);
        int same = expected.Bytes.CommonPrefixLength(actual.Bytes);
        Assert.True(same == expected.Bytes.Length, $"byte {same} (row {same / expected.Info.RowLength}) differs");
    }

    static void Set(Image image, int x, int y, int c, double value)
    {
        int i = (y * image.Width + x) * image.Channels + c;
        if (image.BitDepth == 8) image.Bytes[i] = (byte)Math.Round(value * 255);
        else image.Words[i] = (ushort)Math.Round(value * 65535);
    }
}
