namespace PgpSr.CommandLine.Tests;

/// <summary><c>pgpsr export</c>: what is refused, and that a file is there; PgpSr.Onnx.Tests run what is in it.</summary>
public sealed class ExportTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void An_embedded_model_is_written_once()
    {
        string file = _scratch["model.onnx"];
        CommandRun run = CommandRun.Of("export", "pgp-s1-x4", "--onnx", file);
        Assert.True(run.Code == ExitCode.Ok, run.Error);
        // Half of its weights' numbers are two bytes each, 1.5 million of them.
        Assert.InRange(new FileInfo(file).Length, 2_000_000, 5_000_000);
        Assert.Equal(ExitCode.Output, CommandRun.Of("export", "pgp-s1-x4", "--onnx", file).Code);
        Assert.Equal(ExitCode.Ok, CommandRun.Of("export", "pgp-s1-x2", "--onnx", file, "--overwrite", "--timestep", "500").Code);
    }

    [Theory, InlineData("nosuch", nameof(ExitCode.Model), "pgp-s1-x4"), InlineData(".", nameof(ExitCode.Model), "config.json")]
    public void What_is_no_network_is_refused(string model, string codeName, string said)
    {
        var code = Enum.Parse<ExitCode>(codeName);
        CommandRun run = CommandRun.Of("export", model, "--onnx", _scratch["model.onnx"]);
        Assert.Equal(code, run.Code);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_scratch["model.onnx"]));
    }
}
