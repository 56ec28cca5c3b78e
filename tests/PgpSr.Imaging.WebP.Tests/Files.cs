using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace PgpSr.Imaging.WebP.Tests;

/// <summary>Made pictures, and libwebp's own programs where they are installed.</summary>
static class Files
{
    [ModuleInitializer]
    internal static void Register() => PgpSr.Imaging.WebP.WebP.Register();

    /// <summary>Why a test cannot compare: Debian's package <c>webp</c> has the programs.</summary>
    public const string NoPrograms = "cwebp, dwebp and webpmux are not installed";

    public static bool HavePrograms { get; } = Array.TrueForAll(["cwebp", "dwebp", "webpmux", "gif2webp"], name => File.Exists($"/usr/bin/{name}"));

    public static Image Make(int width, int height, int channels, int seed = 1)
    {
        Random random = new(seed);
        Image image = new(width, height, channels);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < channels; c++)
                    image.Row(y)[x * channels + c] = (byte)Math.Clamp(127 + 90 * Math.Sin((x * (c + 1) + y * 2) * 0.07) + random.Next(-15, 16), 0, 255);
        return image;
    }

    public static byte[] Encode(Image image, bool lossless = true, int quality = 80)
    {
        using MemoryStream stream = new();
        image.Save(stream, new() { Format = ImageFormat.WebP, Lossless = lossless, JpegQuality = quality });
        return stream.ToArray();
    }

    public static Image Decode(byte[] file, ImageLimits? limits = null)
    {
        using MemoryStream stream = new(file);
        return Image.Load(stream, limits);
    }

    /// <summary>Runs a program to its end and fails with what it said.</summary>
    public static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error} {output.GetAwaiter().GetResult()}");
    }
}
