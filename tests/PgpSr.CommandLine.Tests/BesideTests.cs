using PgpSr.Imaging;
using PgpSr.Managed;

namespace PgpSr.CommandLine.Tests;

/// <summary>Results without <c>-o</c>, and through pipes.</summary>
public sealed class BesideTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("a.png", "", "a-x4.png", 64), InlineData("a.bmp", "", "a-x4.png", 64), InlineData("a.b.jpg", "--scale 2.5", "a.b-x2.5.jpg", 40)]
    [InlineData("a.png", "--width 40", "a-w40.png", 40), InlineData("a.png", "--height 36", "a-h36.png", 48)]
    [InlineData("a.png", "--width 40 --height 40 --fit cover", "a-40x40.png", 40), InlineData("a.png", "--format jpeg", "a-x4.jpg", 64)]
    [InlineData("a.png", "--name {name}_{model}_{scale} --scale 3", "a_pgp-s1-x4_3.png", 48)]
    [InlineData("a.png", "--preview", "a-x4-preview.png", 64)]
    public void A_result_without_output_lies_beside_its_picture(string picture, string options, string expected, int width)
    {
        string source = Path.GetExtension(picture) == ".bmp" ? _scratch.File(picture, Bmp()) : _scratch.Picture(picture);
        CommandRun run = CommandRun.Of(["upscale", source, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.True(run.Code == ExitCode.Ok, run.Error);
        Assert.Equal(new[] { picture, expected }.Order(StringComparer.Ordinal), _scratch.Files());
        Assert.Equal(width, Image.Load(_scratch[expected]).Width);
    }

    // 16 x 12, 24 bit, gray.
    static byte[] Bmp()
    {
        byte[] file = new byte[54 + 16 * 12 * 3];
        Array.Fill(file, (byte)128, 54, file.Length - 54);
        (file[0], file[1], file[10], file[14], file[18], file[22], file[26], file[28]) = ((byte)'B', (byte)'M', 54, 40, 16, 12, 1, 24);
        BitConverter.TryWriteBytes(file.AsSpan(2), file.Length);
        return file;
    }

    [Fact]
    public void An_existing_result_is_kept_replaced_or_refused_as_asked()
    {
        string picture = _scratch.Picture("a.png");
        _scratch.File("a-x4.png", [1]);
        CommandRun refused = CommandRun.Of("upscale", picture);
        Assert.Equal(ExitCode.Output, refused.Code);
        Assert.Contains("exists; --force replaces it, --skip-existing keeps it", refused.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, CommandRun.Of("upscale", picture, "--skip-existing").Code);
        Assert.Equal([1], File.ReadAllBytes(_scratch["a-x4.png"]));
        Assert.Equal(ExitCode.Ok, CommandRun.Of("upscale", picture, "--force").Code);
        Assert.Equal(64, Image.Load(_scratch["a-x4.png"]).Width);
    }

    [Fact]
    public void A_folder_run_twice_does_not_enlarge_its_own_results_and_names_all_that_was_left_out()
    {
        foreach (string name in (string[])["in/a.png", "in/b.png"]) _scratch.Picture(name);
        _scratch.File("in/notes.txt", []);
        _scratch.File("in/c.heic", []);
        Assert.Equal(ExitCode.Ok, CommandRun.Of("upscale", _scratch["in"]).Code);
        CommandRun again = CommandRun.Of("upscale", _scratch["in"], "--skip-existing", "--json");
        Assert.Equal(ExitCode.Ok, again.Code);
        Assert.Equal(["a-x4.png", "a.png", "b-x4.png", "b.png", "c.heic", "notes.txt"], _scratch.Files("in"));
        Assert.Contains("4 files left out: c.heic, notes.txt, a-x4.png, b-x4.png", again.Error, StringComparison.Ordinal);
        Assert.Equal(4, again.Events("end")[0].GetProperty("left-out").GetArrayLength());
    }

    // As a shell expands *.png.
    [Fact]
    public void Pictures_named_with_their_earlier_results_are_not_enlarged_again_nor_lost()
    {
        string[] pictures = [_scratch.Picture("a.png"), _scratch.Picture("b.png")];
        Assert.Equal(ExitCode.Ok, CommandRun.Of("upscale", pictures[0]).Code);
        byte[] result = File.ReadAllBytes(_scratch["a-x4.png"]);
        CommandRun again = CommandRun.Of(["upscale", .. pictures, _scratch["a-x4.png"], "--skip-existing"]);
        Assert.True(again.Code == ExitCode.Ok, again.Error);
        Assert.Contains("left out: a-x4.png", again.Error, StringComparison.Ordinal);
        Assert.Equal(["a-x4.png", "a.png", "b-x4.png", "b.png"], _scratch.Files());
        Assert.Equal(ExitCode.Output, CommandRun.Of(["upscale", .. pictures, _scratch["a-x4.png"], "--force"]).Code);
        Assert.Equal(result, File.ReadAllBytes(_scratch["a-x4.png"]));
    }

    [Fact]
    public void Results_with_other_settings_are_no_inputs_either()
    {
        foreach (string name in (string[])["in/a.png", "in/b-x2.png"]) _scratch.Picture(name);
        Assert.Equal(ExitCode.Ok, CommandRun.Of("upscale", _scratch["in"], "--preview").Code);
        Assert.Equal(ExitCode.Ok, CommandRun.Of("upscale", _scratch["in"]).Code);
        CommandRun run = CommandRun.Of("upscale", _scratch["in"], "--scale", "2");
        Assert.True(run.Code == ExitCode.Ok, run.Error);
        // There is no b.png of which b-x2.png could be the result.
        Assert.Equal(["a-x2.png", "a-x4-preview.png", "a-x4.png", "a.png", "b-x2-x2.png", "b-x2-x4-preview.png", "b-x2-x4.png", "b-x2.png"], _scratch.Files("in"));
    }

    [Fact]
    public void A_preview_never_has_a_results_name()
    {
        string picture = _scratch.Picture("a.png");
        Assert.Equal(ExitCode.Ok, CommandRun.Of("upscale", picture, "--name", "{name}_big").Code);
        Assert.Equal(ExitCode.Ok, CommandRun.Of("upscale", picture, "--name", "{name}_big", "--preview").Code);
        Assert.Equal(["a.png", "a_big-preview.png", "a_big.png"], _scratch.Files());
    }

    [Fact]
    public void To_replace_and_to_keep_at_once_is_refused() =>
        Assert.Equal(ExitCode.Usage, CommandRun.Of("upscale", _scratch.Picture("a.png"), "--force", "--skip-existing").Code);

    [Fact]
    public void A_dry_run_skips_what_the_run_would_and_ends_as_it_does()
    {
        string picture = _scratch.File("a.png", [1, 2, 3]);
        _scratch.File("a-x4.png", [1]);
        CommandRun run = CommandRun.Of("upscale", picture, "--skip-existing", "--dry-run", "--json");
        Assert.True(run.Code == ExitCode.Ok, run.Error);
        Assert.Equal("skipped", Assert.Single(run.Events("file")).GetProperty("status").GetString());
        Assert.Empty(run.Events("plan"));
        Assert.Equal(1, Assert.Single(run.Events("end")).GetProperty("skipped").GetInt32());
    }

    [Fact]
    public void A_pattern_that_names_the_pictures_themselves_is_refused()
    {
        foreach (string name in (string[])["in/a.jpg", "in/a.png"]) _scratch.Picture(name);
        byte[] before = File.ReadAllBytes(_scratch["in/a.png"]);
        foreach (string[] more in (string[][])[[], ["--format", "png"]])
        {
            CommandRun run = CommandRun.Of(["upscale", _scratch["in"], "--name", "{name}", "--force", .. more]);
            Assert.Equal(ExitCode.Output, run.Code);
            Assert.Contains("would replace the input", run.Error, StringComparison.Ordinal);
        }
        Assert.Equal(before, File.ReadAllBytes(_scratch["in/a.png"]));
    }

    [Theory, InlineData("{nam}"), InlineData("{width}"), InlineData("in/{name}")]
    public void A_name_that_cannot_be_made_is_refused(string pattern) =>
        Assert.Equal(ExitCode.Usage, CommandRun.Of("upscale", _scratch.Picture("a.png"), "--name", pattern).Code);

    [Theory, InlineData("png", false), InlineData("jpg", true)]
    public void A_picture_goes_through_a_pipe_in_its_own_format(string extension, bool explicitOutput)
    {
        byte[] picture = File.ReadAllBytes(_scratch.Picture($"a.{extension}"));
        var result = new MemoryStream();
        CommandRun run = CommandRun.Piped(new MemoryStream(picture), result, ["upscale", "-", .. explicitOutput ? ["-o", "-"] : (string[])[]]);
        Assert.True(run.Code == ExitCode.Ok, run.Error);
        Assert.Empty(run.Output);
        using var reader = ImageReader.Open(new MemoryStream(result.ToArray()));
        Assert.Equal((64, 48), (reader.Info.Width, reader.Info.Height));
        Assert.Equal(extension == "png" ? ImageFormat.Png : ImageFormat.Jpeg, reader.Format);
    }

    [Fact]
    public void A_pipe_and_json_lines_do_not_share_the_output() =>
        Assert.Equal(ExitCode.Usage, CommandRun.Of("upscale", _scratch.Picture("a.png"), "-o", "-", "--json").Code);

    [Fact]
    public void What_the_json_plan_says_is_what_is_done()
    {
        string picture = _scratch.Picture("a.png", 300, 40);
        foreach (string[] more in (string[][])[[], ["--preview"], ["--dry-run"], ["--dry-run", "--preview"]])
        {
            CommandRun run = CommandRun.Of(["upscale", picture, "-o", _scratch["x.png"], "--scale", "2", "--json", .. more]);
            Assert.True(run.Code == ExitCode.Ok, run.Error);
            int expected = more.Contains("--preview") ? 512 : 600;
            Assert.Equal(expected, run.Events("plan")[0].GetProperty("width").GetInt32());
            if (more.Contains("--dry-run")) Assert.True(run.Events("plan")[0].GetProperty("seconds").GetDouble() > 0);
            else Assert.Equal(expected, run.Events("file")[0].GetProperty("width").GetInt32());
        }
    }

    [Fact]
    public void A_dry_run_says_how_long()
    {
        CommandRun run = CommandRun.Of("upscale", _scratch.Picture("a.png", 64, 64), "-o", _scratch["x.png"], "--dry-run");
        Assert.Matches("(less than 1 second|about [0-9]+:[0-9]{2}) on this device", run.Output);
    }

    [Theory, InlineData("--scale 2", "pgp-s1-x2"), InlineData("--scale 2 --denoise 0.5", "pgp-s1-x2"), InlineData("--scale 2.5", ModelCatalog.Default), InlineData("--scale 2 --look 0.5", ModelCatalog.Default)]
    [InlineData("--width 40", null), InlineData("--scale 2 --model pgp-s1-x4", null)]
    public void The_model_that_is_taken_for_a_scale_is_named(string options, string? named)
    {
        CommandRun run = CommandRun.Of(["upscale", _scratch.Picture("a.png"), "-o", _scratch["x.png"], .. options.Split(' ')]);
        Assert.True(run.Code == ExitCode.Ok, run.Error);
        Assert.Equal(named is not null, run.Error.Contains($"model {named}; --model chooses another", StringComparison.Ordinal));
    }

    [Theory, InlineData("100", true), InlineData("16", false), InlineData("5", false)]
    public void A_scale_that_the_model_cannot_do_is_said(string scale, bool said)
    {
        CommandRun run = CommandRun.Of("upscale", _scratch.Picture("a.png", 8, 8), "-o", _scratch["x.png"], "--scale", scale);
        Assert.True(run.Code == ExitCode.Ok, run.Error);
        Assert.Equal(said, run.Error.Contains("enlarges 16 times in two passes; Lanczos interpolation does the rest", StringComparison.Ordinal));
        Assert.Equal(said ? 1 : 0, run.Error.Split('\n').Count(line => line.StartsWith("warning:", StringComparison.Ordinal)));
    }

    [Fact]
    public void Models_say_which_one_to_choose()
    {
        string output = CommandRun.Of("models").Output;
        Assert.All(ModelCatalog.Names, name => Assert.Contains(ModelChoice.Advice(ModelCatalog.Describe(name)), output, StringComparison.Ordinal));
    }
}
