using PgpSr.Imaging;

namespace PgpSr.CommandLine;

/// <summary>A picture that needs no file: gradients, rings of rising frequency, and hard edges.</summary>
static class SyntheticPicture
{
    /// <summary>An RGB picture of 8 bit.</summary>
    public static Image Create(int width, int height)
    {
        var image = new Image(width, height, 3);
        for (int row = 0; row < height; row++)
        {
            Span<byte> pixels = image.Row(row);
            for (int column = 0; column < width; column++)
            {
                double x = (column + 0.5) / width - 0.5, y = (row + 0.5) / height - 0.5;
                double rings = Math.Cos(200 * (x * x + y * y));
                bool check = ((column >> 5) + (row >> 5)) % 2 == 0;
                pixels[3 * column] = (byte)(127.5 + 100 * rings);
                pixels[3 * column + 1] = (byte)(255 * (column + 0.5) / width);
                pixels[3 * column + 2] = (byte)(check ? 200 : 40);
            }
        }
        return image;
    }
}
