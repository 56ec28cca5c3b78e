using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace PgpSr.Safetensors;

/// <summary>
/// Reads the header's JSON token by token: duplicate keys and fractions are errors that a document model would swallow.
/// Everything allocated here is bounded by the header's own length.
/// </summary>
sealed class HeaderParser(string fileName)
{
    internal readonly record struct Tensor(string Name, SafetensorsDType DType, ImmutableArray<long> Shape, long Begin, long End);

    // The recursion limit of the reference implementation's JSON reader (serde_json).
    const int MaxDepth = 128;

    readonly OrderedDictionary<string, string> _metadata = [];
    readonly HashSet<string> _names = [];
    string? _tensor;

    public List<Tensor> Tensors { get; } = [];

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    public void Run(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            ReadHeader(ref reader);
            // One more call checks that nothing but white space follows.
            reader.Read();
        }
        catch (JsonException e)
        {
            Throw.Broken(SafetensorsRule.HeaderNotJson, fileName, _tensor, $"the header is not valid JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // What the reader throws for an escape that is half of a surrogate pair.
            Throw.Broken(SafetensorsRule.HeaderNotJson, fileName, _tensor, "the header holds a string that is not valid Unicode.", e);
        }
    }

    void ReadHeader(ref Utf8JsonReader reader)
    {
        while (Next(ref reader) != JsonTokenType.EndObject)
        {
            _tensor = null;
            var name = reader.GetString()!;
            if (!_names.Add(name)) Throw.Broken(SafetensorsRule.DuplicateKey, fileName, name, "the header holds this key twice.");
            var value = Next(ref reader);
            if (name == "__metadata__")
            {
                ReadMetadata(ref reader, value);
                continue;
            }

            _tensor = name;
            if (value != JsonTokenType.StartObject)
                Throw.Broken(SafetensorsRule.TensorNotObject, fileName, name, "the header describes it by something other than an object.");
            Tensors.Add(ReadTensor(ref reader, name));
        }

        _tensor = null;
    }

    void ReadMetadata(ref Utf8JsonReader reader, JsonTokenType value)
    {
        // The reference implementation reads null as "no metadata".
        if (value == JsonTokenType.Null) return;
        if (value != JsonTokenType.StartObject) Throw.Broken(SafetensorsRule.MetadataNotStrings, fileName, null, "__metadata__ is not an object.");
        while (Next(ref reader) != JsonTokenType.EndObject)
        {
            var key = reader.GetString()!;
            if (Next(ref reader) != JsonTokenType.String)
                Throw.Broken(
                    SafetensorsRule.MetadataNotStrings, fileName, null,
                    $"__metadata__ holds a value that is not a string, under '{Excerpt(key)}'.");
            if (!_metadata.TryAdd(key, reader.GetString()!))
                Throw.Broken(SafetensorsRule.DuplicateKey, fileName, null, $"__metadata__ holds the key '{Excerpt(key)}' twice.");
        }
    }

    Tensor ReadTensor(ref Utf8JsonReader reader, string name)
    {
        SafetensorsDType? dtype = null;
        ImmutableArray<long>? shape = null;
        (long Begin, long End)? offsets = null;
        while (Next(ref reader) != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("dtype"u8))
            {
                RefuseSecond(dtype.HasValue, name, "dtype");
                dtype = ReadDType(ref reader, name);
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                RefuseSecond(shape.HasValue, name, "shape");
                shape = ReadShape(ref reader, name);
            }
            else if (reader.ValueTextEquals("data_offsets"u8))
            {
                RefuseSecond(offsets.HasValue, name, "data_offsets");
                offsets = ReadOffsets(ref reader, name);
            }
            else
            {
                // Fields of later versions: the reference implementation ignores what it does not know.
                Next(ref reader);
                reader.Skip();
            }
        }

        if (dtype is null || shape is null || offsets is null)
        {
            var missing = dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets";
            Throw.Broken(SafetensorsRule.FieldMissing, fileName, name, $"its {missing} is missing in the header.");
        }

        return new(name, dtype.Value, shape.Value, offsets.Value.Begin, offsets.Value.End);
    }

    SafetensorsDType ReadDType(ref Utf8JsonReader reader, string name)
    {
        if (Next(ref reader) != JsonTokenType.String) Throw.Broken(SafetensorsRule.DTypeUnknown, fileName, name, "its dtype is not a string.");
        var text = reader.GetString()!;
        if (!SafetensorsDTypes.TryParse(text, out var dtype))
            Throw.Broken(SafetensorsRule.DTypeUnknown, fileName, name, $"its dtype '{Excerpt(text)}' is not defined in this version of the format.");
        return dtype;
    }

    ImmutableArray<long> ReadShape(ref Utf8JsonReader reader, string name)
    {
        if (Next(ref reader) != JsonTokenType.StartArray) Throw.Broken(SafetensorsRule.ShapeInvalid, fileName, name, "its shape is not an array.");
        var shape = ImmutableArray.CreateBuilder<long>();
        while (Next(ref reader) != JsonTokenType.EndArray)
            shape.Add(WholeNumber(ref reader, name, SafetensorsRule.ShapeInvalid, SafetensorsRule.ShapeOverflow, "dimension"));
        return shape.DrainToImmutable();
    }

    (long Begin, long End) ReadOffsets(ref Utf8JsonReader reader, string name)
    {
        const SafetensorsRule Rule = SafetensorsRule.OffsetsInvalid;
        if (Next(ref reader) != JsonTokenType.StartArray) Throw.Broken(Rule, fileName, name, "its data_offsets are not an array.");
        Next(ref reader);
        var begin = WholeNumber(ref reader, name, Rule, Rule, "offset");
        Next(ref reader);
        var end = WholeNumber(ref reader, name, Rule, Rule, "offset");
        if (Next(ref reader) != JsonTokenType.EndArray) Throw.Broken(Rule, fileName, name, "its data_offsets have more than two elements.");
        return (begin, end);
    }

    long WholeNumber(ref Utf8JsonReader reader, string name, SafetensorsRule invalid, SafetensorsRule overflow, string what)
    {
        if (reader.TokenType != JsonTokenType.Number) Throw.Broken(invalid, fileName, name, $"a whole number was expected as its {what}.");
        var digits = reader.ValueSpan;
        if (digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            Throw.Broken(
                invalid, fileName, name,
                $"'{Excerpt(System.Text.Encoding.UTF8.GetString(digits))}' is not a valid {what}: it must be a whole number, not negative.");
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            Throw.Broken(overflow, fileName, name, $"the {what} {Excerpt(System.Text.Encoding.UTF8.GetString(digits))} does not fit 63 bits.");
        return number;
    }

    JsonTokenType Next(ref Utf8JsonReader reader)
    {
        // The reader itself refuses an end inside an object or array; this guards the loops all the same.
        if (!reader.Read()) Throw.Broken(SafetensorsRule.HeaderNotJson, fileName, _tensor, "the header's JSON ends early.");
        return reader.TokenType;
    }

    void RefuseSecond(bool present, string name, string field)
    {
        if (present) Throw.Broken(SafetensorsRule.DuplicateKey, fileName, name, $"the header has its '{field}' twice.");
    }

    static string Excerpt(string text) => text.Length <= 200 ? text : string.Concat(text.AsSpan(0, 200), "…");
}
