using System.Text;
using System.Text.Json;

namespace PgpSr.KernelBench;

/// <summary>One object a line: first the machine (<c>op</c> is <c>machine</c>), then a row each.</summary>
sealed class JsonReport(TextWriter output) : IReport
{
    public void Begin(MachineFacts machine) => Line(json =>
    {
        json.WriteString("op", "machine");
        json.WriteString("cpu", machine.Cpu);
        json.WriteNumber("cores", machine.Cores);
        json.WriteNumber("threads", machine.Threads);
        json.WriteNumber("vector_bits", machine.VectorBits);
        json.WriteString("system", machine.OperatingSystem);
        json.WriteString("runtime", machine.Runtime);
        json.WriteStartArray("versions");
        foreach (string version in machine.Versions) json.WriteStringValue(version);
        json.WriteEndArray();
        json.WriteString("utc", machine.Utc);
        Number(json, "peak_gflops", machine.PeakGflops);
        Number(json, "bandwidth_gbs", machine.BandwidthGigabytes);
    });

    public void Add(BenchRow row) => Line(json =>
    {
        json.WriteString("op", row.Work.Operation);
        json.WriteString("shape", row.Work.Shape);
        if (row.Weights is not null) json.WriteString("weights", row.Weights);
        if (row.Kernel is not null)
        {
            json.WriteString("kernel", row.Kernel);
            Number(json, "ms", row.Milliseconds);
            Number(json, "gflops", row.Gflops);
            Number(json, "fraction_of_peak", row.FractionOfPeak);
        }
        Number(json, "peak_gflops", row.PeakGflops);
        Number(json, "stream_ms", row.StreamMilliseconds);
        Number(json, "large_stream_ms", row.LargeStreamMilliseconds);
        Number(json, "fraction_of_memory", row.FractionOfMemory);
        if (row.DisturbedTurns > 0) json.WriteNumber("disturbed_turns", row.DisturbedTurns);
        if (row.Peer is not null)
        {
            json.WriteString("peer", row.Peer);
            json.WriteString("peer_form", row.PeerForm);
            Number(json, "peer_ms", row.PeerMilliseconds);
            Number(json, "peer_gflops", row.PeerGflops);
            Number(json, "ratio", row.Ratio);
            if (row.Difference is { } difference) json.WriteNumber("difference", difference);
        }
    });

    static void Number(Utf8JsonWriter json, string name, double? value)
    {
        // Four decimals: a tenth of a microsecond, more than any clock or median holds.
        if (value is { } number && double.IsFinite(number)) json.WriteNumber(name, Math.Round(number, 4));
    }

    void Line(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
        output.Flush();
    }
}
