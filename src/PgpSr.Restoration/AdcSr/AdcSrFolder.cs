using PgpSr.Models;
using PgpSr.PyTorchZip;
using PgpSr.Safetensors;

namespace PgpSr.Restoration;

/// <summary>
/// AdcSR as it is published, <c>net_params_200.pkl</c> and <c>halfDecoder.ckpt</c> in one folder or in the publisher's <c>weight</c> and
/// <c>weight/pretrained</c>; or one safetensors file with our configuration. Files are known by what is in them.
/// </summary>
static class AdcSrFolder
{
    const string NetworkFile = "net_params_200.pkl", DecoderFile = "halfDecoder.ckpt";

    static readonly string[] s_folders = ["", "weight", Path.Combine("weight", "pretrained"), "pretrained"];
    static readonly string[] s_extensions = [".pkl", ".ckpt", ".pth", ".pt", ".bin"];

    enum Part
    {
        None,
        Network,
        Decoder,
        Whole,
    }

    /// <summary>True for a file or folder that is one, or is meant to be: <see cref="Open"/> then names the part that is missing.</summary>
    /// <exception cref="IOException">A file that bears one of the published names is damaged.</exception>
    public static bool LooksLikeOne(string path) => Candidates(path).Any(file => PartOf(file) != Part.None);

    /// <summary>Opens both parts, or the one file.</summary>
    /// <param name="path">A folder, or any of the files in it.</param>
    /// <exception cref="ConfigException">A part is missing or there twice, or the keys describe another network.</exception>
    /// <exception cref="IOException">A file is damaged or cannot be read.</exception>
    public static AdcSrCheckpoint Open(string path)
    {
        var found = Candidates(path).Select(file => (File: file, Part: PartOf(file))).Where(one => one.Part != Part.None).ToList();
        if (found.Count == 1 && found[0].Part != Part.Whole && File.Exists(path))
        {
            // The other part lies beside it, or in the publisher's folder of the other.
            string beside = Path.GetDirectoryName(Path.GetFullPath(path))!;
            Part other = found[0].Part == Part.Network ? Part.Decoder : Part.Network;
            found.AddRange(((string[])[beside, Path.GetDirectoryName(beside) ?? beside]).SelectMany(Candidates).Distinct()
                .Where(file => Path.GetFullPath(file) != Path.GetFullPath(path) && PartOf(file) == other).Take(1).Select(file => (file, other)));
        }
        foreach (var twice in found.GroupBy(one => one.Part).Where(group => group.Count() > 1))
            throw new ConfigException(path, $"contains one part of AdcSR twice ({string.Join(", ", twice.Select(one => one.File))}): keep one, or name it");
        string? whole = Of(Part.Whole), network = Of(Part.Network), decoder = Of(Part.Decoder);
        if (whole is not null && (network ?? decoder) is { } part)
            throw new ConfigException(path, $"contains a complete AdcSR ({whole}) and a part of one ({part}): name one of them");
        if (whole is not null) return OpenWhole(path, whole);
        if (network is not null && decoder is not null) return OpenParts(path, network, decoder);
        throw (network, decoder) switch
        {
            (not null, null) => Missing(path, network, "UNet", DecoderFile, "decoder"),
            (null, not null) => Missing(path, decoder, "decoder", NetworkFile, "UNet"),
            _ => new ConfigException(path, $"contains no part of AdcSR: expected {NetworkFile} and {DecoderFile} from {AdcSrCheckpoint.Publisher}"),
        };

        string? Of(Part part) => found.Where(one => one.Part == part).Select(one => one.File).FirstOrDefault();
    }

    static ConfigException Missing(string path, string there, string thereIs, string missing, string missingIs) => new(path,
        $"holds AdcSR's {thereIs} ({Path.GetFileName(there)}) without its {missingIs}: download {missing} from {AdcSrCheckpoint.Publisher} to the same folder");

    static AdcSrCheckpoint OpenWhole(string path, string file)
    {
        var checkpoint = SafetensorsCheckpoint.Open(file);
        try
        {
            var config = AdcSrConfigJson.Read(checkpoint.Files[0].Metadata[AdcSrConfigJson.MetadataKey], file);
            return new AdcSrCheckpoint(path, [file], new SafetensorsSource(checkpoint), config);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    static AdcSrCheckpoint OpenParts(string path, string network, string decoder)
    {
        WeightSource unet = CheckpointFile.Open(network);
        WeightSource? half = null;
        try
        {
            half = CheckpointFile.Open(decoder);
            var both = new OverlaySource(new RenamedSource(unet, AdcSrTopology.TranslateNetwork), new RenamedSource(half, AdcSrTopology.TranslateDecoder));
            return new AdcSrCheckpoint(path, [network, decoder], both, AdcSrTopology.Derive(both));
        }
        catch
        {
            unet.Dispose();
            half?.Dispose();
            throw;
        }
    }

    static IEnumerable<string> Candidates(string path)
    {
        if (File.Exists(path)) return [path];
        if (!Directory.Exists(path)) return [];
        var pickled = s_folders.Select(folder => Path.Combine(path, folder)).Where(Directory.Exists).SelectMany(Directory.EnumerateFiles)
            .Where(file => s_extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase));
        return pickled.Concat(Directory.EnumerateFiles(path, "*.safetensors")).Order(StringComparer.Ordinal);
    }

    static Part PartOf(string file)
    {
        try
        {
            if (PyTorchZipFile.Recognizes(file))
            {
                using var checkpoint = PyTorchZipFile.Open(file);
                return OfKeys([.. checkpoint.Tensors.Select(tensor => tensor.Name)]);
            }
            if (!string.Equals(Path.GetExtension(file), ".safetensors", StringComparison.OrdinalIgnoreCase)) return Part.None;
            using var safe = SafetensorsFile.Open(file);
            return safe.Metadata.ContainsKey(AdcSrConfigJson.MetadataKey) ? Part.Whole : OfKeys([.. safe.Tensors.Select(tensor => tensor.Name)]);
        }
        catch (Exception e) when (e is IOException or PgpSrException && Path.GetFileName(file) is not (NetworkFile or DecoderFile))
        {
            // Damaged, or something else: whoever wants it will say what.
            return Part.None;
        }
    }

    static Part OfKeys(IReadOnlyList<string> keys) =>
        AdcSrTopology.IsNetwork(keys) ? Part.Network : AdcSrTopology.IsDecoder(keys) ? Part.Decoder : Part.None;
}
