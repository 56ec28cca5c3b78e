using System.Text.Json;

namespace PgpSr.Safetensors;

/// <summary>The <c>weight_map</c> of an index file: which tensor is in which shard. Shards are plain file names beside the index.</summary>
sealed class ShardIndex
{
    readonly OrderedDictionary<string, string> _weightMap = [];

    public IReadOnlyDictionary<string, string> WeightMap => _weightMap;

    public IEnumerable<string> Shards => _weightMap.Values.Distinct().Order(StringComparer.Ordinal);

    public static ShardIndex Read(string path)
    {
        var length = new FileInfo(path).Length;
        // The same bound as for a header: an index says less about as many tensors.
        if (length > SafetensorsHeader.MaxLength)
            Throw.Broken(
                SafetensorsRule.IndexInvalid, path, null,
                $"the index has {length} bytes; at most {SafetensorsHeader.MaxLength} are allowed.");
        return Parse(File.ReadAllBytes(path), path);
    }

    public static ShardIndex Parse(ReadOnlySpan<byte> json, string path)
    {
        if (json.StartsWith("version https://git-lfs.github.com/spec/"u8))
            Throw.Broken(
                SafetensorsRule.GitLfsPointer, path, null,
                "this is a Git LFS pointer, not the index itself; run 'git lfs pull' or download the file.");
        var index = new ShardIndex();
        try
        {
            index.ReadTop(json, path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            Throw.Broken(SafetensorsRule.IndexInvalid, path, null, $"the index is not valid JSON: {e.Message}", e);
        }

        return index;
    }

    void ReadTop(ReadOnlySpan<byte> json, string path)
    {
        var reader = new Utf8JsonReader(json);
        var seen = false;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) Throw.Broken(SafetensorsRule.IndexInvalid, path, null, "the index is not a JSON object.");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isMap = reader.ValueTextEquals("weight_map"u8);
            reader.Read();
            if (!isMap)
            {
                reader.Skip();
                continue;
            }

            if (seen) Throw.Broken(SafetensorsRule.DuplicateKey, path, null, "the index holds 'weight_map' twice.");
            seen = true;
            ReadMap(ref reader, path);
        }

        // One more call checks that nothing but white space follows.
        reader.Read();
        if (!seen) Throw.Broken(SafetensorsRule.IndexInvalid, path, null, "the index has no 'weight_map'.");
        if (_weightMap.Count == 0) Throw.Broken(SafetensorsRule.IndexInvalid, path, null, "the index lists no tensor.");
    }

    void ReadMap(ref Utf8JsonReader reader, string path)
    {
        if (reader.TokenType != JsonTokenType.StartObject) Throw.Broken(SafetensorsRule.IndexInvalid, path, null, "'weight_map' is not an object.");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var tensor = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                Throw.Broken(SafetensorsRule.IndexInvalid, path, tensor, "the index maps it to something other than a file name.");
            var shard = reader.GetString()!;
            if (!IsPlainFileName(shard))
                Throw.Broken(
                    SafetensorsRule.ShardOutsideFolder, path, tensor,
                    "the index maps it to something other than the plain name of a file beside the index.");
            if (!_weightMap.TryAdd(tensor, shard)) Throw.Broken(SafetensorsRule.DuplicateKey, path, tensor, "the index holds this key twice.");
        }
    }

    // Both separators, the drive colon and control characters are refused on every system: an index means the same everywhere.
    static bool IsPlainFileName(string name) =>
        name is not ("" or "." or "..") && name.Length <= 255 && !name.AsSpan().ContainsAny("/\\:") && !name.Any(char.IsControl);
}
