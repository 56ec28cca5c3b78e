using PgpSr.CommandLine.Tests.Readme;

namespace PgpSr.CommandLine.Tests;

/// <summary>Files named as people name them: without a folder.</summary>
[Collection(nameof(OneFolderAtATime))]
public sealed class BareNameTests : IDisposable
{
    readonly Scratch _scratch = new();
    readonly string _before = Directory.GetCurrentDirectory();

    public BareNameTests() => Directory.SetCurrentDirectory(_scratch.Root);

    public void Dispose()
    {
        Directory.SetCurrentDirectory(_before);
        _scratch.Dispose();
    }

    [Fact]
    public void What_a_link_leads_to_is_not_replaced()
    {
        byte[] original = File.ReadAllBytes(_scratch.Picture("real.png"));
        File.CreateSymbolicLink("link.png", "real.png");
        CommandRun run = CommandRun.Of("upscale", "link.png", "-o", "real.png");
        Assert.Equal(ExitCode.Output, run.Code);
        Assert.Equal(original, File.ReadAllBytes("real.png"));
    }
}
