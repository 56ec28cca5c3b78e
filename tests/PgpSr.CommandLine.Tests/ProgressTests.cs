namespace PgpSr.CommandLine.Tests;

public sealed class ProgressTests : IDisposable
{
    const string Redraw = "\r\u001b[K";

    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    // Several tiles in each.
    string[] Arguments(params string[] more) => Arguments(120, 90, more);

    string[] Arguments(int width, int height, params string[] more)
    {
        for (int i = 0; i < 2; i++) _scratch.Picture($"in/{i}.png", width, height, seed: i);
        return ["upscale", _scratch["in"], "-o", _scratch["out"], "--tile", "64", .. more];
    }

    [Fact]
    public void A_terminal_sees_one_line_redrawn_that_never_wraps_and_is_gone_at_the_end()
    {
        // Long enough to be drawn, which it is each tenth of a second.
        CommandRun run = CommandRun.OnTerminal(Arguments(300, 200));
        Assert.Equal(ExitCode.Ok, run.Code);
        string[] drawn = run.Error.Split(Redraw);
        Assert.True(drawn.Length > 3, run.Error);
        Assert.Contains(drawn, text => text.Contains('%', StringComparison.Ordinal) && text.Contains("tile", StringComparison.Ordinal));
        Assert.All(drawn.Where(text => text.Contains('%', StringComparison.Ordinal)), text => Assert.InRange(text.Length, 1, 79));
        string end = run.Error[(run.Error.LastIndexOf(Redraw, StringComparison.Ordinal) + Redraw.Length)..];
        Assert.DoesNotContain("%", end, StringComparison.Ordinal);
    }

    [Theory, InlineData("--plain"), InlineData("--quiet"), InlineData("--json")]
    public void Nothing_is_redrawn_where_it_is_not_wanted(string option)
    {
        CommandRun run = CommandRun.OnTerminal(Arguments(option));
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.DoesNotContain("\u001b", run.Error + run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Fractions_for_programs_rise_to_the_end_of_the_whole_batch()
    {
        CommandRun run = CommandRun.Of(Arguments("--json"));
        double[] fractions = [.. run.Events("progress").Select(e => e.GetProperty("fraction").GetDouble())];
        Assert.Equal(fractions.Order(), fractions);
        Assert.All(fractions, fraction => Assert.InRange(fraction, 0, 1));
    }

    [Fact]
    public void Output_that_is_no_terminal_gets_whole_lines_without_escape_sequences()
    {
        CommandRun run = CommandRun.Of(Arguments());
        Assert.DoesNotContain("\u001b", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', run.Error.Replace("\r\n", "\n", StringComparison.Ordinal));
        Assert.Contains("2 done", run.Error, StringComparison.Ordinal);
    }
}
