using System.Runtime.InteropServices;
using PgpSr.Safetensors;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>
/// What text encoders make of some prompts, on the host: a run with a fixed prompt then needs neither tokenizer nor encoders. One row a prompt.
/// </summary>
/// <param name="Context">States [rows, tokens, channels], row-major.</param>
/// <param name="ContextShape">Their shape.</param>
/// <param name="Pooled">Pooled text [rows, pooled channels]; empty where there is none.</param>
public sealed record PromptEmbeddings(ReadOnlyMemory<float> Context, Shape ContextShape, ReadOnlyMemory<float> Pooled)
{
    const string ContextKey = "context", PooledKey = "pooled", FormatKey = "format", Format = "pgpsr.prompts.1";

    /// <summary>Prompts.</summary>
    public int Rows => ContextShape[0];

    /// <summary>SDXL's form of two encoders' results: states side by side (768 + 1280 channels), pooled text of the second.</summary>
    /// <param name="ws">Workspace.</param>
    /// <param name="first">States of the first encoder [N, T, C1].</param>
    /// <param name="second">States of the second [N, T, C2].</param>
    /// <param name="pooled">Pooled projection of the second [N, P].</param>
    public static PromptEmbeddings Join(Workspace ws, Tensor first, Tensor second, Tensor pooled)
    {
        ArgumentNullException.ThrowIfNull(ws);
        using var scope = ws.Scope(nameof(Join));
        var context = ws.ConcatChannels(first, second);
        return new PromptEmbeddings(ws.Download(context), context.Shape, ws.Download(pooled));
    }

    /// <summary>One prompt of several.</summary>
    public PromptEmbeddings Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        int states = Context.Length / Rows, pooled = Pooled.Length / Rows;
        return new PromptEmbeddings(
            Context.Slice(row * states, states), new Shape(1, ContextShape[1], ContextShape[2]), Pooled.Slice(row * pooled, pooled));
    }

    /// <summary>The tensors that a UNet takes, rented from a workspace.</summary>
    public (Tensor Context, Tensor? Pooled) Upload(Workspace ws)
    {
        ArgumentNullException.ThrowIfNull(ws);
        return (ws.Upload(Context.Span, ContextShape), Pooled.IsEmpty ? null : ws.Upload(Pooled.Span, new Shape(Rows, Pooled.Length / Rows)));
    }

    /// <summary>Writes a safetensors file that <see cref="Load"/> reads.</summary>
    public void Save(string path)
    {
        var writer = new SafetensorsWriter();
        writer.Metadata[FormatKey] = Format;
        writer.Add(ContextKey, SafetensorsDType.Float32, [ContextShape[0], ContextShape[1], ContextShape[2]],
            MemoryMarshal.AsBytes(Context.Span).ToArray());
        if (!Pooled.IsEmpty)
            writer.Add(PooledKey, SafetensorsDType.Float32, [Rows, Pooled.Length / Rows], MemoryMarshal.AsBytes(Pooled.Span).ToArray());
        writer.Write(path);
    }

    /// <summary>Reads a file that <see cref="Save"/> wrote; any float type is understood.</summary>
    /// <exception cref="ConfigException">The file holds no prompt embeddings.</exception>
    /// <exception cref="SafetensorsException">The file breaks a rule of the format.</exception>
    public static PromptEmbeddings Load(string path)
    {
        using var file = SafetensorsFile.Open(path);
        if (!file.TryGet(ContextKey, out var context) || context.Shape.Length != 3 || context.Shape.Any(axis => axis is < 1 or > int.MaxValue))
            throw new ConfigException(path, $"holds no prompt embeddings: expected '{ContextKey}' [rows, tokens, channels]");
        bool hasPooled = file.TryGet(PooledKey, out var pooled);
        if (hasPooled && (pooled!.Shape.Length != 2 || pooled.Shape[0] != context.Shape[0]))
            throw new ConfigException(path, $"'{PooledKey}' is {pooled}; expected [{context.Shape[0]}, channels]");
        return new PromptEmbeddings(
            file.ReadSingles(context), new Shape((int)context.Shape[0], (int)context.Shape[1], (int)context.Shape[2]),
                hasPooled ? file.ReadSingles(pooled!) : default);
    }
}
