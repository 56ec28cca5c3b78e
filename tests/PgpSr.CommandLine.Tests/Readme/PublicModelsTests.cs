using PgpSr.Testing;

namespace PgpSr.CommandLine.Tests.Readme;

/// <summary>The commands that the page of public models gives, on generated weights in the published layouts.</summary>
[Collection(nameof(OneFolderAtATime))]
public sealed class PublicModelsTests : IDisposable
{
    readonly Scratch _scratch = new();
    readonly string _before = Directory.GetCurrentDirectory();

    public PublicModelsTests()
    {
        Directory.SetCurrentDirectory(_scratch.Root);
        _scratch.Picture("photos/a.png", 32, 32);
    }

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
        RunCommands("## AdcSR", 96, 80);
        Assert.Contains("AdcSR, x4", CommandRun.Of("inspect", "weight").Output, StringComparison.Ordinal);
        // Half of it is no model, and the sentence says what is missing and where it is to be had.
        File.Delete(Path.Combine("weight", AdcSrCases.DecoderFile));
        var half = CommandRun.Of("upscale", "photo.png", "-o", "x.png", "--model", "weight");
        Assert.Equal(ExitCode.Model, half.Code);
        Assert.Contains("without its decoder: download halfDecoder.ckpt from github.com", half.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_commands_of_RealESRGAN_do_their_work()
    {
        File.Copy(Goldens.Checkpoint("realesrgan_params_ema.pth"), "RealESRGAN_x4plus.pth");
        foreach (string name in (string[])["realesr-general-x4v3.pth", "realesr-general-wdn-x4v3.pth"])
            File.Copy(Goldens.Checkpoint("srvgg_params.pth"), name);
        _scratch.Picture("photo.png", 24, 20);
        RunCommands("## Real-ESRGAN", 96, 80);
        var inspected = CommandRun.Of("inspect", "RealESRGAN_x4plus.pth");
        Assert.Contains("RRDBNet, 2 blocks of 8 channels, x4", inspected.Output, StringComparison.Ordinal);
        // Its converted file has one naming, and half the width.
        using (var file = Safetensors.SafetensorsFile.Open("x4plus.safetensors"))
            Assert.True(file.TryGet("conv_first.weight", out var first) && first.DType == Safetensors.SafetensorsDType.Float16);
        foreach (string command in (string[])["analyze", "prune"])
            Assert.NotEqual(ExitCode.Ok, CommandRun.Of(command, "RealESRGAN_x4plus.pth", "-o", "x").Code);
        var alone = CommandRun.Of("upscale", "photo.png", "-o", "y.png", "--model", "RealESRGAN_x4plus.pth", "--denoise", "0.5");
        Assert.Equal(ExitCode.Model, alone.Code);
        Assert.Contains("realesr-general-x4v3", alone.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, CommandRun.Of("upscale", "photo.png", "-o", "y.png", "--denoise", "2").Code);
    }

    [Fact]
    public void The_commands_of_the_x4_upscaler_do_their_work()
    {
        using (var golden = GoldenCase.Open(Goldens.Of(GoldenKinds.X4Pipeline).First())) X4Folders.Write("x4-upscaler", golden);
        _scratch.Picture("photo.png", 24, 20);
        RunCommands("## The Stable Diffusion x4 upscaler", 96, 80);
        Assert.Contains("noise levels 0 to 99", CommandRun.Of("inspect", "x4-upscaler").Output, StringComparison.Ordinal);
        foreach (var (says, options) in ((string, string[])[])[("--guidance is set without a prompt", ["--guidance", "3"]),
            ("--noise-level is 100; expected 0 to 99", ["--noise-level", "100"]),
            ("--vae is set, but TAESD is for other latents", ["--vae", "tiny"])])
        {
            var run = CommandRun.Of(["upscale", "photo.png", "-o", "y.png", "-m", "x4-upscaler", "--steps", "1", .. options]);
            Assert.NotEqual(ExitCode.Ok, run.Code);
            Assert.Contains(says, run.Error, StringComparison.Ordinal);
        }
        Assert.NotEqual(ExitCode.Ok, CommandRun.Of("upscale", "photo.png", "-o", "y.png", "--noise-level", "5").Code);
        Assert.Contains("the saved prompt", CommandRun.Of("inspect", "x4.safetensors").Output, StringComparison.Ordinal);
        var prompted = CommandRun.Of("upscale", "photo.png", "-o", "y.png", "-m", "x4.safetensors", "--prompt", "cat");
        Assert.Contains("no text encoder", prompted.Error, StringComparison.Ordinal);
        Directory.Delete("x4-upscaler/vae", recursive: true);
        var missing = CommandRun.Of("upscale", "photo.png", "-o", "y.png", "-m", "x4-upscaler");
        Assert.Equal(ExitCode.Model, missing.Code);
        Assert.Contains("without 'vae'; download it from huggingface.co/stabilityai", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_commands_of_LDM_SR_do_their_work()
    {
        using (var golden = GoldenCase.Open(Goldens.Of(GoldenKinds.LdmSrPipeline).First())) LdmSrFolders.Write("ldm-sr", golden);
        _scratch.Picture("photo.png", 24, 20);
        // The case's autoencoder has two levels, and so half the scale.
        RunCommands("## LDM-SR", 48, 40);
        Assert.Contains("LDM-SR, 128 codes", CommandRun.Of("inspect", "ldm-sr").Output, StringComparison.Ordinal);
        foreach (string model in (string[])["ldm-sr", "ldm.safetensors"])
            Assert.Contains("no transformer blocks", CommandRun.Of("analyze", model, "--images", "photos", "-o", "x").Error, StringComparison.Ordinal);
        // A setting that is not supported is the model's fault, and is named.
        File.WriteAllText("ldm-sr/scheduler/scheduler_config.json", """{"_class_name": "DDIMScheduler", "beta_schedule": "linear"}""");
        var unsupported = CommandRun.Of("upscale", "photo.png", "-o", "y.png", "-m", "ldm-sr");
        Assert.Equal(ExitCode.Model, unsupported.Code);
        Assert.Contains("beta_schedule is linear", unsupported.Error, StringComparison.Ordinal);
    }

    // The commands under a heading, each of which must succeed and enlarge photo.png to this size.
    static void RunCommands(string heading, int width, int height)
    {
        string[] lines = [.. File.ReadLines(Path.Combine(Goldens.RepositoryRoot, "docs", "public-models.md"))
            .SkipWhile(line => !line.StartsWith(heading, StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)).Where(line => line.StartsWith("pgpsr ", StringComparison.Ordinal))];
        Assert.InRange(lines.Length, 3, 10);
        foreach (string line in lines)
        {
            File.Delete("large.png");
            var run = CommandRun.Of(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]);
            Assert.True(run.Code == ExitCode.Ok, $"{line}: {run.Error}");
            if (!line.StartsWith("pgpsr upscale ", StringComparison.Ordinal)) continue;
            var large = Imaging.Image.Load("large.png");
            Assert.Equal((width, height), (large.Width, large.Height));
        }
    }
}
