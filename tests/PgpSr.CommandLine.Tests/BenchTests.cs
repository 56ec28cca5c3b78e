using System.Text.Json;
using PgpSr.CommandLine.Commands;

namespace PgpSr.CommandLine.Tests;

/// <summary><c>pgpsr bench</c>, on a small picture and beside whatever else runs.</summary>
public sealed class BenchTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Every_embedded_model_is_measured_and_the_page_shows_it()
    {
        string page = _scratch["bench.html"];
        CommandRun run = CommandRun.Of("bench", "--busy", "--size", "16", "--runs", "1", "--no-kernels", "--json", "--html", page);
        Assert.True(run.Code == ExitCode.Ok, run.Error);
        JsonElement[] models = [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))
            .Where(line => line.GetProperty("event").GetString() == "model")];
        Assert.Equal(Managed.ModelCatalog.Names, models.Select(line => line.GetProperty("model").GetString()!));
        foreach (JsonElement model in models)
        {
            double median = model.GetProperty("median-seconds").GetDouble(), images = model.GetProperty("images-per-minute").GetDouble();
            Assert.Equal(60, images * median, 60 * 0.01 + images * 1e-4);
        }
        string html = File.ReadAllText(page);
        Assert.All(Managed.ModelCatalog.Names, name => Assert.Contains(name, html, StringComparison.Ordinal));
        Assert.Contains("<svg", html, StringComparison.Ordinal);
    }

    [Theory, InlineData(0.05, 2, false), InlineData(0.5, 2, true), InlineData(1.5, 16, false), InlineData(4, 16, true)]
    public void A_machine_that_others_use_is_not_judged(double held, int processors, bool refused)
    {
        string? refusal = BenchCommand.Refusal(held, processors);
        Assert.Equal(refused, refusal is not null);
        if (refused) Assert.Contains("--busy", refusal, StringComparison.Ordinal);
    }
}
