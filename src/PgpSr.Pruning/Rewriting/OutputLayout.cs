using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Safetensors;

namespace PgpSr.Pruning;

/// <summary>Which files a pruned model has and what is in them: those of its source, each network in one file.</summary>
sealed class OutputLayout
{
    const string UnetFile = "diffusion_pytorch_model.safetensors", ExtrasFile = "faithdiff.safetensors";

    OutputLayout(ImmutableArray<OutputFile> files, ImmutableArray<(string Name, string Text)> texts)
    {
        Files = files;
        Texts = texts;
    }

    public ImmutableArray<OutputFile> Files { get; }

    public ImmutableArray<(string Name, string Text)> Texts { get; }

    public static OutputLayout Of(Checkpoint source, PrunedModel model, string? fileName, string record)
    {
        var metadata = source.Metadata.Where(entry => entry.Key != model.Configuration?.Key && entry.Key != PruningRecord.MetadataKey).ToList();
        if (model.Configuration is var (key, text)) metadata.Add(new(key, text));
        metadata.Add(new(PruningRecord.MetadataKey, record));
        if (source.IsPipelineFolder)
        {
            OutputFile unet = new($"unet/{UnetFile}", [.. model.Tensors.Where(t => !Checkpoint.IsExtra(t.Name))], metadata);
            OutputFile extras = new(ExtrasFile, [.. model.Tensors.Where(t => Checkpoint.IsExtra(t.Name))], metadata);
            return new OutputLayout(extras.Tensors.IsEmpty ? [unet] : [unet, extras], [($"unet/{ConfigFile.Name}", Config(model.Unet))]);
        }
        string name = fileName ?? (model.Configuration is null ? UnetFile : Path.ChangeExtension(Path.GetFileName(source.Files[0]), ".safetensors"));
        return new OutputLayout([new(name, model.Tensors, metadata)], model.Configuration is null ? [(ConfigFile.Name, Config(model.Unet))] : []);
    }

    public void WriteInto(string folder, ByteMeter meter, CancellationToken cancellation)
    {
        foreach (var (name, text) in Texts)
        {
            string path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
        foreach (var file in Files)
        {
            string path = Path.Combine(folder, file.Name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            Write(file, path, meter, cancellation);
        }
    }

    public void WriteFile(string path, ByteMeter meter, CancellationToken cancellation) => Write(Files[0], path, meter, cancellation);

    static void Write(OutputFile file, string path, ByteMeter meter, CancellationToken cancellation)
    {
        meter.Begin(file.Name);
        var writer = new SafetensorsWriter();
        foreach (var (key, value) in file.Metadata) writer.Metadata[key] = value;
        foreach (var tensor in file.Tensors)
        {
            writer.Add(tensor.Name, tensor.Type, tensor.Shape.AsSpan(), stream =>
            {
                tensor.Write(stream);
                meter.Add(tensor.ByteCount);
            });
        }
        writer.Write(path, cancellation);
    }

    // diffusers' own form where it can say the topology, so that other programs can read it too.
    public static string Config(UnetConfig config)
    {
        try
        {
            return UnetConfigJson.WriteDiffusers(config);
        }
        catch (ArgumentException)
        {
            return UnetConfigJson.Write(config);
        }
    }
}

/// <summary>A file of a pruned model.</summary>
sealed record OutputFile(string Name, ImmutableArray<PrunedTensor> Tensors, IReadOnlyList<KeyValuePair<string, string>> Metadata);
