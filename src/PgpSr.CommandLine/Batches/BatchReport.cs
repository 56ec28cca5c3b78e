namespace PgpSr.CommandLine;

/// <summary>What became of a batch.</summary>
sealed class BatchReport
{
    readonly List<(string Source, Failure Failure)> _failures = [];

    /// <summary>Results written.</summary>
    public int Done { get; set; }

    /// <summary>Results that were there before.</summary>
    public int Skipped { get; set; }

    /// <summary>Inputs that failed, and why.</summary>
    public IReadOnlyList<(string Source, Failure Failure)> Failures => _failures;

    /// <summary>Files that folders and patterns held and that were not looked at.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>Notes a failure.</summary>
    public void Add(string source, Failure failure) => _failures.Add((source, failure));

    /// <summary>0 without failures; the failures' common code if nothing succeeded; otherwise "some inputs failed".</summary>
    public ExitCode Code
    {
        get
        {
            if (_failures.Count == 0) return ExitCode.Ok;
            ExitCode first = _failures[0].Failure.Code;
            return Done + Skipped == 0 && _failures.TrueForAll(entry => entry.Failure.Code == first) ? first : ExitCode.SomeFailed;
        }
    }

    /// <summary>The last lines: sums, and each failure again, for it may have scrolled away.</summary>
    public void Show(CommandConsole console, TimeSpan elapsed)
    {
        if (Done + Skipped + _failures.Count > 1)
        {
            string skipped = Skipped > 0 ? $", {Skipped} existed" : "";
            string failed = _failures.Count > 0 ? $", {_failures.Count} failed:" : "";
            string sums = $"{Done} done{skipped}{failed} in {BatchProgress.Duration(elapsed)}".Replace(": in", " in", StringComparison.Ordinal);
            if (_failures.Count > 0) console.Error(sums);
            else console.Info(sums);
            foreach ((string source, Failure failure) in _failures) console.Error($"  {failure.About(source)}");
        }
        ShowLeftOut(console);
        WriteEnd(console, elapsed);
    }

    /// <summary>The last of the JSON lines.</summary>
    public void WriteEnd(CommandConsole console, TimeSpan elapsed)
    {
        console.Json("end", w =>
        {
            w.WriteNumber("done", Done);
            w.WriteNumber("skipped", Skipped);
            w.WriteNumber("failed", _failures.Count);
            w.WriteStartArray("left-out");
            foreach (string path in LeftOut) w.WriteStringValue(path);
            w.WriteEndArray();
            w.WriteNumber("seconds", Math.Round(elapsed.TotalSeconds, 3));
            w.WriteNumber("exit-code", (int)Code);
        });
    }

    /// <summary>Counts and names the files that were not looked at; <c>--json</c> names them all.</summary>
    public void ShowLeftOut(CommandConsole console)
    {
        const int MostNamed = 20;
        if (LeftOut.Count == 0) return;
        string named = string.Join(", ", LeftOut.Take(MostNamed).Select(path => Path.GetFileName(path)));
        string more = LeftOut.Count > MostNamed ? $" and {LeftOut.Count - MostNamed} more" : "";
        console.Info($"{LeftOut.Count} {(LeftOut.Count == 1 ? "file" : "files")} left out: {named}{more}");
    }
}
