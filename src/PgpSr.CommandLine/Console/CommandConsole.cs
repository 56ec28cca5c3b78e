using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PgpSr.CommandLine;

/// <summary>
/// Text for people and JSON lines for programs. Results go to the output, everything else to the error stream, so that a pipe gets results alone.
/// With <c>--json</c> the output holds JSON lines only.
/// </summary>
sealed class CommandConsole(CommandEnvironment environment, bool json, bool quiet, bool plain)
{
    // Paths and messages as they are; the lines are not put into web pages.
    static readonly JsonWriterOptions s_readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // ECMA-48, "select graphic rendition".
    const string Yellow = "\u001b[33m", Red = "\u001b[31m", Plain = "\u001b[0m";

    readonly Lock _lock = new();
    StatusLine? _status;

    /// <summary>Whether programs read the output.</summary>
    public bool IsJson { get; } = json;

    /// <summary>Whether a line of progress may be redrawn.</summary>
    public bool IsInteractive { get; } = environment.ErrorIsTerminal && !quiet && !plain && !json;

    /// <summary>Whether only errors are wanted.</summary>
    public bool IsQuiet { get; } = quiet;

    /// <summary>Opens the standard input as bytes.</summary>
    public Func<Stream> OpenInput => environment.OpenInput;

    /// <summary>Opens the standard output as bytes.</summary>
    public Func<Stream> OpenOutput => environment.OpenOutput;

    /// <summary>A line of the result; nothing with <c>--json</c>.</summary>
    public void Line(string text = "")
    {
        if (IsJson) return;
        Above(() => environment.Output.WriteLine(Printable(text)));
    }

    /// <summary>A line about the work, on the error stream; nothing with <c>--quiet</c>.</summary>
    public void Info(string text)
    {
        if (IsQuiet) return;
        Above(() => environment.Error.WriteLine(Printable(text)));
    }

    /// <summary>Something to know that does not stop the work.</summary>
    public void Warning(string text)
    {
        Above(() => environment.Error.WriteLine($"{Colored("warning:", Yellow)} {Printable(text)}"));
        Json("warning", w => w.WriteString("message", text));
    }

    /// <summary>Something that failed.</summary>
    public void Error(string text) => Above(() => environment.Error.WriteLine($"{Colored("error:", Red)} {Printable(text)}"));

    // Only where a person looks at a terminal that wants colors.
    string Colored(string word, string color) => environment.UseColor && IsInteractive ? $"{color}{word}{Plain}" : word;

    /// <summary>
    /// A JSON line on the output, <c>{"event":"name", ...}</c>; nothing without <c>--json</c>. Names are lower case with dashes between words; times
    /// are seconds, sizes bytes.
    /// </summary>
    public void Json(string name, Action<Utf8JsonWriter> properties)
    {
        if (!IsJson) return;
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, s_readable))
        {
            writer.WriteStartObject();
            writer.WriteString("event", name);
            properties(writer);
            writer.WriteEndObject();
        }
        string line = Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
        lock (_lock)
        {
            environment.Output.WriteLine(line);
            environment.Output.Flush();
        }
    }

    /// <summary>Rows in aligned columns; the first row is the heading. Columns of numbers are right-aligned.</summary>
    public void Table(IReadOnlyList<IReadOnlyList<string>> rows)
    {
        foreach (string line in TextTable.Lines(rows)) Line(line);
    }

    /// <summary>Sets the one line that is redrawn below everything; empty removes it. Only where <see cref="IsInteractive"/>.</summary>
    public void Status(string text)
    {
        if (!IsInteractive) return;
        lock (_lock)
        {
            _status ??= new StatusLine(environment);
            _status.Draw(Printable(text));
        }
    }

    // Names of files and texts inside them are a stranger's: what moves a terminal's cursor or renames its window does not get there.
    static string Printable(string text) => text.AsSpan().ContainsAnyInRange('\0', '\u001f') || text.AsSpan().ContainsAnyInRange('\u007f', '\u009f')
        ? string.Create(text.Length, text, (shown, all) =>
        {
            for (int i = 0; i < all.Length; i++) shown[i] = char.IsControl(all[i]) && all[i] is not ('\n' or '\t') ? '?' : all[i];
        })
        : text;

    void Above(Action write)
    {
        lock (_lock)
        {
            _status?.Hide();
            write();
            _status?.Show();
        }
    }
}
