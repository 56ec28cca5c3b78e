using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace PgpSr.Models;

/// <summary>What becomes of members of a JSON object that a walk does not name.</summary>
enum UnknownMembers
{
    /// <summary>An error, because each would change the result: forms of our own.</summary>
    Refused,

    /// <summary>An error, unless they are null or begin with an underscore: diffusers' networks, whose settings are all known.</summary>
    RefusedIfSet,

    /// <summary>Nothing: files that list much beside the network, such as transformers'.</summary>
    Ignored,
}

/// <summary>
/// The members of a JSON object as settings, in both directions: a walk names each setting once, with what it is where it is absent, and by the same
/// walk settings are read and written. While writing, every method writes the value that it is given and returns it; while reading, the value is not
/// looked at. Each error names the file and the member, with the way to it.
/// </summary>
sealed class ConfigJson
{
    const int MaxInteger = 1 << 24, MaxDepth = 16, MaxShown = 80;

    readonly string _file, _path;
    readonly JsonElement _json;
    readonly Utf8JsonWriter? _writer;
    readonly bool _writesDefaults;
    readonly List<string> _known = [];

    ConfigJson(JsonElement json, string file, string path)
    {
        (_json, _file, _path) = (json, file, path);
        if (json.ValueKind != JsonValueKind.Object)
            throw new ConfigException(file, path.Length == 0 ? "expected a JSON object" : $"{path.TrimEnd('.')} is not a JSON object");
    }

    ConfigJson(Utf8JsonWriter writer, bool writesDefaults) => (_writer, _writesDefaults, _file, _path) = (writer, writesDefaults, "", "");

    /// <summary>A JSON text, for <see cref="Read"/>. No member may stand in an object twice.</summary>
    /// <exception cref="ConfigException">It is not JSON.</exception>
    public static JsonElement Parse(string text, string file)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Parse(Encoding.UTF8.GetBytes(text), file);
    }

    internal static JsonElement Parse(ReadOnlyMemory<byte> text, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new ConfigException(file, $"is not valid JSON: {e.Message}");
        }
    }

    /// <summary>Reads an object.</summary>
    /// <exception cref="ConfigException">A setting is missing, unknown or malformed, or contradicts another (an
    /// <see cref="ArgumentException"/> of the walk).</exception>
    public static T Read<T>(JsonElement json, string file, Func<ConfigJson, T> walk, UnknownMembers unknown = UnknownMembers.Refused)
    {
        ArgumentNullException.ThrowIfNull(walk);
        var settings = new ConfigJson(json, file, "");
        try
        {
            var result = walk(settings);
            settings.RefuseUnknown(unknown);
            return result;
        }
        catch (ArgumentException e)
        {
            throw new ConfigException(file, e.Message);
        }
    }

    /// <summary>Writes an object.</summary>
    /// <param name="walk">Names and gives the settings.</param>
    /// <param name="forOthers">Indented, and with the settings that are what an absent one would be.</param>
    public static string Write(Action<ConfigJson> walk, bool forOthers = false)
    {
        ArgumentNullException.ThrowIfNull(walk);
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = forOthers }))
        {
            writer.WriteStartObject();
            walk(new ConfigJson(writer, forOthers));
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>A member that must be there, as it stands.</summary>
    public JsonElement Value(string key) => Has(key) ? _json.GetProperty(key) : throw new ConfigException(_file, $"{_path}{key} is missing");

    /// <summary>Whether a member is there and not null.</summary>
    public bool Has(string key) => Found(key) is { ValueKind: not JsonValueKind.Null };

    /// <summary>Whether a member is there, be it null.</summary>
    public bool Says(string key) => Found(key) is not null;

    /// <summary>The error that a member is not what it should be.</summary>
    public ConfigException Wrong(string key, string expected) => Wrong(key, Found(key)?.GetRawText() ?? "null", expected);

    /// <summary>A whole number.</summary>
    public int Integer(string key, int value = 0, int? absent = null, int low = 0, int high = MaxInteger)
    {
        if (_writer is null) return absent is { } known && !Has(key) ? known : Integer(key, Value(key), low, high);
        if (_writesDefaults || value != absent) _writer.WriteNumber(key, value);
        return value;
    }

    /// <summary>A whole number or null, which is not the same as being absent.</summary>
    public int? IntegerOrNull(string key, int? value = null, int? absent = null, int low = 0, int high = MaxInteger)
    {
        if (_writer is null) return Found(key) is { } found ? found.ValueKind == JsonValueKind.Null ? null : Integer(key, found, low, high) : absent;
        if (value is { } number) _writer.WriteNumber(key, number);
        else if (absent is not null || _writesDefaults) _writer.WriteNull(key);
        return value;
    }

    /// <summary>A number.</summary>
    public float Number(string key, float value = 0, float? absent = null, float low = float.MinValue, float high = float.MaxValue)
    {
        if (_writer is null)
        {
            if (absent is { } known && !Has(key)) return known;
            return Value(key) is { ValueKind: JsonValueKind.Number } found && found.TryGetSingle(out float number) && number >= low && number <= high
                ? number : throw Wrong(key, low == float.MinValue ? "a number" : $"a number of {low} to {high}");
        }
        if (_writesDefaults || value != absent) _writer.WriteNumber(key, value);
        return value;
    }

    /// <summary>true or false.</summary>
    public bool Flag(string key, bool value = false, bool? absent = null)
    {
        if (_writer is null)
        {
            if (absent is { } known && !Has(key)) return known;
            return Value(key).ValueKind is JsonValueKind.True or JsonValueKind.False ? Value(key).GetBoolean() : throw Wrong(key, "true or false");
        }
        if (_writesDefaults || value != absent) _writer.WriteBoolean(key, value);
        return value;
    }

    /// <summary>A text; null where it is null, or absent and nothing stands for that.</summary>
    public string? Text(string key, string? value = null, string? absent = null)
    {
        if (_writer is null)
        {
            return Found(key) is not { } found ? absent : found.ValueKind == JsonValueKind.Null ? null
                : found.ValueKind == JsonValueKind.String ? found.GetString() : throw Wrong(key, "a text");
        }
        if (_writesDefaults || value != absent) _writer.WriteString(key, value);
        return value;
    }

    /// <summary>One of several named values.</summary>
    public T Choice<T>(string key, T value, T? absent, params ReadOnlySpan<(string Name, T Value)> choices)
        where T : struct
    {
        if (_writer is null)
        {
            if (absent is { } known && !Has(key)) return known;
            string? found = Value(key).ValueKind == JsonValueKind.String ? Value(key).GetString() : null;
            foreach (var choice in choices)
                if (choice.Name == found) return choice.Value;
            throw Wrong(key, string.Join(", ", choices.ToArray().Select(choice => $"'{choice.Name}'")));
        }
        foreach (var choice in choices)
            if (EqualityComparer<T>.Default.Equals(choice.Value, value) && (_writesDefaults || !value.Equals(absent)))
                _writer.WriteString(key, choice.Name);
        return value;
    }

    /// <summary>A value of an enumeration, its name in small letters and underscores.</summary>
    public T Choice<T>(string key, T value)
        where T : struct, Enum =>
        Choice(key, value, null, [.. Enum.GetValues<T>().Select(known => (JsonNamingPolicy.SnakeCaseLower.ConvertName($"{known}"), known))]);

    /// <summary>A list of whole numbers.</summary>
    /// <param name="key">The member.</param>
    /// <param name="values">What is written.</param>
    /// <param name="count">How many there must be; null for any number.</param>
    /// <param name="one">Whether a single number stands for <paramref name="count"/> equal ones.</param>
    /// <param name="nullIs">What null in the list stands for; null to refuse it.</param>
    /// <param name="mayBeAbsent">Whether it may be absent for an empty list.</param>
    public ImmutableArray<int> Integers(
        string key, ImmutableArray<int> values = default, int? count = null, bool one = false, int? nullIs = null, bool mayBeAbsent = false)
    {
        if (_writer is null)
        {
            if (mayBeAbsent && !Has(key)) return [];
            if (one && Value(key).ValueKind == JsonValueKind.Number) return [.. Enumerable.Repeat(Integer(key), count ?? 1)];
            ImmutableArray<int> found = [.. List(key, "a list of whole numbers")
                .Select(entry => entry.ValueKind == JsonValueKind.Null && nullIs is { } known ? known : Integer(key, entry))];
            return count is null || found.Length == count ? found : throw Wrong(key, $"{count} numbers, one a level");
        }
        if (mayBeAbsent && values.IsEmpty) return values;
        _writer.WriteStartArray(key);
        foreach (int value in values)
        {
            if (value == nullIs) _writer.WriteNullValue();
            else _writer.WriteNumberValue(value);
        }
        _writer.WriteEndArray();
        return values;
    }

    /// <summary>A list of texts.</summary>
    public ImmutableArray<string> Texts(string key, ImmutableArray<string> values = default)
    {
        if (_writer is null)
        {
            const string expected = "a list of texts";
            return [.. List(key, expected).Select(entry => entry.ValueKind == JsonValueKind.String ? entry.GetString()! : throw Wrong(key, expected))];
        }
        _writer.WriteStartArray(key);
        foreach (string value in values) _writer.WriteStringValue(value);
        _writer.WriteEndArray();
        return values;
    }

    /// <summary>An object by a walk of its own.</summary>
    public T Object<T>(string key, T value, Func<ConfigJson, T, T> walk)
    {
        ArgumentNullException.ThrowIfNull(walk);
        if (_writer is null) return Nested(Value(key), $"{key}.", value, walk);
        _writer.WriteStartObject(key);
        walk(this, value);
        _writer.WriteEndObject();
        return value;
    }

    /// <summary>An object or null.</summary>
    public T? ObjectOrNull<T>(string key, T? value, T blank, Func<ConfigJson, T, T> walk)
        where T : class
    {
        if (_writer is null ? Has(key) : value is not null) return Object(key, value ?? blank, walk);
        _writer?.WriteNull(key);
        return null;
    }

    /// <summary>A list of objects, at least one.</summary>
    public ImmutableArray<T> Objects<T>(string key, ImmutableArray<T> values, T blank, int most, Func<ConfigJson, T, T> walk)
    {
        ArgumentNullException.ThrowIfNull(walk);
        if (_writer is null)
        {
            string expected = $"a list of 1 to {most} objects";
            JsonElement[] found = [.. List(key, expected)];
            if (found.Length == 0 || found.Length > most) throw Wrong(key, expected);
            return [.. found.Select((entry, i) => Nested(entry, $"{key}[{i}].", blank, walk))];
        }
        _writer.WriteStartArray(key);
        foreach (var value in values)
        {
            _writer.WriteStartObject();
            walk(this, value);
            _writer.WriteEndObject();
        }
        _writer.WriteEndArray();
        return values;
    }

    /// <summary>A member of a form that this class has no name for.</summary>
    public T Any<T>(string key, T value, Action<Utf8JsonWriter, T> write, Func<JsonElement?, T> read)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(read);
        if (_writer is null) return read(Has(key) ? Value(key) : null);
        _writer.WritePropertyName(key);
        write(_writer, value);
        return value;
    }

    /// <summary>An entry of a list as a whole number.</summary>
    public int Integer(string key, JsonElement entry, int low = 0, int high = MaxInteger) =>
        entry.ValueKind == JsonValueKind.Number && entry.TryGetInt32(out int number) && number >= low && number <= high ? number
            : throw Wrong(key, high == MaxInteger ? "a whole number of sensible size" : $"a whole number of {low} to {high}");

    /// <summary>Settings of which one value is supported, which an absent or null one stands for.</summary>
    public void Only(string key, string supported)
    {
        if ((Text(key, supported, supported) ?? supported) != supported) throw Wrong(key, $"'{supported}'");
    }

    /// <summary>The same for flags.</summary>
    public void Only(bool supported, params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
            if (Flag(key, supported, supported) != supported) throw Wrong(key, supported ? "true" : "false");
    }

    /// <summary>The same for numbers.</summary>
    public void Only(string key, float supported)
    {
        if (Number(key, supported, supported) != supported) throw Wrong(key, $"{supported}");
    }

    /// <summary>Settings that are supported where they are absent or null.</summary>
    public void Unset(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
            if (Has(key)) throw Wrong(key, "null");
    }

    /// <summary>Settings that may be anything: they do not change the result.</summary>
    public void Ignore(params ReadOnlySpan<string> keys) => _known.AddRange(keys);

    T Nested<T>(JsonElement json, string path, T value, Func<ConfigJson, T, T> walk)
    {
        var settings = new ConfigJson(json, _file, _path + path);
        var result = walk(settings, value);
        settings.RefuseUnknown(UnknownMembers.Refused);
        return result;
    }

    JsonElement? Found(string key)
    {
        if (_writer is not null) return null;
        _known.Add(key);
        return _json.TryGetProperty(key, out var value) ? value : null;
    }

    IEnumerable<JsonElement> List(string key, string expected) =>
        Value(key).ValueKind == JsonValueKind.Array ? Value(key).EnumerateArray() : throw Wrong(key, expected);

    void RefuseUnknown(UnknownMembers unknown)
    {
        if (unknown == UnknownMembers.Ignored) return;
        foreach (var member in _json.EnumerateObject())
        {
            if (_known.Contains(member.Name)) continue;
            if (unknown == UnknownMembers.RefusedIfSet && (member.Name.StartsWith('_') || member.Value.ValueKind == JsonValueKind.Null)) continue;
            throw new ConfigException(_file, $"unknown setting {_path}{member.Name}; known are {string.Join(", ", _known.Distinct())}");
        }
    }

    ConfigException Wrong(string key, string found, string expected) =>
        new(_file, $"{_path}{key} is {(found.Length <= MaxShown ? found : found[..(MaxShown - 3)] + "...")}; expected {expected}");
}
