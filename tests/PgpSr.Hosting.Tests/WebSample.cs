using System.Diagnostics;
using System.Globalization;

namespace PgpSr.Hosting.Tests;

/// <summary>The web sample as a process of its own, with its memory and processor time.</summary>
sealed class WebSample : IDisposable
{
    readonly Process _process;

    WebSample(Process process, Uri address) => (_process, Address) = (process, address);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>The most bytes of memory that it had, of Linux' account.</summary>
    public long PeakBytes => 1024 * Field($"/proc/{_process.Id}/status", "VmHWM:");

    /// <summary>What its threads have worked; Linux counts hundredths of a second.</summary>
    public TimeSpan Worked
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="processors">How many it believes that there are; 0 for all.</param>
    /// <param name="settings">Of its section <c>PgpSr</c>.</param>
    public static async Task<WebSample> StartAsync(int processors, params (string Key, string Value)[] settings)
    {
        // .artifacts/bin/PROJECT/CONFIGURATION
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        string folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "PgpSr.Samples.Web", configuration));
        var start = new ProcessStartInfo("dotnet", [Path.Combine(folder, "PgpSr.Samples.Web.dll"), "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        };
        foreach (var (key, value) in settings) start.Environment[$"PgpSr__{key}"] = value;
        if (processors > 0) start.Environment["DOTNET_PROCESSOR_COUNT"] = processors.ToString(CultureInfo.InvariantCulture);
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Split("Now listening on: ") is not [_, var address]) continue;
            // What it says later is read and forgotten, or it would wait for a reader.
            _ = process.StandardOutput.ReadToEndAsync();
            return new WebSample(process, new Uri(address));
        }
        throw new InvalidOperationException("the sample ended before it listened");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    static long Field(string file, string name)
    {
        string line = File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
