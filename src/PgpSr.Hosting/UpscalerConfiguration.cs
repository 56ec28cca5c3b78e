using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace PgpSr.Hosting;

/// <summary>
/// Settings from a configuration section. Read by hand, not by reflection: it works in a native program, and a mistyped name is an error rather than
/// a setting that does nothing.
/// </summary>
static class UpscalerConfiguration
{
    const string Known = "Model, QueueLimit, MaxUploadBytes, Scale, Steps, Seed, Tile and MemoryBudget";

    /// <summary>Sets what the section says.</summary>
    /// <exception cref="ArgumentException">A setting is unknown, or its value cannot be read.</exception>
    public static void Read(IConfiguration section, UpscalerOptions options)
    {
        foreach (IConfigurationSection entry in section.GetChildren())
        {
            string text = entry.Value ?? throw Wrong(entry, "has no value");
            switch (entry.Key.ToUpperInvariant())
            {
                case "MODEL": options.Model = text.Length > 0 ? text : throw Wrong(entry, "is empty"); break;
                case "QUEUELIMIT": options.QueueLimit = (int)Whole(entry, text, 0, int.MaxValue); break;
                case "MAXUPLOADBYTES": options.MaxUploadBytes = Bytes(entry, text); break;
                case "SCALE": options.Defaults = options.Defaults with { Scale = Number(entry, text) }; break;
                case "STEPS": options.Defaults = options.Defaults with { Steps = (int)Whole(entry, text, 1, int.MaxValue) }; break;
                case "SEED": options.Defaults = options.Defaults with { Seed = (ulong)Whole(entry, text, 0, long.MaxValue) }; break;
                case "TILE": options.Defaults = options.Defaults with { Tile = (int)Whole(entry, text, 1, int.MaxValue) }; break;
                case "MEMORYBUDGET": options.Defaults = options.Defaults with { MemoryBudget = Bytes(entry, text) }; break;
                default: throw Wrong(entry, $"is unknown; there are {Known}");
            }
        }
    }

    static long Whole(IConfigurationSection entry, string text, long least, long most) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= least && value <= most
            ? value : throw Wrong(entry, $"is '{text}'; expected a whole number, {least} or more");

    static double Number(IConfigurationSection entry, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && double.IsFinite(value)
            ? value : throw Wrong(entry, $"is '{text}'; expected a number above 0, such as 2.5");

    // K, M and G are powers of 1024, as on the command line.
    static long Bytes(IConfigurationSection entry, string text)
    {
        string number = text.Trim().ToUpperInvariant();
        if (number.EndsWith('B')) number = number[..^1];
        int power = number.Length > 0 ? " KMGT".IndexOf(number[^1], StringComparison.Ordinal) : 0;
        if (power > 0) number = number[..^1];
        bool good = double.TryParse(number.TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value);
        value *= Math.Pow(1024, Math.Max(power, 0));
        return good && value is >= 1 and < long.MaxValue ? (long)value : throw Wrong(entry, $"is '{text}'; expected a size such as 2GB or 700MB");
    }

    static ArgumentException Wrong(IConfigurationSection entry, string what) => new($"the setting {entry.Path} {what}");
}
