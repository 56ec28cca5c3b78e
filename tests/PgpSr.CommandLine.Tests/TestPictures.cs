using PgpSr.Imaging;

namespace PgpSr.CommandLine.Tests;

/// <summary>Pictures for tests: smooth with fine texture, opaque, a function of the seed.</summary>
static class TestPictures
{
    public static Image Make(int width, int height, int channels = 3, int bitDepth = 8, int seed = 1)
    {
        Random random = new(seed);
        Image image = new(width, height, channels, bitDepth);
        double phase = random.NextDouble() * 6;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < channels; c++)
                {
                    double value = image.HasAlpha && c == channels - 1
                        ? 255
                        : 128 + 70 * Math.Sin((x * (c + 1) + y * 2) * 0.05 + phase) + 20 * Math.Sin(x * 1.3 + y * 0.9) + random.Next(-6, 7);
                    int index = (y * width + x) * channels + c;
                    if (bitDepth == 16) image.Words[index] = (ushort)(Math.Clamp(value, 0, 255) * 257);
                    else image.Bytes[index] = (byte)Math.Clamp(value, 0, 255);
                }
        return image;
    }
}
