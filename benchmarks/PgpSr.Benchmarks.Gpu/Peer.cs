using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PgpSr.Benchmarks.Gpu;

/// <summary>PyTorch in a child process, if this machine has it with a CUDA device.</summary>
sealed class Peer : IDisposable
{
    readonly Process _process;
    readonly string _script;

    Peer(Process process, string script, string name) => (_process, _script, Name) = (process, script, name);

    /// <summary>Version and device.</summary>
    public string Name { get; }

    /// <summary>The peer, or null and why there is none.</summary>
    public static Peer? TryStart(string python, out string reason)
    {
        string script = Path.Combine(Path.GetTempPath(), $"pgpsr-peer-{Environment.ProcessId}.py");
        using (var from = typeof(Peer).Assembly.GetManifestResourceStream("peer.py")!)
        using (var to = File.Create(script)) from.CopyTo(to);
        Process? process = null;
        try
        {
            process = Process.Start(new ProcessStartInfo(python, [script]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            string? greeting = process.StandardOutput.ReadLine();
            if (greeting is null)
            {
                reason = $"{python}: {errors.GetAwaiter().GetResult().Trim().Split('\n')[^1]}";
                process.Dispose();
                File.Delete(script);
                return null;
            }
            var facts = JsonNode.Parse(greeting)!;
            reason = "";
            return new Peer(process, script, $"PyTorch {facts["torch"]} on {facts["device"]}");
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or JsonException or InvalidOperationException)
        {
            reason = $"{python}: {e.Message}";
            process?.Dispose();
            File.Delete(script);
            return null;
        }
    }

    /// <summary>Seconds of one run, or null and the error.</summary>
    public double? Measure(PeerCall call, out string error)
    {
        _process.StandardInput.WriteLine(JsonSerializer.Serialize(new { operation = call.Operation, sizes = call.Sizes }));
        _process.StandardInput.Flush();
        string? line = _process.StandardOutput.ReadLine();
        var answer = line is null ? null : JsonNode.Parse(line);
        error = answer is null ? "the peer has ended" : answer["error"]?.ToString() ?? "";
        return (double?)answer?["seconds"];
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(10_000)) _process.Kill();
        _process.Dispose();
        File.Delete(_script);
    }
}
