using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PgpSr.Benchmarks;

/// <summary>
/// PyTorch's own kernels (cuBLAS, cuDNN, fused attention) in a process of Python: its allocator holds on to the device's memory, and what it dies of must
/// not end the measurement. One line of JSON a question, one an answer.
/// </summary>
sealed class PythonPeer : IDisposable
{
    const int ExitMilliseconds = 10_000;

    readonly Process _process;
    readonly Task<string> _errors;
    string _ended = "";

    PythonPeer(Process process, Task<string> errors) => (_process, _errors) = (process, errors);

    /// <summary>Version and device.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The peer, or null and why there is none.</summary>
    /// <param name="python">The program that runs Python, with PyTorch among its packages; null for none.</param>
    /// <param name="roundSeconds">About how long a round of runs lasts.</param>
    /// <param name="reason">Why there is none, or nothing.</param>
    public static PythonPeer? TryStart(string? python, double roundSeconds, out string reason)
    {
        reason = python is null ? "no --python" : "";
        if (python is null) return null;
        // Standard input stays free for questions.
        var start = new ProcessStartInfo(python, ["-u", "-c", TorchScript.Text(roundSeconds)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            var process = Process.Start(start)!;
            var peer = new PythonPeer(process, process.StandardError.ReadToEndAsync());
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
            reason = $"{python}: {e.Message}";
            return null;
        }
    }

    /// <summary>Seconds of one run, or null and the error.</summary>
    public double? Measure(Work work, out string error)
    {
        error = _ended;
        if (_ended.Length > 0) return null;
        if (TorchScript.Call(work) is not { } call)
        {
            error = "compared with nothing";
            return null;
        }
        try
        {
            _process.StandardInput.WriteLine(call);
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
        if (!_process.WaitForExit(ExitMilliseconds)) _process.Kill();
        _process.Dispose();
    }

    JsonNode? Read(out string error)
    {
        string? line = _process.StandardOutput.ReadLine();
        if (line is null)
        {
            if (!_process.WaitForExit(ExitMilliseconds)) _process.Kill();
            _process.WaitForExit();
            string last = _errors.GetAwaiter().GetResult().Trim().Split('\n')[^1];
            error = _ended = $"Python ended with exit code {_process.ExitCode}{(last.Length > 0 ? ": " : "")}{last}";
            return null;
        }
        try
        {
            error = "";
            return JsonNode.Parse(line);
        }
        catch (JsonException)
        {
            error = $"Python said '{line}'";
            return null;
        }
    }
}
