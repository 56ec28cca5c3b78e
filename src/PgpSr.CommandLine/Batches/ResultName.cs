using System.Globalization;
using System.Text.RegularExpressions;

namespace PgpSr.CommandLine;

/// <summary>
/// Names of results after a pattern such as <c>{name}-x{scale}</c>: what a result is called that lies beside its picture, so that neither replaces
/// the other.
/// </summary>
sealed partial class ResultName
{
    /// <summary>Ends the names of results that are the middle of a picture only.</summary>
    public const string Preview = "-preview";

    readonly string _pattern;
    readonly Dictionary<string, string> _values;

    /// <summary>A pattern with what the command line says of the size.</summary>
    /// <param name="pattern">As given by <c>--name</c>; null for the usual one.</param>
    /// <param name="options">Scale, width and height as asked for.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="modelScale">What the model enlarges by where no size is asked for.</param>
    /// <param name="preview">Whether results are the middle of the picture only.</param>
    /// <exception cref="CommandException">The pattern has an unknown or unset field, or leads to another folder.</exception>
    public ResultName(string? pattern, Managed.UpscaleOptions options, string model, int modelScale, bool preview)
    {
        _values = new(StringComparer.Ordinal) { ["model"] = model };
        if (options.Width is { } width) _values["width"] = Text(width);
        if (options.Height is { } height) _values["height"] = Text(height);
        bool sized = _values.Count > 1;
        if (!sized) _values["scale"] = Text(options.Scale ?? modelScale);
        string size = (options.Width, options.Height) switch
        {
            (not null, not null) => "{name}-{width}x{height}",
            (not null, null) => "{name}-w{width}",
            (null, not null) => "{name}-h{height}",
            _ => "{name}-x{scale}",
        };
        IsUsual = pattern is null;
        _pattern = (pattern ?? size) + (preview ? Preview : "");
        if (_pattern.AsSpan().IndexOfAny('/', '\\') >= 0) Throw.Usage($"--name {_pattern}: must be a file name without a folder; name folders with -o");
        // Every field is looked up once here, so that a wrong one is refused before any work.
        Of("x");
    }

    /// <summary>Whether results are called after their pictures and sizes, as they are without <c>--name</c>.</summary>
    public bool IsUsual { get; }

    /// <summary>What a usual name of a result, whatever the settings, was made of; null for other names. Both without extension.</summary>
    public static string? Source(string name) => UsualName().Match(name) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex("^(.+)-(?:x[0-9]+(?:\\.[0-9]{1,3})?|w[0-9]+|h[0-9]+|[0-9]+x[0-9]+)(?:-preview)?$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex UsualName();

    /// <summary>The name of a picture's result, without the extension.</summary>
    /// <param name="name">The picture's name without its extension.</param>
    public string Of(string name)
    {
        var text = new System.Text.StringBuilder();
        for (int at = 0; at < _pattern.Length;)
        {
            int end = _pattern[at] == '{' ? _pattern.IndexOf('}', at) : -1;
            if (end < 0)
            {
                text.Append(_pattern[at++]);
                continue;
            }
            text.Append(Value(_pattern[(at + 1)..end], name));
            at = end + 1;
        }
        return text.ToString();
    }

    string Value(string field, string name)
    {
        if (field == "name") return name;
        if (_values.TryGetValue(field, out string? value)) return value;
        Throw.Usage(field is "scale" or "width" or "height"
            ? $"--name {_pattern}: {{{field}}} needs --{field}"
            : $"--name {_pattern}: unknown field {{{field}}}; use {{name}}, {{scale}}, {{width}}, {{height}} and {{model}}");
        return "";
    }

    static string Text(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);
}
