using PgpSr.Imaging;

namespace PgpSr.CommandLine.Tests;

public sealed class OutputNamingTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    static InputFile Named(string path) => new(path, Path.GetFileName(path), Found: false);

    static InputFile Found(string root, string relative) => new(Path.Combine(root, relative), relative, Found: true);

    [Fact]
    public void One_picture_goes_to_one_file() => Assert.Equal("x.png", OutputNaming.Pair([Named("a.jpg")], "x.png", null)[0].Destination);

    [Fact]
    public void A_folder_that_exists_or_ends_with_a_separator_takes_the_pictures_name()
    {
        Assert.Equal(_scratch["a.jpg"], OutputNaming.Pair([Named("a.jpg")], _scratch.Root, null)[0].Destination);
        string folder = "new" + Path.DirectorySeparatorChar;
        Assert.Equal(folder + "a.jpg", OutputNaming.Pair([Named("a.jpg")], folder, null)[0].Destination);
    }

    [Fact]
    public void A_result_that_would_replace_an_input_by_way_of_a_link_is_refused()
    {
        _scratch.File("in/a.png", []);
        Directory.CreateSymbolicLink(_scratch["link"], _scratch["in"]);
        var refusal = Assert.Throws<CommandException>(() => OutputNaming.Pair([Found(_scratch["in"], "a.png")], _scratch["link"], null));
        Assert.Equal(ExitCode.Output, refusal.Code);
        Assert.Equal(_scratch["link/a.tif"], OutputNaming.Pair([Found(_scratch["in"], "a.png")], _scratch["link"], ImageFormat.Tiff)[0].Destination);
    }

    [Theory, InlineData("a.jpeg", null, "a.jpeg"), InlineData("a.bmp", null, "a.png"), InlineData("a.gif", ImageFormat.Tiff, "a.tif")]
    [InlineData("a.JPG", ImageFormat.Jpeg, "a.JPG"), InlineData("a.jfif", null, "a.jfif"), InlineData("a.mpo", null, "a.png")]
    [InlineData("a.dib", null, "a.png"), InlineData("a.png", ImageFormat.Jpeg, "a.jpg")]
    public void The_extension_follows_the_format_that_is_written(string name, ImageFormat? format, string expected) =>
        Assert.Equal(_scratch[expected], OutputNaming.Pair([Named(name)], _scratch.Root, format)[0].Destination);

    [Fact]
    public void Pictures_keep_their_places_below_a_folder()
    {
        var items = OutputNaming.Pair([Found("in", "a/x.png"), Found("in", "b/x.png")], "out", null);
        Assert.Equal([Path.Combine("out", "a/x.png"), Path.Combine("out", "b/x.png")], items.Select(item => item.Destination));
    }

    [Fact]
    public void Of_two_results_of_one_name_the_second_is_refused_by_both_inputs()
    {
        var items = OutputNaming.Pair([Named("one/x.png"), Named("two/x.png"), Named("y.png")], "out", null);
        Assert.Equal([true, false, true], items.Select(item => item.Refusal is null));
        Assert.Contains("one/x.png", items[1].Refusal, StringComparison.Ordinal);
        Assert.NotNull(OutputNaming.Pair([Named("x.jpg"), Named("x.png")], "out", ImageFormat.Png)[1].Refusal);
    }

    [Fact]
    public void What_a_link_leads_to_is_an_input_too()
    {
        string picture = _scratch.Picture("real.png");
        File.CreateSymbolicLink(_scratch["link.png"], picture);
        File.CreateSymbolicLink(_scratch["link-to-link.png"], _scratch["link.png"]);
        foreach (string link in (string[])["link.png", "link-to-link.png"])
        {
            Assert.Equal(ExitCode.Output, Assert.Throws<CommandException>(() => OutputNaming.Pair([Named(_scratch[link])], picture, null)).Code);
            Assert.Equal(ExitCode.Output, Assert.Throws<CommandException>(() => OutputNaming.RefuseInputs("-o", picture, [_scratch[link]])).Code);
        }
        // The link is replaced by its name, and what it leads to stays as it is.
        Assert.Null(OutputNaming.Pair([Named(picture)], _scratch["link.png"], null)[0].Refusal);
    }

    [Fact]
    public void A_result_never_replaces_an_input()
    {
        string picture = _scratch.Picture("x.png");
        Assert.Equal(ExitCode.Output, Assert.Throws<CommandException>(() => OutputNaming.Pair([Named(picture)], _scratch.Root, null)).Code);
        Assert.Equal(ExitCode.Output, Assert.Throws<CommandException>(() => OutputNaming.Pair([Named(picture)], picture, null)).Code);
    }

    [Fact]
    public void Many_pictures_do_not_go_into_one_file() =>
        Assert.Equal(ExitCode.Usage, Assert.Throws<CommandException>(() => OutputNaming.Pair([Named("a.png"), Named("b.png")], "x.png", null)).Code);

    [Theory, InlineData("x.bmp"), InlineData("x"), InlineData("x.webp")]
    public void A_file_of_no_format_that_is_written_is_refused(string output) =>
        Assert.Equal(ExitCode.Usage, Assert.Throws<CommandException>(() => OutputNaming.Pair([Named("a.png")], output, null)).Code);
}
