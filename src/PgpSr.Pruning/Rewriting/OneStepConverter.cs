using System.Runtime.InteropServices;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Safetensors;
using PgpSr.Tensors;

namespace PgpSr.Pruning;

/// <summary>
/// Rewrites a one-step restorer (base model, adapters, prompt) as one safetensors file, adapters merged: loading it reads it once, and no text
/// encoder is needed again.
/// </summary>
static class OneStepConverter
{
    /// <summary>Whether a folder or file is a one-step restorer, so that <see cref="Run"/> and not <see cref="Converter"/> is for it.</summary>
    public static bool Accepts(string path) => OneStepFolder.LooksLikeOne(path);

    /// <summary>Merges and writes. The file appears whole or not at all; the sources are only read.</summary>
    /// <param name="source">A folder of base model and adapters, or a merged file.</param>
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
        if (File.Exists(destination) && !overwrite)
            Throw.OutputExists(destination, "already exists; name another file, or allow overwriting");
        var checkpoint = OneStepFolder.Open(source);
        if (Path.GetFullPath(checkpoint.Weights) == Path.GetFullPath(destination))
            Throw.OutputExists(destination, "is the source itself, which is never changed; name another file");

        var writer = new SafetensorsWriter();
        writer.Metadata["license"] = checkpoint.Recipe.License;
        writer.Metadata[OneStepFile.RecipeKey] = OneStepRecipeJson.Write(checkpoint.Recipe);
        writer.Metadata[OneStepFile.UnetKey] = ExplicitUnetConfig.Write(checkpoint.Unet);
        writer.Metadata[OneStepFile.VaeKey] = OneStepFile.Write(checkpoint.Vae);
        using WeightSource unet = checkpoint.OpenUnet(), vae = checkpoint.OpenVae();
        using var meter = new ByteMeter(progress, Bytes(unet) + Bytes(vae));
        meter.Begin(Path.GetFileName(destination));
        var (tensors, converted) = (0, 0);
        foreach (var (network, prefix) in (ReadOnlySpan<(WeightSource, string)>)[(unet, OneStepFile.UnetPrefix), (vae, OneStepFile.VaePrefix)])
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
        if (checkpoint.Unet.ContextChannels > 0)
        {
            using Backend on = backend();
            var prompt = checkpoint.Prompt!(on, cancellation);
            writer.Add(OneStepFile.PromptTensor, SafetensorsDType.Float32,
                [prompt.ContextShape[0], prompt.ContextShape[1], prompt.ContextShape[2]], MemoryMarshal.AsBytes(prompt.Context.Span).ToArray());
            tensors++;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(destination))!);
        writer.Write(destination, cancellation);
        return (tensors, converted);
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
