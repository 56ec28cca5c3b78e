namespace PgpSr.CommandLine.Tests;

public sealed class InputSetTests : IDisposable
{
    readonly Scratch _scratch = new();

    public InputSetTests()
    {
        string[] names = ["b.png", "a.JPG", "notes.txt", "in/c.tif", "in/deep/d.png", "in/deep/x[1].png", "other/c.tif"];
        foreach (string name in names) _scratch.File(name, []);
    }

    public void Dispose() => _scratch.Dispose();

    string[] Expand(bool recursive, string? exclude, params string[] arguments)
    {
        var full = arguments.Select(argument => Path.Combine(_scratch.Root, argument));
        var files = InputSet.Expand(full, recursive, exclude is null ? null : _scratch[exclude], _ => { });
        return [.. files.Select(file => Path.GetRelativePath(_scratch.Root, file.Path).Replace('\\', '/'))];
    }

    [Fact]
    public void A_folder_gives_its_pictures_in_ordinal_order() => Assert.Equal(["a.JPG", "b.png"], Expand(false, null, "."));

    [Fact]
    public void Folders_within_are_entered_on_request() =>
        Assert.Equal(["a.JPG", "b.png", "in/c.tif", "in/deep/d.png", "in/deep/x[1].png", "other/c.tif"], Expand(true, null, "."));

    [Theory]
    [InlineData("*.png", "b.png")]
    [InlineData("?.JPG", "a.JPG")]
    [InlineData("*/c.tif", "in/c.tif|other/c.tif")]
    [InlineData("**/*.png", "b.png|in/deep/d.png|in/deep/x[1].png")]
    [InlineData("in/**", "in/c.tif|in/deep/d.png|in/deep/x[1].png")]
    [InlineData("i*/d??p/d.*", "in/deep/d.png")]
    public void Patterns_are_expanded_where_the_shell_did_not(string pattern, string expected) =>
        Assert.Equal(expected.Split('|'), Expand(false, null, pattern));

    [Fact]
    public void Brackets_in_a_name_are_just_a_name() => Assert.Equal(["in/deep/x[1].png"], Expand(false, null, "in/deep/x[1].png"));

    [Fact]
    public void The_same_picture_named_twice_comes_once() => Assert.Equal(["b.png", "a.JPG"], Expand(false, null, "b.png", ".", "b.png"));

    [Theory, InlineData("in"), InlineData("in/")]
    public void Results_of_an_earlier_run_in_a_folder_within_are_not_inputs(string output) =>
        Assert.Equal(["a.JPG", "b.png", "other/c.tif"], Expand(true, output, "."));

    [Fact]
    public void The_output_folder_is_an_input_where_it_is_asked_for() => Assert.Equal(["in/c.tif"], Expand(false, "in", "in"));

    [Theory, InlineData("*.gif"), InlineData("empty"), InlineData("nowhere/*.png"), InlineData("missing.png")]
    public void What_matches_nothing_is_no_input(string argument)
    {
        Directory.CreateDirectory(_scratch["empty"]);
        var refusal = Assert.Throws<CommandException>(() => Expand(false, null, argument));
        Assert.Equal(ExitCode.NoInput, refusal.Code);
        Assert.Contains(argument, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_among_others_stays_in_the_list_to_fail_by_name() =>
        Assert.Equal(["b.png", "missing.png"], Expand(false, null, "b.png", "missing.png"));

    [Theory, InlineData("."), InlineData("**"), InlineData("**/*.png")]
    public void A_link_that_leads_back_or_to_a_folder_within_brings_no_picture_twice(string argument)
    {
        string[] before = Expand(true, null, argument);
        Directory.CreateSymbolicLink(_scratch["in/deep/back"], _scratch.Root);
        Directory.CreateSymbolicLink(_scratch["a-link"], _scratch["in"]);
        Assert.Equal(before, Expand(true, null, argument));
    }

    [Fact]
    public void A_link_to_a_folder_elsewhere_is_followed()
    {
        using var elsewhere = new Scratch();
        elsewhere.File("far/e.png", []);
        Directory.CreateSymbolicLink(_scratch["link"], elsewhere.Root);
        Assert.Contains("link/far/e.png", Expand(true, null, "."));
        Assert.Equal(["link/far/e.png"], Expand(false, null, "link/*/*.png"));
    }

    [Fact]
    public void Results_in_a_folder_that_is_reached_by_a_link_are_not_inputs()
    {
        Directory.CreateSymbolicLink(_scratch["results"], _scratch["in"]);
        Assert.Equal(["a.JPG", "b.png", "other/c.tif"], Expand(true, "results", "."));
    }

    [Fact]
    public void A_folder_whose_name_begins_as_the_output_folders_is_not_excluded()
    {
        _scratch.File("in2/e.png", []);
        Assert.Contains("in2/e.png", Expand(true, "in", "."));
    }

    [Fact]
    public void Every_extension_of_a_format_that_is_read_is_found_and_pictures_of_others_are_named()
    {
        foreach (string name in (string[])["a.jfif", "b.jpe", "c.dib", "d.MPO", "e.heic", "f.AVIF", "g.jxl", "h.txt", "i.heic", "j.heic"])
            _scratch.File($"phone/{name}", []);
        List<string> warnings = [];
        var files = InputSet.Expand([_scratch["phone"]], false, null, warnings.Add);
        Assert.Equal(["a.jfif", "b.jpe", "c.dib", "d.MPO"], files.Select(file => file.RelativePath));
        string warning = Assert.Single(warnings);
        Assert.Contains("skipped (unsupported format: HEIC, AVIF, JPEG XL): e.heic, f.AVIF, g.jxl and 2 more", warning, StringComparison.Ordinal);
        var refusal = Assert.Throws<CommandException>(() => InputSet.Expand([_scratch["phone/*.heic"]], false, null, warnings.Add));
        Assert.Equal(ExitCode.NoInput, refusal.Code);
        Assert.Contains("unsupported format: HEIC", refusal.Message, StringComparison.Ordinal);
    }
}
