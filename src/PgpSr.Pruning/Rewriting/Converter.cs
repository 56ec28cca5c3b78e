using System.Runtime.InteropServices;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Safetensors;
using PgpSr.Tensors;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace PgpSr.Pruning;

/// <summary>Rewrites checkpoints as one safetensors file: from PyTorch's zip form, from shards, from one width of numbers to another.</summary>
static class Converter
{
    // Numbers a piece: a megabyte of singles.
    const int Piece = 1 << 18;

    /// <summary>Converts a checkpoint. It appears whole or not at all; the source is only read.</summary>
    /// <param name="source">A safetensors file, index or folder, or a PyTorch zip file (known by its content, whatever its name); or
    /// the files of a model that is published in parts.</param>
    /// <param name="type">F32, F16 or BF16 for every tensor of real numbers; null to leave them as they are. Tensors of whole numbers are
    /// copied.</param>
    /// <param name="destination">The file.</param>
    /// <param name="overwrite">Replaces a file that is there.</param>
    /// <param name="progress">Told some times a second.</param>
    /// <param name="cancellation">Stops within a piece; nothing stays.</param>
    /// <returns>How many tensors there are, and how many of them were given another type.</returns>
    /// <exception cref="PruningException">A number is too large for F16 (<see cref="PruningFault.Overflow"/>), or the destination is
    /// taken.</exception>
    /// <exception cref="PgpSrException">The source is damaged.</exception>
    /// <exception cref="IOException">The destination cannot be written to.</exception>
    public static (int Tensors, int Converted) Run(
        string source, SafetensorsDType? type, string destination, bool overwrite = false,
            IProgress<RewriteProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        if (type is { } asked && !Narrowing.IsTarget(asked)) throw new ArgumentOutOfRangeException(nameof(type), type, "expected F32, F16 or BF16");
        if (!File.Exists(source) && !Directory.Exists(source)) Throw.NotAModel(source, "there is no such file or folder");
        // What is published in parts becomes one whole, and what has several namings one.
        using var files = AdcSrFolder.LooksLikeOne(source) ? TensorFiles.OpenAdcSr(source)
            : RealEsrganFile.LooksLikeOne(source) ? TensorFiles.OpenRealEsrgan(source) : TensorFiles.Open(source);
        if (files.Paths.Any(path => Path.GetFullPath(path) == Path.GetFullPath(destination)))
            Throw.OutputExists(destination, "is the source itself, which is never changed; name another file");
        if (Directory.Exists(destination)) Throw.OutputExists(destination, "is a folder; name a file");
        if (File.Exists(destination) && !overwrite) Throw.OutputExists(destination, "already exists; name another file, or allow overwriting");

        var writer = new SafetensorsWriter();
        foreach (var (key, value) in files.Metadata) writer.Metadata[key] = value;
        using var meter = new ByteMeter(progress, files.Tensors.Sum(t => t.ByteCount));
        meter.Begin(Path.GetFileName(destination));
        int converted = 0;
        foreach (var tensor in files.Tensors)
        {
            bool change = type is { } target && target != tensor.Type && IsReal(tensor.Type);
            if (change) converted++;
            writer.Add(tensor.Name, change ? type!.Value : tensor.Type, tensor.Shape.AsSpan(), stream =>
            {
                if (change) Convert(tensor, type!.Value, stream);
                else tensor.CopyTo(stream);
                meter.Add(tensor.ByteCount);
            });
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(destination))!);
        writer.Write(destination, cancellation);
        return (files.Tensors.Count, converted);
    }

    static bool IsReal(SafetensorsDType type) =>
        type is SafetensorsDType.Float64 or SafetensorsDType.Float32 or SafetensorsDType.Float16 or SafetensorsDType.BFloat16;

    static void Convert(StoredTensor tensor, SafetensorsDType type, Stream destination)
    {
        int from = tensor.Type.BitCount() / 8, to = type.BitCount() / 8;
        long count = tensor.ByteCount / from;
        byte[] stored = new byte[Math.Min(Piece, count) * from], narrowed = new byte[Math.Min(Piece, count) * to];
        var values = new float[Math.Min(Piece, count)];
        for (long first = 0; first < count; first += Piece)
        {
            int length = (int)Math.Min(Piece, count - first);
            var (input, singles, output) = (stored.AsMemory(0, length * from), values.AsMemory(0, length), narrowed.AsMemory(0, length * to));
            tensor.Read(first * from, input.Span);
            Widening(tensor, input.Span, singles.Span);
            Narrowing.FromSingle(singles.Span, type, output.Span);
            if (type == SafetensorsDType.Float16) RefuseOverflow(tensor, singles.Span, output.Span);
            destination.Write(output.Span);
        }
    }

    static void Widening(StoredTensor tensor, ReadOnlySpan<byte> stored, Span<float> values)
    {
        if (tensor.Type != SafetensorsDType.Float64)
        {
            Widen.ToSingle(WeightDescription.OfStored(tensor.Type, tensor.Shape).Type!.Value, stored, values);
            return;
        }
        var doubles = MemoryMarshal.Cast<byte, double>(stored);
        Primitives.ConvertTruncating(doubles, values);
        for (int i = 0; i < values.Length; i++)
            if (float.IsInfinity(values[i]) && double.IsFinite(doubles[i]))
                Throw.Overflow(tensor.Name, $"holds {doubles[i]:G4}, which does not fit a float32");
    }

    static void RefuseOverflow(StoredTensor tensor, ReadOnlySpan<float> values, ReadOnlySpan<byte> halves)
    {
        if (Primitives.IsFiniteAll(MemoryMarshal.Cast<byte, Half>(halves))) return;
        for (int i = 0; i < values.Length; i++)
            if (float.IsFinite(values[i]) && MathF.Abs(values[i]) >= 65520) // what rounds to infinity: half a step above the largest half, 65504
                Throw.Overflow(tensor.Name, $"holds {values[i]:G6}; the largest F16 is 65504. BF16 has the range of float32");
    }
}
