using PgpSr.Imaging;

namespace PgpSr.Training;

/// <summary>A photograph as an old web page shows it: reduced, noisy, compressed. For pictures that show what a model makes of it.</summary>
static class DamagedPicture
{
    /// <param name="photo">The photograph.</param>
    /// <param name="factor">How many times smaller it becomes, whole; antialiased bicubic interpolation.</param>
    /// <param name="sigma">Deviation of the noise in levels of 255.</param>
    /// <param name="quality">Of the JPEG file.</param>
    /// <param name="path">The JPEG file.</param>
    public static void Write(string photo, int factor, double sigma, int quality, string path)
    {
        var small = Degradation.Clean(Image.Load(photo), factor);
        float[] x = Degradation.ToSingles(small);
        Degradation.AddNoise(x, new Random(1), sigma, shot: false);
        Degradation.ToImage(x, small.Width, small.Height).Save(path, new ImageSaveOptions { Format = ImageFormat.Jpeg, JpegQuality = quality, WriteMetadata = false });
    }
}
