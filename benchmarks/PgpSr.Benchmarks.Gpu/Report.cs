using System.Globalization;
using System.Text;
using System.Text.Json;
using PgpSr.Gpu;

namespace PgpSr.Benchmarks.Gpu;

/// <summary>Everything that was found, as a page and as data.</summary>
sealed record Report(GpuDeviceReport Device, DeviceFacts Facts, string Peer, string Versions)
{
    static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    public List<(string Name, string Kernels, double Difference, double Allowed)> Checks { get; } = [];

    public List<ResultRow> Rows { get; } = [];

    public UnetEvaluation.Result? Unet { get; set; }

    public string UnetName { get; set; } = "";

    public double? UnetPeerSeconds { get; set; }

    public string UnetPeerError { get; set; } = "";

    public double LaunchSeconds { get; set; }

    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "gpu.md"), Page());
        File.WriteAllText(Path.Combine(folder, "gpu.json"), JsonSerializer.Serialize(
            new { Device, Facts, Peer, Versions, LaunchSeconds, Checks = Checks.Select(c => new { c.Name, c.Kernels, c.Difference, c.Allowed }), Rows, UnetName, Unet, UnetPeerSeconds, UnetPeerError },
            s_json));
    }

    public string Page()
    {
        var page = new StringBuilder();
        void Line(FormattableString text) => page.AppendLine(text.ToString(CultureInfo.InvariantCulture));
        Line($"# {Device.Name} ({Device.Id})");
        Line($"");
        Line($"{Device.Details}. {Versions}.");
        Line($"Peaks: {Number(Facts.HalfTflops)} TFLOP/s binary16, {Number(Facts.SingleTflops)} TFLOP/s float32, {Number(Facts.GigabytesPerSecond)} GB/s ({Facts.Clocks}). Peer: {Peer}.");
        Line($"A queued operation takes the host {LaunchSeconds * 1e6:F1} us. Times are medians of 5 rounds of many runs.");
        Line($"");
        Line($"## Results against the processor's");
        Line($"");
        Line($"| operation | kernels | largest difference / rms | allowed | |");
        Line($"|---|---|---|---|---|");
        foreach (var (name, kernels, difference, allowed) in Checks) Line($"| {name} | {kernels} | {difference:E1} | {allowed:E0} | {(difference <= allowed ? "right" : "**WRONG**")} |");
        foreach (var group in Rows.GroupBy(r => r.Group))
        {
            bool products = group.First().Flops > 0;
            Line($"");
            Line($"## {group.Key}");
            Line($"");
            Line($"| operation | kernels | ms | {(products ? "TFLOP/s" : "GB/s")} | of peak | PyTorch ms | times PyTorch's speed |");
            Line($"|---|---|---|---|---|---|---|");
            foreach (var row in group)
            {
                double rate = products ? row.Flops / row.Seconds * 1e-12 : row.Bytes / row.Seconds * 1e-9;
                double peak = !products ? Facts.GigabytesPerSecond : row.Kernels.Contains("tensor cores", StringComparison.Ordinal) ? Facts.HalfTflops : Facts.SingleTflops;
                string peer = row.PeerSeconds is { } p ? Invariant($"{p * 1e3:F3} | {p / row.Seconds:F2}") : $"not measured | {row.PeerError}";
                Line($"| {row.Name} | {row.Kernels} | {row.Seconds * 1e3:F3} | {rate:G4} | {(peak > 0 ? Invariant($"{rate / peak:F2}") : "unknown")} | {peer} |");
            }
        }
        Line($"");
        Line($"## Whole UNet");
        Line($"");
        if (Unet is not { } u) Line($"not measured");
        else
        {
            double rate = 2 * u.MultiplyAdds / u.Seconds * 1e-12;
            string peer = UnetPeerSeconds is { } p ? Invariant($"{p * 1e3:F1} ms, ours takes {u.Seconds / p:F2} times that") : $"not measured ({UnetPeerError})";
            Line($"| network | ms | TFLOP/s | first evaluation s (kernels compile) | weights s | weights MB | activations MB | finite | PyTorch eager F16 |");
            Line($"|---|---|---|---|---|---|---|---|---|");
            Line($"| {UnetName} | {u.Seconds * 1e3:F1} | {rate:G3} | {u.FirstSeconds:F2} | {u.LoadSeconds:F1} | {u.WeightBytes >> 20} | {u.PeakBytes >> 20} | {(u.Finite ? "yes" : "**no**")} | {peer} |");
        }
        return page.ToString();
    }

    static string Number(double value) => value > 0 ? value.ToString("F0", CultureInfo.InvariantCulture) : "unknown";

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
