using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PgpSr.Benchmarks;

/// <summary>
/// PyTorch's own kernels (cuBLAS, cuDNN, fused attention) in a process of Python, before ours: its allocator holds on to the device's memory, and what it
/// dies of must not end the measurement. One call a line, one line of JSON an answer.
/// </summary>
sealed class PythonPeer
{
    readonly Dictionary<Work, (double? Seconds, string? Error)> _answers = [];

    PythonPeer(string name) => Name = name;

    /// <summary>Version and device, or why there is none.</summary>
    public string Name { get; private set; }

    /// <summary>Seconds of one run, or why there are none.</summary>
    public (double? Seconds, string? Error) Of(Work work) => _answers.TryGetValue(work, out var answer) ? answer : (null, Name);

    /// <summary>Everything that it can be asked.</summary>
    /// <param name="python">The program that runs Python, with PyTorch among its packages; null for none.</param>
    /// <param name="roundSeconds">About how long a round of runs lasts.</param>
    /// <param name="works">What to measure.</param>
    public static PythonPeer Measure(string? python, double roundSeconds, IEnumerable<Work> works)
    {
        var peer = new PythonPeer("not measured (no --python)");
        if (python is null) return peer;
        var asked = works.Select(work => (Work: work, Call: TorchScript.Call(work))).Where(one => one.Call is not null).ToList();
        string script = TorchScript.Text(roundSeconds, asked.Select(one => one.Call!));
        var start = new ProcessStartInfo(python, ["-u", "-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            var answers = new List<JsonNode>();
            while (process.StandardOutput.ReadLine() is { } line) answers.Add(JsonNode.Parse(line)!);
            process.WaitForExit();
            string last = errors.GetAwaiter().GetResult().Trim().Split('\n')[^1];
            string ended = $"Python ended with exit code {process.ExitCode}{(last.Length > 0 ? ": " : "")}{last}";
            peer.Name = answers.Count > 0 ? $"{answers[0]["name"]}" : $"not measured ({ended})";
            foreach (var (index, (work, _)) in asked.Index())
            {
                JsonNode? answer = answers.ElementAtOrDefault(index + 1);
                peer._answers[work] = answer is null ? (null, ended) : ((double?)answer["seconds"], (string?)answer["error"]);
            }
        }
        catch (Exception e) when (e is Win32Exception or JsonException)
        {
            peer.Name = $"not measured ({python}: {e.Message})";
        }
        return peer;
    }
}
