using PgpSr.Imaging;

namespace PgpSr.CommandLine.Tests;

public sealed class UpscaleSizeTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("--scale 2", 32, 24)]
    [InlineData("--width 40", 40, 30)]
    [InlineData("--height 36", 48, 36)]
    [InlineData("--width 40 --height 40 --fit inside", 40, 30)]
    [InlineData("--width 40 --height 40 --fit cover", 40, 40)]
    [InlineData("--width 40 --height 20 --fit stretch", 40, 20)]
    public void The_size_is_what_was_asked_for(string options, int width, int height)
    {
        CommandRun run = CommandRun.Of(["upscale", _scratch.Picture("a.png"), "-o", _scratch["x.png"], .. options.Split(' ')]);
        Assert.True(run.Code == ExitCode.Ok, run.Error);
        using var reader = ImageReader.Open(_scratch["x.png"]);
        Assert.Equal((width, height), (reader.Info.Width, reader.Info.Height));
    }

    [Theory, InlineData("8", true), InlineData("16", false), InlineData("40", false)]
    public void A_result_smaller_than_its_picture_is_made_and_warned_of(string width, bool warned)
    {
        string picture = _scratch.Picture("a.png");
        foreach (string[] more in (string[][])[["--dry-run"], []])
        {
            CommandRun run = CommandRun.Of(["upscale", picture, "-o", _scratch["x.png"], "--width", width, .. more]);
            Assert.True(run.Code == ExitCode.Ok, run.Error);
            Assert.Equal(warned, run.Error.Contains("plain resizing would do", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_preview_is_the_middle_of_the_picture_at_the_same_scale()
    {
        CommandRun run = CommandRun.Of("upscale", _scratch.Picture("a.png", 300, 40), "-o", _scratch["x.png"], "--preview", "--scale", "2");
        Assert.True(run.Code == ExitCode.Ok, run.Error);
        using var reader = ImageReader.Open(_scratch["x.png"]);
        Assert.Equal((512, 80), (reader.Info.Width, reader.Info.Height));
    }
}
