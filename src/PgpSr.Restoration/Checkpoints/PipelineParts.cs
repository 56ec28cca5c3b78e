using System.Text.Json;
using PgpSr.Models;
using PgpSr.Safetensors;

namespace PgpSr.Restoration;

/// <summary>
/// A pipeline in diffusers' layout, as the folder that people have, or as the one safetensors file that this library makes of it: tensors
/// <c>PART.KEY</c>, the text of each configuration file in the metadata under <c>pgpsr.pipeline/FILE</c>, and the prompt's states.
/// </summary>
sealed class PipelineParts
{
    /// <summary>What stands before a configuration file's name in the metadata.</summary>
    public const string MetadataPrefix = "pgpsr.pipeline/";

    /// <summary>The file that names the pipeline's class.</summary>
    public const string IndexFile = "model_index.json";

    static readonly string[] s_weights = [".safetensors", ".bin"];

    readonly IReadOnlyDictionary<string, string>? _configs;
    readonly HashSet<string> _parts = new(StringComparer.Ordinal);
    readonly bool _hasPrompt;

    PipelineParts(string path) => Path = path;

    PipelineParts(string path, SafetensorsFile file)
    {
        Path = path;
        _configs = file.Metadata.Where(entry => entry.Key.StartsWith(MetadataPrefix, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key[MetadataPrefix.Length..], entry => entry.Value, StringComparer.Ordinal);
        foreach (var tensor in file.Tensors)
        {
            int dot = tensor.Name.IndexOf('.', StringComparison.Ordinal);
            if (dot > 0) _parts.Add(tensor.Name[..dot]);
        }
        _hasPrompt = file.TryGet(OneStepFile.PromptTensor, out _);
    }

    /// <summary>As it was asked for.</summary>
    public string Path { get; }

    /// <summary>Whether it is a folder.</summary>
    public bool IsFolder => _configs is null;

    /// <summary>A folder, or a file that holds a pipeline; null for anything else.</summary>
    public static PipelineParts? Find(string path)
    {
        if (Directory.Exists(path)) return new PipelineParts(path);
        if (!File.Exists(path) || !string.Equals(System.IO.Path.GetExtension(path), ".safetensors", StringComparison.OrdinalIgnoreCase)) return null;
        try
        {
            using var file = SafetensorsFile.Open(path);
            return Holds(file) ? new PipelineParts(path, file) : null;
        }
        catch (Exception e) when (e is IOException or PgpSrException)
        {
            // Whoever takes the file for something else says what is wrong with it.
            return null;
        }
    }

    /// <summary>Whether a file holds a whole pipeline.</summary>
    public static bool Holds(SafetensorsFile file) => file.Metadata.ContainsKey(MetadataPrefix + IndexFile);

    /// <summary>Whether there is a part.</summary>
    public bool Has(string part) => IsFolder ? Directory.Exists(System.IO.Path.Combine(Path, part)) : _parts.Contains(part);

    /// <summary>Whether there is a configuration file.</summary>
    public bool HasConfig(string file) => _configs?.ContainsKey(file) ?? File.Exists(System.IO.Path.Combine(Path, file));

    /// <summary>A configuration file's name in messages.</summary>
    public string Named(string file) => IsFolder ? System.IO.Path.Combine(Path, file) : $"{Path} ({file})";

    /// <summary>A configuration file.</summary>
    /// <exception cref="ConfigException">It is missing, or no JSON.</exception>
    public JsonElement Config(string file) => IsFolder ? ConfigFile.Read(Named(file))
        : _configs!.TryGetValue(file, out string? text) ? ConfigJson.Parse(text, Named(file))
        : throw new ConfigException(Named(file), "is missing");

    /// <summary>The pipeline's class; null where nobody says it.</summary>
    public string? ClassName => Text(IndexFile, "_class_name");

    /// <summary>A text of a configuration file, whatever else is in it; null where there is no such file, member or text.</summary>
    /// <exception cref="ConfigException">The file cannot be read or is no JSON.</exception>
    public string? Text(string file, string name) => Member(file, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>The same for a finite number.</summary>
    /// <exception cref="ConfigException">The file cannot be read or is no JSON.</exception>
    public double? Number(string file, string name) => Member(file, name) is { ValueKind: JsonValueKind.Number } value
        && value.TryGetDouble(out double number) && double.IsFinite(number) ? number : null;

    JsonElement? Member(string file, string name) =>
        HasConfig(file) && Config(file) is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty(name, out var value) ? value : null;

    /// <summary>A part's weights.</summary>
    /// <exception cref="ConfigException">There are none.</exception>
    public WeightSource Open(string part) => IsFolder ? OneStepFolder.OpenFolder(System.IO.Path.Combine(Path, part))
        : RenamedSource.Under(CheckpointFile.Open(Path), part + ".");

    /// <summary>The topology of the part <c>unet</c>, checked against the keys of its weights.</summary>
    /// <exception cref="ConfigException">The two contradict each other, or one of them is no UNet's.</exception>
    public UnetConfig ReadUnet()
    {
        string file = $"{OneStepFolder.UnetFolder}/{ConfigFile.Name}";
        using var source = Open(OneStepFolder.UnetFolder);
        if (!HasConfig(file)) return UnetTopology.Derive(source);
        var unet = UnetConfigJson.Read(Config(file), Named(file));
        UnetTopology.Check(unet, Named(file), source);
        return unet;
    }

    /// <summary>Whether <see cref="ReadPrompt"/> finds states, so that no text encoder is needed.</summary>
    public bool HasPrompt => IsFolder ? File.Exists(System.IO.Path.Combine(Path, OneStepFolder.PromptFile)) : _hasPrompt;

    /// <summary>The saved states of a prompt, or null.</summary>
    public PromptEmbeddings? ReadPrompt() => !HasPrompt ? null : IsFolder ? PromptEmbeddings.Load(System.IO.Path.Combine(Path, OneStepFolder.PromptFile))
        : OneStepFile.ReadPrompt(Path);

    /// <summary>Every file that these parts' weights are read from.</summary>
    public IReadOnlyList<string> Files(params ReadOnlySpan<string> parts)
    {
        if (!IsFolder) return [Path];
        List<string> files = [];
        foreach (string part in parts)
        {
            files.AddRange(Directory.EnumerateFiles(System.IO.Path.Combine(Path, part))
                .Where(file => s_weights.Contains(System.IO.Path.GetExtension(file).ToLowerInvariant())));
        }
        files.Sort(StringComparer.Ordinal);
        return files;
    }

    /// <summary>A model's name in results: that of the folder, or of the file without its ending.</summary>
    public string Name => IsFolder ? System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(Path)))
        : System.IO.Path.GetFileNameWithoutExtension(Path);
}
