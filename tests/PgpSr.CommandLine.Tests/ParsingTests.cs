namespace PgpSr.CommandLine.Tests;

public sealed class ParsingTests
{
    [Theory, InlineData("4GB", 4L << 30), InlineData("700MB", 700L << 20), InlineData("2.5g", 5L << 29)]
    [InlineData("12 KiB", 12L << 10), InlineData("1048576", 1L << 20), InlineData("1b", 1)]
    public void Sizes_are_read_as_people_write_them(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out long found));
        Assert.Equal(bytes, found);
    }

    [Theory, InlineData(""), InlineData("GB"), InlineData("-1GB"), InlineData("0"), InlineData("4XB")]
    [InlineData("1e40"), InlineData("99999999999TB"), InlineData("NaN")]
    public void What_is_no_size_is_refused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory, InlineData("--no-such-option"), InlineData("nosuchcommand"), InlineData()]
    public void A_wrong_command_line_is_exit_code_2_and_names_the_help(params string[] args)
    {
        CommandRun run = CommandRun.Of(args);
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("--help", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void Version_is_one_line()
    {
        CommandRun run = CommandRun.Of("--version");
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\r?\n$", run.Output);
    }

    [Fact]
    public void Help_names_every_command()
    {
        CommandRun run = CommandRun.Of("--help");
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains("devices", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_are_listed_for_people_and_for_programs()
    {
        Assert.Contains("cpu: test processor", CommandRun.Of("devices").Output, StringComparison.Ordinal);
        var device = Assert.Single(CommandRun.Of("devices", "--json").Events("device"));
        Assert.True(device.GetProperty("usable").GetBoolean());
        Assert.Equal(1 << 30, device.GetProperty("memory").GetInt64());
    }
}
