using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PgpSr.Benchmarks;

/// <summary>
/// libtorch in a child process, this program again: its allocator holds on to the device's memory, and what it dies of must not end the measurement.
/// </summary>
sealed class ChildPeer : IDisposable
{
    readonly Process _process;
    readonly Task<string> _errors;
    string _ended = "";

    ChildPeer(Process process, Task<string> errors) => (_process, _errors) = (process, errors);

    /// <summary>Version and device.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The peer, or null and why there is none.</summary>
    public static ChildPeer? TryStart(string? folder, out string reason)
    {
        reason = folder is null ? "no --libtorch" : Directory.Exists(folder) ? "" : $"{folder}: no such folder";
        if (reason.Length > 0) return null;
        string self = Environment.ProcessPath!;
        var start = new ProcessStartInfo(self) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        // Where the SDK's host runs a library, the library is the first argument.
        if (Path.GetFileNameWithoutExtension(self) == "dotnet") start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        start.ArgumentList.Add(TorchChild.Argument);
        start.ArgumentList.Add(folder!);
        // The loader reads it when a process begins: one more reason for a child.
        string search = OperatingSystem.IsWindows() ? "PATH" : "LD_LIBRARY_PATH";
        start.Environment[search] = $"{folder}{Path.PathSeparator}{Environment.GetEnvironmentVariable(search)}";
        try
        {
            var process = Process.Start(start)!;
            var peer = new ChildPeer(process, process.StandardError.ReadToEndAsync());
            var greeting = peer.Read(out reason);
            if (greeting is null)
            {
                peer.Dispose();
                return null;
            }
            peer.Name = $"{greeting["name"]}";
            return peer;
        }
        catch (Win32Exception e)
        {
            reason = $"{self}: {e.Message}";
            return null;
        }
    }

    /// <summary>Seconds of one run, or null and the error.</summary>
    public double? Measure(Work work, out string error)
    {
        error = _ended;
        if (_ended.Length > 0) return null;
        try
        {
            _process.StandardInput.WriteLine(JsonSerializer.Serialize(new { operation = work.Operation, shape = work.Shape }));
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It no longer listens; why is read below.
        }
        var answer = Read(out error);
        if (answer is null) return null;
        error = answer["error"]?.ToString() ?? "";
        return (double?)answer["seconds"];
    }

    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // What it never read cannot be written any more.
        }
        if (!_process.WaitForExit(10_000)) _process.Kill();
        _process.Dispose();
    }

    JsonNode? Read(out string error)
    {
        string? line = _process.StandardOutput.ReadLine();
        if (line is null)
        {
            if (!_process.WaitForExit(10_000)) _process.Kill();
            _process.WaitForExit();
            string last = _errors.GetAwaiter().GetResult().Trim().Split('\n')[^1];
            error = _ended = $"libtorch's process ended with exit code {_process.ExitCode}{(last.Length > 0 ? ": " : "")}{last}";
            return null;
        }
        try
        {
            error = "";
            return JsonNode.Parse(line);
        }
        catch (JsonException)
        {
            error = $"libtorch's process said '{line}'";
            return null;
        }
    }
}
