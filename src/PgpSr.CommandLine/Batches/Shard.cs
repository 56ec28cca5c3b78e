using System.CommandLine.Parsing;
using System.Globalization;

namespace PgpSr.CommandLine;

/// <summary>One of several processes that share a batch; every picture belongs to exactly one shard.</summary>
/// <param name="Index">Which, from 1.</param>
/// <param name="Count">Of how many.</param>
readonly record struct Shard(int Index, int Count)
{
    /// <summary>The parser of an option's one value, <c>i/n</c>.</summary>
    public static Shard? Parse(ArgumentResult result)
    {
        if (TryParse(result.Tokens[0].Value, out Shard shard)) return shard;
        result.AddError($"--shard {result.Tokens[0].Value}: expected i/n with i from 1 to n, for example 3/8");
        return null;
    }

    /// <summary>Reads <c>i/n</c>.</summary>
    public static bool TryParse(string text, out Shard shard)
    {
        shard = default;
        string[] parts = text.Split('/');
        if (parts.Length != 2
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            || index < 1 || index > count) return false;
        shard = new(index, count);
        return true;
    }

    /// <summary>Every <see cref="Count"/>-th item: neighbors in a folder are often of one size, so the shards get equal work.</summary>
    public IReadOnlyList<T> Of<T>(IReadOnlyList<T> items)
    {
        (int first, int count) = (Index - 1, Count);
        return [.. items.Where((_, i) => i % count == first)];
    }
}
