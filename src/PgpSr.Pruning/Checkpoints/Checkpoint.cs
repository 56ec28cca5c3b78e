using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Safetensors;

namespace PgpSr.Pruning;

/// <summary>
/// An open model of a kind that can be measured and pruned: its topology, and its tensors under the networks' names. Nothing but headers has been
/// read. A folder in diffusers' layout holds <c>unet/</c> (with or without <c>config.json</c>) and, for FaithDiff, <c>faithdiff.safetensors</c> or
/// <c>FaithDiff.bin</c> beside it, whose tensors stand in for the UNet's of the same name.
/// </summary>
sealed class Checkpoint : IDisposable
{
    // Of Stable Diffusion's and Stable Diffusion XL's autoencoders; AdcSR's two pixels and its decoder's four come to the same.
    const int LatentFactor = 8;

    // Tensors of FaithDiff that no UNet has; what else its file holds overwrites the UNet (method 3.1).
    static readonly ImmutableArray<string> s_extras =
        ["denoise_encoder.", "information_transformer_layes.", "condition_embedding.", "spatial_ch_projs.",
            "phase_adapter.", "phase_adapters.", "phase_pyramid."];

    readonly List<TensorFiles> _files;
    readonly OrderedDictionary<string, StoredTensor> _tensors;

    Checkpoint(string path, List<TensorFiles> files, OrderedDictionary<string, StoredTensor> tensors)
    {
        Path = path;
        _files = files;
        _tensors = tensors;
        Unet = null!; // read by Open, from these tensors
    }

    /// <summary>As it was opened.</summary>
    public string Path { get; }

    /// <summary>Which kind.</summary>
    public CheckpointKind Kind => Small is not null ? CheckpointKind.Small : FaithDiff is not null ? CheckpointKind.FaithDiff
        : AdcSr is not null ? CheckpointKind.AdcSr : OneStep is not null ? CheckpointKind.OneStep
        : X4 is not null ? CheckpointKind.X4Upscaler : CheckpointKind.Unet;

    /// <summary>The UNet's topology.</summary>
    public UnetConfig Unet { get; private set; }

    /// <summary>The whole configuration of a small model; null for another kind.</summary>
    public PgpConfig? Small { get; private init; }

    /// <summary>The topology of FaithDiff; null for another kind.</summary>
    public FaithDiffConfig? FaithDiff { get; private set; }

    /// <summary>The topology of AdcSR; null for another kind.</summary>
    public AdcSrConfig? AdcSr { get; private init; }

    /// <summary>What a converted one-step restorer says of itself; null for another kind.</summary>
    public OneStepFile? OneStep { get; private init; }

    /// <summary>Stable Diffusion's x4 upscaler; null for another kind.</summary>
    public X4Checkpoint? X4 { get; private init; }

    /// <summary>Whether the whole model is one file that describes itself, so that what is made of it is one too.</summary>
    public bool IsOneFile => Small is not null || UnetPrefix.Length > 0;

    /// <summary>What stands before the UNet's keys in a file that holds other networks besides, or empty.</summary>
    public string UnetPrefix => AdcSr is not null || OneStep is not null || X4 is { Parts.IsFolder: false } ? OneStepFile.UnetPrefix : "";

    /// <summary>Pixels of the result that one position of the UNet stands for, in each direction.</summary>
    public int PixelsPerPosition => Small?.PatchFactor ?? X4?.Vae.Factor ?? LatentFactor;

    /// <summary>Every tensor by its key, in the order of the files.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <summary>Strings of the first file's <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _files[0].Metadata;

    /// <summary>Every file that tensors are read from.</summary>
    public IReadOnlyList<string> Files => [.. _files.SelectMany(f => f.Paths)];

    /// <summary>Numbers in it.</summary>
    public long ParameterCount => _tensors.Values.Sum(t => t.ElementCount);

    /// <summary>Bytes of its tensors.</summary>
    public long ByteCount => _tensors.Values.Sum(t => t.ByteCount);

    /// <summary>The type most of its numbers have.</summary>
    public SafetensorsDType DominantType => _tensors.Values.GroupBy(t => t.Type).MaxBy(g => g.Sum(t => t.ElementCount))!.Key;

    /// <summary>True for a model in a folder of several networks.</summary>
    internal bool IsPipelineFolder => Directory.Exists(System.IO.Path.Combine(Path, "unet"));

    /// <summary>Opens a model.</summary>
    /// <param name="path">A file of a small model, of a UNet or of a whole FaithDiff; a UNet's folder; or a folder with <c>unet/</c> in it.</param>
    /// <exception cref="PruningException">The path holds no model (<see cref="PruningFault.NotAModel"/>); the message says what was looked
    /// for.</exception>
    /// <exception cref="ConfigException">A configuration is malformed, or contradicts the tensors.</exception>
    /// <exception cref="PgpSrException">A file is damaged.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static Checkpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path) && !Directory.Exists(path)) Throw.NotAModel(path, "no such file or folder");
        var files = new List<TensorFiles>();
        try
        {
            string unetFolder = System.IO.Path.Combine(path, "unet");
            if (LdmSrFolder.LooksLikeOne(path)) Throw.Unsupported(path, "LDM-SR has no transformer blocks, so there is nothing to measure or prune");
            var oneStep = File.Exists(path) ? OneStepFile.Read(path) : null;
            if (oneStep is null && OneStepFolder.LooksLikeOne(path))
                Throw.Unsupported(path, "it does not describe its networks, or its adapters are not merged; make one file of it with 'pgpsr convert' and name that");
            var x4 = X4Folder.LooksLikeOne(path) ? X4Folder.Open(path) : null;
            if (Directory.Exists(unetFolder)) OpenPipeline(path, unetFolder, files);
            else files.Add(AdcSrFolder.LooksLikeOne(path) ? TensorFiles.OpenAdcSr(path) : OpenFiles(path));
            var tensors = new OrderedDictionary<string, StoredTensor>(StringComparer.Ordinal);
            foreach (var tensor in files.SelectMany(f => f.Tensors)) tensors[tensor.Name] = tensor;
            if (oneStep is not null) return new Checkpoint(path, files, tensors) { OneStep = oneStep, Unet = oneStep.Unet };
            if (x4 is not null) return new Checkpoint(path, files, tensors) { X4 = x4, Unet = x4.Unet };
            return Describe(path, files, tensors);
        }
        catch
        {
            foreach (var file in files) file.Dispose();
            throw;
        }
    }

    /// <summary>Every tensor of a topology: a small model's, FaithDiff's, or a UNet's where it is neither.</summary>
    internal static ImmutableArray<TensorDeclaration> Declare(UnetConfig unet, PgpConfig? small, FaithDiffConfig? faithDiff) =>
        small is not null ? PgpModel.Declare(small) : faithDiff is not null ? FaithDiffModel.Declare(faithDiff) : Models.Unet.Declare(unet);

    /// <summary>The tensors as networks load them. Ends with this checkpoint.</summary>
    public WeightSource Source() => new CheckpointSource(this);

    /// <summary>True for a tensor that a FaithDiff folder keeps outside <c>unet/</c>.</summary>
    public static bool IsExtra(string tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return s_extras.Any(prefix => tensor.StartsWith(prefix, StringComparison.Ordinal));
    }

    /// <summary>The file of FaithDiff's extras in a folder, or null.</summary>
    internal static string? ExtrasFile(string folder)
    {
        string[] found = [.. Directory.EnumerateFiles(folder)
            .Where(file => System.IO.Path.GetFileName(file).StartsWith("faithdiff", StringComparison.OrdinalIgnoreCase)
            && System.IO.Path.GetExtension(file).ToUpperInvariant() is ".SAFETENSORS" or ".BIN" or ".PT" or ".PTH").Order(StringComparer.Ordinal)];
        if (found.Length > 1)
            Throw.NotAModel(folder, $"contains several of FaithDiff's files ({string.Join(", ", found.Select(System.IO.Path.GetFileName))}): keep one");
        return found.Length == 0 ? null : found[0];
    }

    /// <summary>Closes all files.</summary>
    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }

    static void OpenPipeline(string path, string unetFolder, List<TensorFiles> files)
    {
        files.Add(OpenFiles(unetFolder));
        if (ExtrasFile(path) is { } extras) files.Add(TensorFiles.Open(extras));
    }

    static TensorFiles OpenFiles(string path)
    {
        try
        {
            return TensorFiles.Open(path);
        }
        catch (SafetensorsException e) when (e.Rule == SafetensorsRule.FolderUnclear)
        {
            throw new PruningException(PruningFault.NotAModel, path,
                $"not one model: {e.Message} Expected a .safetensors file, a UNet's folder, or a folder with unet/ in it.", e);
        }
    }

    static Checkpoint Describe(string path, List<TensorFiles> files, OrderedDictionary<string, StoredTensor> tensors)
    {
        if (files[0].Metadata.ContainsKey(PgpConfigJson.MetadataKey))
        {
            var small = PgpConfigJson.Read(files[0].Metadata, files[0].Path);
            return new Checkpoint(path, files, tensors) { Small = small, Unet = small.Unet };
        }
        if (files[0].Metadata.TryGetValue(AdcSrConfigJson.MetadataKey, out string? described))
        {
            var adcSr = AdcSrConfigJson.Read(described, files[0].Path);
            return new Checkpoint(path, files, tensors) { AdcSr = adcSr, Unet = adcSr.Unet };
        }
        var checkpoint = new Checkpoint(path, files, tensors);
        if (RealEsrgan.Recognizes(tensors.Keys))
            Throw.Unsupported(files[0].Path, "a Real-ESRGAN network is inspected and converted, but it has no blocks to measure or prune");
        if (!tensors.ContainsKey("conv_in.weight"))
            Throw.NotAModel(files[0].Path,
                $"holds neither {PgpConfigJson.MetadataKey} in its metadata nor a UNet in diffusers' names "
                + $"(no conv_in.weight among {tensors.Count} tensors)");
        using var source = checkpoint.Source();
        string config = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(files[0].Path) ?? "", ConfigFile.Name);
        if (File.Exists(config))
        {
            checkpoint.Unet = UnetConfigJson.Read(ConfigFile.Read(config), config);
            UnetTopology.Check(checkpoint.Unet, config, source);
        }
        else
        {
            checkpoint.Unet = UnetTopology.Derive(source);
        }
        if (FaithDiffFolder.HasOwnTensors(source)) checkpoint.FaithDiff = FaithDiffFolder.Describe(source, checkpoint.Unet);
        return checkpoint;
    }
}
