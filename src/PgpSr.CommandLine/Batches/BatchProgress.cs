using System.Diagnostics;
using System.Globalization;
using PgpSr.Managed;

namespace PgpSr.CommandLine;

/// <summary>
/// One bar over files x tiles x steps, with rate, memory and time left: a redrawn line on a terminal, a plain line now and then elsewhere, JSON lines
/// for programs. Every file counts by its pixels, so the time left is right for mixed sizes.
/// </summary>
sealed class BatchProgress(CommandConsole console, int files, double totalPixels) : IProgress<UpscaleProgress>
{
    // Ten times a second looks alive; half a minute keeps the log of a long batch short; programs get two a second.
    static readonly TimeSpan s_redraw = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan s_plainLine = TimeSpan.FromSeconds(30);
    static readonly TimeSpan s_jsonLine = TimeSpan.FromMilliseconds(500);

    readonly long _start = Stopwatch.GetTimestamp();
    readonly Lock _lock = new();
    double _donePixels;
    double _skippedPixels;
    double _filePixels;
    double _outputPixels;
    int _file;
    string _name = "";
    long _shown;

    /// <summary>Time since the batch began.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>The next file begins.</summary>
    /// <param name="name">As the user knows it.</param>
    /// <param name="index">From 0.</param>
    /// <param name="pixels">Of the source.</param>
    /// <param name="outputPixels">Of the result.</param>
    public void Begin(string name, int index, double pixels, double outputPixels)
    {
        lock (_lock)
        {
            (_name, _file, _filePixels, _outputPixels, _shown) = (name, index, pixels, outputPixels, Stopwatch.GetTimestamp());
        }
    }

    /// <summary>The file is done, or will not be.</summary>
    /// <param name="worked">Whether it took work that tells about the rest.</param>
    public void End(bool worked)
    {
        lock (_lock)
        {
            if (worked) _donePixels += _filePixels;
            else _skippedPixels += _filePixels;
            _filePixels = 0;
        }
    }

    /// <summary>Removes the bar.</summary>
    public void Close() => console.Status("");

    /// <inheritdoc/>
    public void Report(UpscaleProgress value)
    {
        lock (_lock)
        {
            TimeSpan since = Stopwatch.GetElapsedTime(_shown);
            if (since < (console.IsJson ? s_jsonLine : console.IsInteractive ? s_redraw : s_plainLine)) return;
            _shown = Stopwatch.GetTimestamp();
            double worked = _donePixels + _filePixels * value.Fraction;
            double fraction = totalPixels > 0 ? Math.Min(1, (worked + _skippedPixels) / totalPixels) : value.Fraction;
            double left = Math.Max(0, totalPixels - worked - _skippedPixels);
            TimeSpan? rest = worked > 0 && Elapsed.TotalSeconds > 1 ? TimeSpan.FromSeconds(Elapsed.TotalSeconds * left / worked) : value.Left;
            double rate = value.Elapsed.TotalSeconds > 0 ? _outputPixels * value.Fraction / value.Elapsed.TotalSeconds * 1e-6 : 0;
            Show(value, fraction, rest, rate);
        }
    }

    void Show(UpscaleProgress value, double fraction, TimeSpan? rest, double rate)
    {
        if (console.IsJson)
        {
            console.Json("progress", w =>
            {
                w.WriteString("file", _name);
                w.WriteNumber("index", _file);
                w.WriteNumber("files", files);
                w.WriteString("stage", Name(value.Stage));
                w.WriteNumber("tile", value.Tile);
                w.WriteNumber("tiles", value.Tiles);
                w.WriteNumber("step", value.Step);
                w.WriteNumber("steps", value.Steps);
                w.WriteNumber("fraction", Math.Round(fraction, 4));
                w.WriteNumber("memory", value.BytesInUse);
                w.WriteNumber("seconds", Math.Round(Elapsed.TotalSeconds, 2));
                if (rest is { } left) w.WriteNumber("seconds-left", Math.Round(left.TotalSeconds, 1));
            });
            return;
        }
        // The most wanted first: a narrow terminal cuts the end.
        string text = string.Create(CultureInfo.InvariantCulture, $"{fraction * 100,3:0} %");
        if (rest is { } time) text += $"  {Duration(time)} left";
        if (files > 1) text += $"  {_file + 1}/{files}";
        text += $"  {Shortened(_name)}";
        if (value.Stage != UpscaleStage.Restoring) text += $"  {Name(value.Stage)}";
        if (value.Tiles > 1) text += $"  tile {Math.Min(value.Tile + 1, value.Tiles)}/{value.Tiles}";
        if (value.Steps > 1) text += $"  step {Math.Min(value.Step + 1, value.Steps)}/{value.Steps}";
        if (rate > 0) text += string.Create(CultureInfo.InvariantCulture, $"  {rate:0.00} MP/s");
        if (value.BytesInUse > 0) text += $"  {ByteSize.Format(value.BytesInUse)}";
        if (console.IsInteractive) console.Status($"{Bar(fraction)}{text}");
        else console.Info(text.TrimStart());
    }

    // Whole cells and one partial, eighths of a cell: Unicode block elements U+2588 to U+258F.
    static string Bar(double fraction)
    {
        const int Cells = 16;
        int eighths = (int)(fraction * Cells * 8);
        string bar = new('█', eighths / 8);
        if (eighths % 8 > 0) bar += (char)('█' + (8 - eighths % 8));
        return $"▕{bar.PadRight(Cells)}▏";
    }

    static string Shortened(string name)
    {
        const int Longest = 24;
        string last = Path.GetFileName(name);
        return last.Length <= Longest ? last : $"{last[..((Longest - 1) / 2)]}…{last[^(Longest / 2)..]}";
    }

    static string Name(UpscaleStage stage) => stage.ToString().ToLowerInvariant();

    /// <summary>"0:07", "12:30", "3:05:00".</summary>
    public static string Duration(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");
}
