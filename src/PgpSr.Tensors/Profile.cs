using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace PgpSr.Tensors;

/// <summary>Time by scope path, host side: <c>Unet.Forward/ResnetBlock.Forward</c> and how often it ran.</summary>
public sealed class Profile
{
    readonly Dictionary<string, (long Ticks, int Count)> _zones = [];
    readonly Stack<string> _path = new();

    /// <summary>Zones by path, with total time (inner zones included) and count.</summary>
    public IEnumerable<(string Zone, TimeSpan Time, int Count)> Zones =>
        _zones.Select(z => (z.Key, Stopwatch.GetElapsedTime(0, z.Value.Ticks), z.Value.Count));

    internal void Enter(string name) => _path.Push(_path.TryPeek(out string? outer) ? $"{outer}/{name}" : name);

    internal void Leave(string name, long ticks)
    {
        Debug.Assert(_path.Count > 0 && _path.Peek().EndsWith(name, StringComparison.Ordinal), "scopes close in reverse order");
        string path = _path.Pop();
        var (total, count) = _zones.GetValueOrDefault(path);
        _zones[path] = (total + ticks, count + 1);
    }

    /// <summary>A table, longest first.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (zone, time, count) in Zones.OrderByDescending(z => z.Time))
            text.AppendLine(string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds,12:F1} ms {count,7} x  {zone}"));
        return text.ToString();
    }
}
