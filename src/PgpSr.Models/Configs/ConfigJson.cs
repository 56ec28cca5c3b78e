using System.Collections.Immutable;
using System.Text.Json;

namespace PgpSr.Models;

/// <summary>Typed reading of a diffusers configuration: each error names the key and what stood there.</summary>
readonly struct ConfigJson
{
    readonly JsonElement _json;
    readonly string _file;

    public ConfigJson(JsonElement json, string file)
    {
        if (json.ValueKind != JsonValueKind.Object) throw new ConfigException(file, "expected a JSON object");
        _json = json;
        _file = file;
    }

    /// <summary>An object that has no settings but the known ones.</summary>
    public static ConfigJson Strict(JsonElement element, ImmutableArray<string> known, string file)
    {
        var json = new ConfigJson(element, file);
        foreach (var property in element.EnumerateObject())
            if (!known.Contains(property.Name))
                throw new ConfigException(file, $"unknown setting {property.Name}; the settings are {string.Join(", ", known)}");
        return json;
    }

    public bool Has(string key) => _json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>True if the key is there and null, which for some settings differs from absence.</summary>
    public bool IsNull(string key) => _json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Null;

    public JsonElement this[string key] => Has(key) ? _json.GetProperty(key) : throw new ConfigException(_file, $"{key} is missing");

    public ConfigException Wrong(string key, string expected) =>
        new(_file, $"{key} is {Shorten(Has(key) ? _json.GetProperty(key).GetRawText() : "null")}; expected {expected}");

    public int Integer(string key, int? absent = null)
    {
        if (absent is { } value && !Has(key)) return value;
        return Integer(key, this[key]);
    }

    public float Number(string key, float absent) => !Has(key) ? absent
        : this[key] is { ValueKind: JsonValueKind.Number } value && value.TryGetSingle(out float number)
            && float.IsFinite(number) ? number : throw Wrong(key, "a number");

    public string Text(string key, string absent) => !Has(key) ? absent
        : this[key] is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw Wrong(key, "a string");

    public bool Flag(string key, bool absent) => !Has(key) ? absent
        : this[key].ValueKind is JsonValueKind.True or JsonValueKind.False ? this[key].GetBoolean() : throw Wrong(key, "true or false");

    public bool RequiredFlag(string key) =>
        this[key].ValueKind is JsonValueKind.True or JsonValueKind.False ? this[key].GetBoolean() : throw Wrong(key, "true or false");

    public int Bounded(string key, int least, int most) =>
        Integer(key) is var value && value >= least && value <= most ? value : throw Wrong(key, $"{least} to {most}");

    public ImmutableArray<int> Integers(string key)
    {
        if (this[key].ValueKind != JsonValueKind.Array) throw Wrong(key, "a list of whole numbers");
        var self = this;
        return [.. this[key].EnumerateArray().Select(value => self.Integer(key, value))];
    }

    public ImmutableArray<string> Texts(string key)
    {
        if (this[key].ValueKind != JsonValueKind.Array || this[key].EnumerateArray().Any(v => v.ValueKind != JsonValueKind.String))
            throw Wrong(key, "a list of strings");
        return [.. this[key].EnumerateArray().Select(value => value.GetString()!)];
    }

    /// <summary>One number for all, or one for each of <paramref name="count"/> levels.</summary>
    public ImmutableArray<int> PerLevel(string key, int count)
    {
        if (this[key].ValueKind == JsonValueKind.Number) return [.. Enumerable.Repeat(Integer(key), count)];
        var values = Integers(key);
        return values.Length == count ? values : throw Wrong(key, $"{count} numbers, one a level");
    }

    public void Only(string key, string supported)
    {
        if (Text(key, supported) != supported) throw Wrong(key, $"'{supported}'");
    }

    public int Integer(string key, JsonElement value) => value.ValueKind == JsonValueKind.Number
        && value.TryGetInt32(out int number) && number is >= 0 and <= 1 << 24 ? number : throw Wrong(key, "a whole number of reasonable size");

    static string Shorten(string text) => text.Length <= 80 ? text : text[..77] + "...";
}
