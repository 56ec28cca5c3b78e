using System.CommandLine.Parsing;
using System.Globalization;

namespace PgpSr.CommandLine;

/// <summary>Sizes as people write them. K, M and G are powers of 1024, with or without B or iB.</summary>
static class ByteSize
{
    /// <summary>The parser of an option's one value.</summary>
    public static long? Parse(ArgumentResult result)
    {
        if (TryParse(result.Tokens[0].Value, out long bytes)) return bytes;
        result.AddError($"{result.Argument.Name} {result.Tokens[0].Value}: expected a size such as 4GB, 700MB or 2.5G");
        return null;
    }

    /// <summary>"4GB", "700 MB", "2.5g", "1048576" in bytes; false for anything else, for nothing, and for what exceeds 64 bits.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        ReadOnlySpan<char> number = text.AsSpan().Trim();
        if (number.EndsWith("b", StringComparison.OrdinalIgnoreCase)) number = number[..^1];
        if (number.EndsWith("i", StringComparison.OrdinalIgnoreCase)) number = number[..^1];
        int power = number.IsEmpty ? 0 : " kmgt".IndexOf(char.ToLowerInvariant(number[^1]), StringComparison.Ordinal);
        if (power > 0) number = number[..^1];
        bool good = double.TryParse(number.TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value);
        value *= Math.Pow(1024, Math.Max(power, 0));
        bytes = good && value is >= 1 and < long.MaxValue ? (long)value : 0;
        return bytes > 0;
    }

    /// <summary>Three digits and a unit: "1.46 GB", "640 MB", "12 KB".</summary>
    public static string Format(long bytes)
    {
        string[] units = ["bytes", "KB", "MB", "GB", "TB"];
        double value = bytes;
        int unit = 0;
        for (; value >= 1000 && unit < units.Length - 1; unit++) value /= 1024;
        string format = unit == 0 || value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00";
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} {units[unit]}";
    }
}
