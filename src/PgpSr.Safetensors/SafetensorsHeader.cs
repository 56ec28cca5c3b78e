using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Unicode;

namespace PgpSr.Safetensors;

/// <summary>
/// The validated header of a file: eight bytes of length, JSON, and then the tensors back to back.
/// Follows the rules of the reference implementation (huggingface/safetensors, <c>tensor.rs</c>) and of the format's description.
/// length &gt; UTF-8 &gt; JSON fields &gt; offsets without hole or overlap &gt; sizes &gt; end of file.
/// </summary>
public sealed class SafetensorsHeader
{
    /// <summary>The largest header that the reference implementation accepts, in bytes.</summary>
    public const int MaxLength = 100_000_000;

    /// <summary>The bytes before the header, which hold its length.</summary>
    public const int LengthPrefix = 8;

    SafetensorsHeader(IReadOnlyDictionary<string, string> metadata, ImmutableArray<TensorEntry> tensors, long bodyOffset)
    {
        Metadata = metadata;
        Tensors = tensors;
        BodyOffset = bodyOffset;
    }

    /// <summary>The strings of <c>__metadata__</c>, in the file's order; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors in the order of their bytes.</summary>
    public ImmutableArray<TensorEntry> Tensors { get; }

    /// <summary>Where the first tensor begins, counted from the start of the file.</summary>
    public long BodyOffset { get; }

    /// <summary>Reads and checks the header of a file in memory.</summary>
    /// <exception cref="SafetensorsException">A rule is broken; the exception says which.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> file, string fileName) => Parse(file, file.Length, fileName);

    /// <summary>Reads and checks a header against a file of which only the beginning is available.</summary>
    /// <param name="start">The first bytes of the file: all of it, or at least <see cref="LengthPrefix"/> and the header.</param>
    /// <param name="fileLength">The length of the whole file in bytes.</param>
    /// <param name="fileName">The name that errors carry.</param>
    /// <exception cref="SafetensorsException">A rule is broken; the exception says which.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> start, long fileLength, string fileName)
    {
        ArgumentNullException.ThrowIfNull(fileName);
        ArgumentOutOfRangeException.ThrowIfLessThan(fileLength, start.Length);

        var json = HeaderBytes(start, fileLength, fileName);
        var parser = new HeaderParser(fileName);
        parser.Run(json);
        var bodyOffset = (long)LengthPrefix + json.Length;
        return new(parser.Metadata, Place(parser.Tensors, bodyOffset, fileLength - bodyOffset, fileName), bodyOffset);
    }

    static ReadOnlySpan<byte> HeaderBytes(ReadOnlySpan<byte> start, long fileLength, string fileName)
    {
        if (start.StartsWith("version https://git-lfs.github.com/spec/"u8))
        {
            Throw.Broken(
                SafetensorsRule.GitLfsPointer, fileName, null,
                "this is a Git LFS pointer, not the file itself; run 'git lfs pull' or download the file.");
        }

        if (start.Length < LengthPrefix)
        {
            Throw.Broken(
                SafetensorsRule.FileTooSmall,
                fileName,
                null,
                $"the file has {fileLength} bytes; the header length alone takes {LengthPrefix}. It may be an unfinished download.");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > MaxLength)
        {
            if (OtherFormats.Describe(start) is { } other) Throw.Broken(SafetensorsRule.OtherFormat, fileName, null, other);
            Throw.Broken(
                SafetensorsRule.HeaderTooLarge,
                fileName,
                null,
                $"the header claims {length} bytes; at most {MaxLength} are allowed. It is probably not a safetensors file.");
        }

        var count = (int)length;
        if (count > fileLength - LengthPrefix)
        {
            Throw.Broken(
                SafetensorsRule.HeaderPastEnd,
                fileName,
                null,
                $"the header claims {count} bytes, but only {fileLength - LengthPrefix} follow its length. It may be an unfinished download.");
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, start.Length - LengthPrefix, nameof(start));
        var json = start.Slice(LengthPrefix, count);
        if (!Utf8.IsValid(json)) Throw.Broken(SafetensorsRule.HeaderNotUtf8, fileName, null, "the header is not valid UTF-8.");
        if (json.IsEmpty || json[0] != (byte)'{')
            Throw.Broken(SafetensorsRule.HeaderNotObject, fileName, null, "the header does not begin with '{'.");
        return json;
    }

    static ImmutableArray<TensorEntry> Place(List<HeaderParser.Tensor> tensors, long bodyOffset, long bodyLength, string fileName)
    {
        // Files of older writers list tensors in any order; the rules are about the order of the bytes.
        var ordered = tensors.OrderBy(t => t.Begin).ThenBy(t => t.End);
        var entries = ImmutableArray.CreateBuilder<TensorEntry>(tensors.Count);
        var end = 0L;
        foreach (var t in ordered)
        {
            if (t.End < t.Begin)
                Throw.Broken(SafetensorsRule.OffsetsReversed, fileName, t.Name, $"its bytes end at {t.End}, before they begin at {t.Begin}.");
            if (t.Begin > end)
                Throw.Broken(SafetensorsRule.OffsetsHole, fileName, t.Name, $"it begins at byte {t.Begin}, but the tensor before it ends at {end}.");
            if (t.Begin < end)
                Throw.Broken(
                    SafetensorsRule.OffsetsOverlap, fileName, t.Name,
                    $"it begins at byte {t.Begin}, inside the tensor before it, which ends at {end}.");

            var (elements, bytes) = Measure(t, fileName);
            if (t.End - t.Begin != bytes)
            {
                Throw.Broken(
                    SafetensorsRule.SizeMismatch,
                    fileName,
                    t.Name,
                    $"{t.DType.Name()} of this shape takes {bytes} bytes, but its offsets span {t.End - t.Begin}.");
            }

            if (t.End > bodyLength)
            {
                Throw.Broken(
                    SafetensorsRule.BodyTruncated,
                    fileName,
                    t.Name,
                    $"its bytes end at {t.End}, but only {bodyLength} follow the header. It may be an unfinished download.");
            }

            end = t.End;
            entries.Add(new(t.Name, t.DType, t.Shape, elements, bodyOffset + t.Begin, bytes));
        }

        if (end != bodyLength)
        {
            Throw.Broken(
                SafetensorsRule.BodyExtra, fileName, null, $"the tensors end at byte {end} after the header, but {bodyLength} bytes follow it.");
        }

        return entries.MoveToImmutable();
    }

    static (long Elements, long Bytes) Measure(HeaderParser.Tensor t, string fileName)
    {
        if (!TryMeasure(t.DType, t.Shape, out var elements, out var bits))
            Throw.Broken(
                SafetensorsRule.ShapeOverflow, fileName, t.Name,
                "the product of its dimensions and its element width does not fit 63 bits.");
        if (bits % 8 != 0)
            Throw.Broken(SafetensorsRule.SubByteMisaligned, fileName, t.Name, $"{elements} elements of {t.DType.Name()} do not fill whole bytes.");
        return (elements, bits / 8);
    }

    internal static bool TryMeasure(SafetensorsDType dtype, ImmutableArray<long> shape, out long elements, out long bits)
    {
        try
        {
            elements = 1;
            foreach (var dimension in shape) elements = checked(elements * dimension);
            bits = checked(elements * dtype.BitCount());
            return true;
        }
        catch (OverflowException)
        {
            elements = bits = 0;
            return false;
        }
    }
}
