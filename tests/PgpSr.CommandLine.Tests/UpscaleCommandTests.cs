using System.Globalization;
using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Managed;

namespace PgpSr.CommandLine.Tests;

public sealed class UpscaleCommandTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_picture_becomes_four_times_larger_and_says_how_it_was_made()
    {
        CommandRun run = CommandRun.Of("upscale", _scratch.Picture("a.png"), "-o", _scratch["x.png"], "--seed", "7");
        Assert.Equal(ExitCode.Ok, run.Code);
        Image result = Image.Load(_scratch["x.png"]);
        Assert.Equal((64, 48), (result.Width, result.Height));
        Assert.Contains(result.Metadata.Text, text => text.Value.Contains("seed 7") && text.Value.Contains("sha256"));
        Assert.Equal(["a.png", "x.png"], _scratch.Files());
    }

    [Fact]
    public void Provenance_stays_away_on_request()
    {
        CommandRun.Of("upscale", _scratch.Picture("a.png"), "-o", _scratch["x.png"], "--no-provenance");
        Assert.DoesNotContain(Image.Load(_scratch["x.png"]).Metadata.Text, text => text.Value.Contains("sha256", StringComparison.Ordinal));
    }

    [Fact]
    public void A_batch_goes_on_past_bad_files_and_names_them_at_the_end()
    {
        _scratch.Picture("in/a.png");
        _scratch.File("in/b.png", []);
        _scratch.File("in/c.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0]);
        _scratch.Picture("in/d.png", seed: 3);
        CommandRun run = CommandRun.Of("upscale", _scratch["in"], _scratch["missing.png"], "-o", _scratch["out"]);
        Assert.Equal(ExitCode.SomeFailed, run.Code);
        Assert.Equal(["a.png", "d.png"], _scratch.Files("out"));
        string end = run.Error[run.Error.IndexOf("2 done, 3 failed", StringComparison.Ordinal)..];
        Assert.All((string[])["b.png", "c.jpg", "missing.png"], name => Assert.Contains(name, end, StringComparison.Ordinal));
    }

    [Fact]
    public void Programs_read_json_lines_and_nothing_else_on_the_output()
    {
        _scratch.Picture("in/a.png");
        _scratch.File("in/b.png", [1, 2, 3]);
        CommandRun run = CommandRun.Of("upscale", _scratch["in"], "-o", _scratch["out"], "--json");
        Assert.Equal(64, Assert.Single(run.Events("start")).GetProperty("model-sha256").GetString()!.Length);
        Assert.Equal(["done", "failed"], run.Events("file").Select(e => e.GetProperty("status").GetString()));
        var end = Assert.Single(run.Events("end"));
        Assert.Equal((1, 1, 1), (end.GetProperty("done").GetInt32(), end.GetProperty("failed").GetInt32(), end.GetProperty("exit-code").GetInt32()));
    }

    [Fact]
    public void Existing_results_are_left_alone_on_request()
    {
        _scratch.Picture("in/a.png");
        _scratch.Picture("in/b.png");
        _scratch.File("out/a.png", [1, 2, 3]);
        CommandRun run = CommandRun.Of("upscale", _scratch["in"], "-o", _scratch["out"], "--skip-existing", "--json");
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(_scratch["out/a.png"]));
        Assert.Equal(1, Assert.Single(run.Events("end")).GetProperty("skipped").GetInt32());
        Assert.True(File.Exists(_scratch["out/b.png"]));
    }

    [Fact]
    public void Results_in_a_folder_are_replaced_on_request_only_and_never_by_a_preview()
    {
        _scratch.Picture("in/a.png");
        _scratch.File("out/a.png", [1, 2, 3]);
        CommandRun refused = CommandRun.Of("upscale", _scratch["in"], "-o", _scratch["out"]);
        Assert.Equal(ExitCode.Output, refused.Code);
        Assert.Contains("exists; --force replaces it, --skip-existing keeps it", refused.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, CommandRun.Of("upscale", _scratch["in"], "-o", _scratch["out"], "--preview", "--force").Code);
        Assert.Equal(["a-preview.png", "a.png"], _scratch.Files("out"));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(_scratch["out/a.png"]));
        Assert.Equal(ExitCode.Ok, CommandRun.Of("upscale", _scratch["in"], "-o", _scratch["out"], "--force").Code);
        Assert.Equal(64, Image.Load(_scratch["out/a.png"]).Width);
    }

    [Fact]
    public void A_result_does_not_say_how_its_source_was_made()
    {
        Assert.Equal(ExitCode.Ok, CommandRun.Of("upscale", _scratch.Picture("a.png"), "-o", _scratch["b.png"]).Code);
        Assert.Contains(Image.Load(_scratch["b.png"]).Metadata.Text, text => text.Value.Contains("sha256", StringComparison.Ordinal));
        foreach (string[] more in (string[][])[[], ["--preview"], ["--format", "jpeg"]])
        {
            Assert.Equal(ExitCode.Ok, CommandRun.Of(["upscale", _scratch["b.png"], "-o", _scratch["c.png"], "--no-provenance", .. more]).Code);
            Assert.DoesNotContain(Image.Load(_scratch["c.png"]).Metadata.Text, text => text.Value.Contains("sha256", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Shards_and_thread_counts_give_the_bytes_of_one_run()
    {
        for (int i = 0; i < 5; i++) _scratch.Picture($"in/{i}.png", 20 + i, 17, seed: i);
        Assert.Equal(ExitCode.Ok, CommandRun.Of("upscale", _scratch["in"], "-o", _scratch["whole"], "--threads", "1").Code);
        for (int i = 1; i <= 3; i++)
            Assert.Equal(ExitCode.Ok, CommandRun.Of("upscale", _scratch["in"], "-o", _scratch["parts"], "--threads", "2", "--shard", $"{i}/3").Code);
        Assert.Equal(_scratch.Files("whole"), _scratch.Files("parts"));
        foreach (string name in _scratch.Files("whole"))
            Assert.Equal(File.ReadAllBytes(_scratch[$"whole/{name}"]), File.ReadAllBytes(_scratch[$"parts/{name}"]));
    }

    [Fact]
    public void A_shard_without_pictures_has_nothing_to_do_and_succeeds()
    {
        _scratch.Picture("in/a.png");
        Assert.Equal(ExitCode.Ok, CommandRun.Of("upscale", _scratch["in"], "-o", _scratch["out"], "--shard", "2/2").Code);
    }

    [Theory, InlineData(1, 1), InlineData(1, 5000), InlineData(5000, 1), InlineData(3, 5)]
    public void Pictures_of_any_shape_are_done(int width, int height)
    {
        CommandRun run = CommandRun.Of("upscale", _scratch.Picture("a.png", width, height), "-o", _scratch["x.png"]);
        Assert.True(run.Code == ExitCode.Ok, run.Error);
        using var reader = ImageReader.Open(_scratch["x.png"]);
        Assert.Equal((4 * width, 4 * height), (reader.Info.Width, reader.Info.Height));
    }

    [Fact]
    public void An_empty_file_is_a_clear_refusal()
    {
        CommandRun run = CommandRun.Of("upscale", _scratch.File("a.png", []), "-o", _scratch["x.png"]);
        Assert.Equal(ExitCode.SomeFailed, run.Code);
        Assert.Contains("a.png", run.Error, StringComparison.Ordinal);
        Assert.Equal(["a.png"], _scratch.Files());
    }

    [Fact]
    public void A_source_that_is_not_quite_right_is_done_with_a_warning()
    {
        byte[] png = File.ReadAllBytes(_scratch.Picture("a.png")), damaged = [0, 0, 0, 3, .. "tEXt"u8, (byte)'k', 0, (byte)'v', 0, 0, 0, 0];
        CommandRun run = CommandRun.Of("upscale", _scratch.File("b.png", [.. png[..33], .. damaged, .. png[33..]]), "-o", _scratch["x.png"]);
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains("b.png: chunk tEXt has a wrong CRC", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_plan_is_shown_without_doing_anything()
    {
        CommandRun run = CommandRun.Of("upscale", _scratch.Picture("a.png"), "-o", _scratch["x.png"], "--dry-run");
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains("16x12 to 64x48", run.Output, StringComparison.Ordinal);
        Assert.Equal(["a.png"], _scratch.Files());
    }

    [Fact]
    public void A_budget_that_nothing_fits_is_refused_before_the_work_with_one_that_would_do()
    {
        CommandRun run = CommandRun.Of("upscale", _scratch.Picture("a.png", 64, 64), "-o", _scratch["x.png"], "--memory", "1MB");
        Assert.Equal(ExitCode.Memory, run.Code);
        Assert.Equal(["a.png"], _scratch.Files());
    }

    [Fact]
    public void A_budget_is_compared_with_what_a_file_takes_strip_by_strip_and_not_with_the_whole_result()
    {
        string picture = _scratch.Picture("a.png", 1400, 1000);
        using var backend = CpuBackend.Create();
        using var resolver = SuperResolver.Load(backend);
        long strips = Assert.Throws<MemoryBudgetException>(() => resolver.PlanFile(picture, new() { MemoryBudget = 1 })).SmallestBytes;
        long whole = Assert.Throws<MemoryBudgetException>(() => resolver.Plan(1400, 1000, new() { MemoryBudget = 1 })).SmallestBytes;
        Assert.True(strips < whole, $"{strips} and {whole}");
        string budget = ((strips + whole) / 2).ToString(CultureInfo.InvariantCulture);
        CommandRun run = CommandRun.Of("upscale", picture, "-o", _scratch["x.png"], "--memory", budget, "--dry-run");
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains("strip by strip", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_model_is_exit_code_4_and_names_those_there_are()
    {
        CommandRun run = CommandRun.Of("upscale", _scratch.Picture("a.png"), "-o", _scratch["x.png"], "--model", "nosuch");
        Assert.Equal(ExitCode.Model, run.Code);
        Assert.Contains("pgp-s1-x4", run.Error, StringComparison.Ordinal);
    }

    [Theory, InlineData("--scale", "0"), InlineData("--scale", "NaN"), InlineData("--width", "0"), InlineData("--quality", "101")]
    [InlineData("--background", "red"), InlineData("--tile", "-1"), InlineData("--color", "blue"), InlineData("--steps", "0")]
    [InlineData("--threads", "-1"), InlineData("--memory", "lots"), InlineData("--shard", "0/4"), InlineData("--seed", "-1")]
    [InlineData("--prompt", "a cat"), InlineData("--activations", "f64"), InlineData("--reuse", "0"), InlineData("--reuse", "2")]
    public void Wrong_values_are_exit_code_2_and_name_the_option(string option, string value)
    {
        CommandRun run = CommandRun.Of("upscale", _scratch.Picture("a.png"), "-o", _scratch["x.png"], option, value);
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(option, run.Error, StringComparison.Ordinal);
        Assert.Equal(["a.png"], _scratch.Files());
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_exit_code_7()
    {
        string file = _scratch.File("file", [1]);
        Assert.Equal(ExitCode.Output, CommandRun.Of("upscale", _scratch.Picture("a.png"), "-o", Path.Combine(file, "x.png")).Code);
    }

    [Fact]
    public void An_unwritable_folder_is_exit_code_7_before_a_model_is_loaded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc, which nobody can write, is Linux's");
        CommandRun run = CommandRun.Of("upscale", _scratch.Picture("a.png"), "-o", "/proc/x.png", "--model", "nosuch");
        Assert.Equal(ExitCode.Output, run.Code);
        Assert.Contains("/proc", run.Error, StringComparison.Ordinal);
    }
}
