using System.Globalization;

namespace PgpSr.CommandLine.Pruning;

/// <summary>Large numbers as tables show them.</summary>
static class Quantity
{
    /// <summary>1,234 as it is, above a million with a unit.</summary>
    public static string Count(long count) => count switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e9:0.000} G"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e6:0.00} M"),
        _ => count.ToString("N0", CultureInfo.InvariantCulture),
    };

    /// <summary>In units of 10^9; empty for nothing.</summary>
    public static string Giga(long count) =>
        count == 0 ? "" : (count / 1e9).ToString(count < 1_000_000_000 ? "0.0000" : "0.00", CultureInfo.InvariantCulture);
}
