using System.Runtime.InteropServices;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Safetensors;
using PgpSr.Tensors;

namespace PgpSr.Pruning;

/// <summary>
/// Rewrites a restorer of several networks (a one-step restorer's base model, adapters and prompt; Stable Diffusion's x4 upscaler; LDM-SR) as one
/// safetensors file, adapters merged: loading it reads it once, and no text encoder is needed again.
/// </summary>
static class PipelineConverter
{
    /// <summary>Whether a folder or file is one, so that <see cref="Run"/> and not <see cref="Converter"/> is for it.</summary>
    public static bool Accepts(string path) => OneStepFolder.LooksLikeOne(path) || PipelineSummary.Accepts(path);

    /// <summary>Merges and writes. The file appears whole or not at all; the sources are only read.</summary>
    /// <param name="source">A folder, or a file that <see cref="Accepts"/>.</param>
    /// <param name="type">F32, F16 or BF16; null for binary16 where the base has it, and float32 for tensors that adapters change elsewhere.</param>
    /// <param name="destination">The file.</param>
    /// <param name="backend">Opens what the text encoder runs on, where no prompt is saved; disposed here.</param>
    /// <param name="overwrite">Replaces a file that is there.</param>
    /// <param name="progress">Told some times a second.</param>
    /// <param name="cancellation">Stops within a piece; nothing stays.</param>
    /// <returns>How many tensors there are, and how many of them were given another type.</returns>
    /// <exception cref="PruningException">A number is too large for F16 (<see cref="PruningFault.Overflow"/>), or the destination is
    /// taken.</exception>
    /// <exception cref="ConfigException">A part is missing, or parts do not belong together.</exception>
    public static (int Tensors, int Converted) Run(
        string source, SafetensorsDType? type, string destination, Func<Backend> backend, bool overwrite = false,
        IProgress<RewriteProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        ArgumentNullException.ThrowIfNull(backend);
        if (type is { } asked && !Narrowing.IsTarget(asked)) throw new ArgumentOutOfRangeException(nameof(type), type, "expected F32, F16 or BF16");
        if (Directory.Exists(destination)) Throw.OutputExists(destination, "is a folder; name a file");
        if (File.Exists(destination) && !overwrite) Throw.OutputExists(destination, "already exists; name another file, or allow overwriting");
        using var pipeline = Open(source);
        if (pipeline.Files.Any(file => Path.GetFullPath(file) == Path.GetFullPath(destination)))
            Throw.OutputExists(destination, "is the source itself, which is never changed; name another file");

        var writer = new SafetensorsWriter();
        foreach (var (key, text) in pipeline.Metadata) writer.Metadata[key] = text;
        using var meter = new ByteMeter(progress, pipeline.Networks.Sum(network => Bytes(network.Source)));
        meter.Begin(Path.GetFileName(destination));
        var (tensors, converted) = (0, 0);
        foreach (var (network, prefix) in pipeline.Networks)
        {
            foreach (string key in network.Keys)
            {
                network.TryDescribe(key, out var found);
                if (found!.Type is not { } stored) continue;
                var target = type ?? Stored(stored);
                if (target != Stored(stored)) converted++;
                tensors++;
                long[] axes = [.. Enumerable.Range(0, found.Shape.Rank).Select(i => (long)found.Shape[i])];
                writer.Add(prefix + key, target, axes, stream =>
                {
                    Copy(network.Read(key), target, stream);
                    meter.Add(found.Shape.Count * stored.Size());
                });
            }
        }
        if (pipeline.Prompt is { } read)
        {
            using Backend on = backend();
            var prompt = read(on, cancellation);
            writer.Add(OneStepFile.PromptTensor, SafetensorsDType.Float32,
                [prompt.ContextShape[0], prompt.ContextShape[1], prompt.ContextShape[2]], MemoryMarshal.AsBytes(prompt.Context.Span).ToArray());
            tensors++;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(destination))!);
        writer.Write(destination, cancellation);
        return (tensors, converted);
    }

    static OpenPipeline Open(string path)
    {
        if (OneStepFolder.LooksLikeOne(path))
        {
            var checkpoint = OneStepFolder.Open(path);
            return new OpenPipeline([checkpoint.Weights], checkpoint.Unet.ContextChannels > 0 ? checkpoint.Prompt : null,
                new()
                {
                    ["license"] = checkpoint.Recipe.License,
                    [OneStepFile.RecipeKey] = OneStepRecipeJson.Write(checkpoint.Recipe),
                    [OneStepFile.UnetKey] = UnetConfigJson.Write(checkpoint.Unet),
                    [OneStepFile.VaeKey] = checkpoint.Vae.Write(),
                },
                (OneStepFile.UnetPrefix, () => checkpoint.OpenUnet()), (OneStepFile.VaePrefix, checkpoint.OpenVae));
        }
        if (X4Folder.LooksLikeOne(path))
        {
            var checkpoint = X4Folder.Open(path);
            return new OpenPipeline(checkpoint.Files, checkpoint.ReadPrompt, Configs(checkpoint.Parts, X4Folder.ConfigFiles, X4Folder.Index, checkpoint.Unet),
                (OneStepFile.UnetPrefix, checkpoint.OpenUnet), (OneStepFile.VaePrefix, checkpoint.OpenVae));
        }
        var latent = LdmSrFolder.Open(path);
        return new OpenPipeline(latent.Files, null, Configs(latent.Parts, LdmSrFolder.ConfigFiles, LdmSrFolder.Index, unet: null),
            (OneStepFile.UnetPrefix, latent.OpenUnet), (LdmSrFolder.VqFolder + ".", latent.OpenVq));
    }

    // The texts as they are, and what makes the file known for what it is.
    static Dictionary<string, string> Configs(PipelineParts parts, IReadOnlyList<string> files, string index, UnetConfig? unet)
    {
        var metadata = new Dictionary<string, string> { [PipelineParts.MetadataPrefix + PipelineParts.IndexFile] = index };
        if (unet is not null) metadata[$"{PipelineParts.MetadataPrefix}{OneStepFolder.UnetFolder}/{ConfigFile.Name}"] = OutputLayout.Config(unet);
        foreach (string file in files)
            if (parts.HasConfig(file)) metadata[PipelineParts.MetadataPrefix + file] = parts.Config(file).GetRawText();
        return metadata;
    }

    // Networks of a pipeline with what stands before their keys; closed together.
    sealed class OpenPipeline : IDisposable
    {
        readonly List<(WeightSource Source, string Prefix)> _networks = [];

        public OpenPipeline(IReadOnlyList<string> files, Func<Backend, CancellationToken, PromptEmbeddings>? prompt, Dictionary<string, string> metadata,
            params ReadOnlySpan<(string Prefix, Func<WeightSource> Open)> networks)
        {
            (Files, Prompt, Metadata) = (files, prompt, metadata);
            try
            {
                foreach (var (prefix, open) in networks) _networks.Add((open(), prefix));
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public IReadOnlyList<string> Files { get; }

        public Func<Backend, CancellationToken, PromptEmbeddings>? Prompt { get; }

        public IReadOnlyDictionary<string, string> Metadata { get; }

        public IReadOnlyList<(WeightSource Source, string Prefix)> Networks => _networks;

        public void Dispose()
        {
            foreach (var (source, _) in _networks) source.Dispose();
        }
    }

    static long Bytes(WeightSource source) => source.Keys.Sum(key => source.TryDescribe(key, out var found) && found.Type is { } type
        ? found.Shape.Count * type.Size() : 0);

    static SafetensorsDType Stored(DType type) => type switch
    {
        DType.F16 => SafetensorsDType.Float16,
        DType.BF16 => SafetensorsDType.BFloat16,
        _ => SafetensorsDType.Float32,
    };

    static void Copy(HostTensor tensor, SafetensorsDType target, Stream destination)
    {
        if (target == Stored(tensor.Type))
        {
            destination.Write(tensor.Bytes);
            return;
        }
        float[] values = tensor.ToArray();
        byte[] narrow = new byte[(long)values.Length * target.BitCount() / 8];
        Narrowing.FromSingle(values, target, narrow);
        if (target == SafetensorsDType.Float16)
            foreach (float value in values)
                if (float.IsFinite(value) && MathF.Abs(value) >= 65520)
                    Throw.Overflow(tensor.Name!, $"holds {value:G6}; the largest F16 is 65504. BF16 has the range of float32");
        destination.Write(narrow);
    }
}
