using System.Diagnostics;
using System.Globalization;
using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Training;

/// <summary>
/// An exported one-step model on whole photographs, run by the library: luma PSNR and SSIM against bicubic enlargement, multiply-adds and time. Each
/// photograph is one tile.
/// </summary>
static class LibraryScore
{
    public static void Run(string path, IReadOnlyList<(string Name, Image Image)> photos, string? pictures, TextWriter log)
    {
        using var backend = CpuBackend.Create();
        using var ws = new Workspace(backend);
        using var model = PgpModel.Open(path, backend);
        int scale = model.Config.Scale;
        for (int i = 0; i < photos.Count; i++)
        {
            var truth = photos[i].Image;
            foreach (bool clean in (bool[])[true, false])
            {
                var degraded = clean ? Degradation.Clean(truth, scale) : Degradation.SecondOrder(truth, scale, new Random(2000 + i));
                float[] enlarged = PairSource.Enlarge(degraded, scale);
                var bicubic = ToImage(enlarged, truth.Info);
                var clock = Stopwatch.StartNew();
                var restored = Restore(model, ws, degraded, enlarged, truth.Info);
                double seconds = clock.Elapsed.TotalSeconds;
                log.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{(clean ? "clean   " : "degraded")} PSNR-Y {ImageMetrics.PsnrLuma(restored, truth, scale):F2} (bicubic {ImageMetrics.PsnrLuma(bicubic, truth, scale):F2})  SSIM {ImageMetrics.SsimLuma(restored, truth, scale):F4} ({ImageMetrics.SsimLuma(bicubic, truth, scale):F4})  {seconds:F2} s for {degraded.Width}x{degraded.Height}  {photos[i].Name}"));
                if (pictures is not null) Save(restored, Path.Combine(pictures, $"{i}-{(clean ? "clean" : "degraded")}.png"));
            }
        }
        const int side = 512;
        var plan = Workspace.Plan(backend, w => Predict(model, w, w.Rent(new Shape(1, side, side, model.Config.DegradedChannels))));
        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{model.ParameterCount:N0} parameters; {side}x{side}: {plan.MultiplyAdds / 1e9:F1} GMAC, {plan.PeakBytes / 1048576.0:F0} MiB of activations"));
    }

    static Image Restore(PgpModel model, Workspace ws, Image degraded, float[] enlarged, ImageInfo info)
    {
        var config = model.Config;
        using var scope = ws.Scope();
        var z = ws.Upload(PairSource.ToSingles(degraded), new Shape(1, degraded.Height, degraded.Width, PairSource.Channels));
        if (config.DegradedPatch > 1) z = ws.SpaceToDepth(z, config.DegradedPatch);
        var residual = ws.DepthToSpace(Predict(model, ws, z), config.PatchFactor);
        var sum = ws.Add(residual, ws.Upload(enlarged, residual.Shape));
        return ToImage(ws.Download(sum), info);
    }

    static Tensor Predict(PgpModel model, Workspace ws, Tensor z) => model.Forward(ws, z, model.Guide(ws, z), model.Config.Timestep);

    static Image ToImage(float[] samples, ImageInfo info)
    {
        var image = new Image(info);
        PixelConversion.FromInterleaved(samples, PairSource.Channels, PixelRange.MinusOneToOne, PixelRounding.Nearest, info, image.Bytes);
        return image;
    }

    static void Save(Image image, string path)
    {
        using var writer = ImageWriter.Create(path, image.Info);
        writer.WriteRows(image.Bytes);
        writer.Complete();
    }
}
