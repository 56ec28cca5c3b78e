using PgpSr.Testing;

namespace PgpSr.CommandLine.Tests.Readme;

/// <summary>The commands that the page of public models gives, on generated weights in the published layouts.</summary>
[Collection(nameof(OneFolderAtATime))]
public sealed class PublicModelsTests : IDisposable
{
    readonly Scratch _scratch = new();
    readonly string _before = Directory.GetCurrentDirectory();

    public PublicModelsTests() => Directory.SetCurrentDirectory(_scratch.Root);

    public void Dispose()
    {
        Directory.SetCurrentDirectory(_before);
        _scratch.Dispose();
    }

    [Fact]
    public void The_commands_of_AdcSR_do_their_work()
    {
        AdcSrCases.Publish("weight", AdcSrCases.Narrow, seed: 1);
        _scratch.Picture("photo.png", 24, 20);
        string[] lines = [.. File.ReadLines(Path.Combine(Goldens.RepositoryRoot, "docs", "public-models.md"))
            .SkipWhile(line => !line.StartsWith("## AdcSR", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)).Where(line => line.StartsWith("pgpsr ", StringComparison.Ordinal))];
        Assert.InRange(lines.Length, 4, 10);
        foreach (string line in lines)
        {
            File.Delete("large.png");
            var run = CommandRun.Of(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]);
            Assert.True(run.Code == ExitCode.Ok, $"{line}: {run.Error}");
            if (!line.Contains("upscale", StringComparison.Ordinal)) continue;
            var large = Imaging.Image.Load("large.png");
            Assert.Equal((96, 80), (large.Width, large.Height));
        }
        Assert.Contains("AdcSR, x4", CommandRun.Of("inspect", "weight").Output, StringComparison.Ordinal);
        // Half of it is no model, and the sentence says what is missing and where it is to be had.
        File.Delete(Path.Combine("weight", AdcSrCases.DecoderFile));
        var half = CommandRun.Of("upscale", "photo.png", "-o", "x.png", "--model", "weight");
        Assert.Equal(ExitCode.Model, half.Code);
        Assert.Contains("without its decoder: get halfDecoder.ckpt from github.com", half.Error, StringComparison.Ordinal);
    }
}
