using PgpSr.Models;

namespace PgpSr.Restoration;

/// <summary>A file with a Real-ESRGAN network, known by its keys; and the twin with which realesr-general-x4v3 is mixed.</summary>
static class RealEsrganFile
{
    /// <summary>Where to download the networks, for messages.</summary>
    public const string Publisher = "github.com/xinntao/Real-ESRGAN (releases)";

    const string Strong = "general-x4v3", Weak = "general-wdn-x4v3";

    /// <summary>True for a file that holds such a network, or a part of one.</summary>
    public static bool LooksLikeOne(string path)
    {
        if (!File.Exists(path)) return false;
        try
        {
            using var source = CheckpointFile.Open(path);
            return RealEsrgan.Recognizes(source.Keys);
        }
        catch (Exception e) when (e is IOException or PgpSrException)
        {
            // Damaged, or something else: whoever wants it will say what.
            return false;
        }
    }

    /// <summary>Opens the network's weights under BasicSR's names.</summary>
    /// <param name="path">The file.</param>
    /// <param name="denoise">
    /// Share of realesr-general-x4v3 in a mix with its twin realesr-general-wdn-x4v3, which lies beside it: 0 keeps noise, 1 is the file alone.
    /// </param>
    /// <exception cref="ConfigException">The file is not that network, or its twin is missing.</exception>
    /// <exception cref="PgpSrException">A file breaks a rule of its format.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static WeightSource Open(string path, float denoise)
    {
        if (denoise == 1) return RealEsrgan.Open(path);
        string twin = Twin(path);
        WeightSource first = RealEsrgan.Open(path);
        WeightSource? second = null;
        try
        {
            second = RealEsrgan.Open(twin);
            var (one, other) = (RealEsrgan.Describe(first), RealEsrgan.Describe(second));
            if (!one.Equals(other))
                throw new ConfigException(path, $"is {one.Description}, x{one.Scale}, and {Path.GetFileName(twin)} beside it is "
                    + $"{other.Description}, x{other.Scale}: they are not twins that can be mixed; download both from {Publisher}");
            return new InterpolatedSource(first, second, denoise);
        }
        catch
        {
            first.Dispose();
            second?.Dispose();
            throw;
        }
    }

    static string Twin(string path)
    {
        string file = Path.GetFileName(path), folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!file.Contains(Strong, StringComparison.OrdinalIgnoreCase))
            throw new ConfigException(path, "has no adjustable denoising, which is a mix of realesr-general-x4v3 and its twin "
                + $"realesr-general-wdn-x4v3, recognized by their names; use the file of the former, from {Publisher}");
        string name = Path.GetFileNameWithoutExtension(file).Replace(Strong, Weak, StringComparison.OrdinalIgnoreCase);
        string[] places = [.. ((string[])[Path.GetExtension(file), ".pth", ".safetensors"]).Distinct()
            .Select(end => Path.Combine(folder, name + end))];
        return places.FirstOrDefault(File.Exists) ?? throw new ConfigException(path,
            $"is mixed with its twin for a denoising strength below 1, but {Path.GetFileName(places[0])} is not in its folder; "
            + $"download it from {Publisher}");
    }
}
