using PgpSr.CommandLine.Compare;
using PgpSr.Imaging;

namespace PgpSr.CommandLine.Tests.Compare;

public sealed class CompareTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    // Equal but for two squares of 20 pixels.
    (Image A, Image B) WithTwoDifferences()
    {
        Image a = TestPictures.Make(300, 200), b = TestPictures.Make(300, 200);
        foreach ((int left, int top, int step) in ((int, int, int)[])[(210, 130, 90), (30, 40, 60)])
            for (int y = top; y < top + 20; y++)
                foreach (ref byte sample in b.Row(y).Slice(left * 3, 60)) sample = (byte)(sample < 128 ? sample + step : sample - step);
        _scratch.Save("a.png", a);
        _scratch.Save("b.png", b);
        return (a, b);
    }

    [Fact]
    public void Enlarged_places_are_those_that_differ_most_and_do_not_overlap()
    {
        (Image a, Image b) = WithTwoDifferences();
        IReadOnlyList<(int Left, int Top)> crops = new DifferenceMap([a, b], 40).Largest(2);
        Assert.True(Covers(crops[0], 210, 130) && Covers(crops[1], 30, 40), string.Join(' ', crops));
        static bool Covers((int Left, int Top) crop, int left, int top) =>
            crop.Left <= left && crop.Left + 40 >= left + 20 && crop.Top <= top && crop.Top + 40 >= top + 20;
        IReadOnlyList<(int Left, int Top)> many = new DifferenceMap([a, b], 64).Largest(100);
        Assert.True(many.Count is > 4 and <= 12);
        foreach ((int left, int top) in many)
        {
            Assert.True(left >= 0 && left + 64 <= 300 && top >= 0 && top + 64 <= 200);
            Assert.Single(many, other => Math.Abs(other.Left - left) < 64 && Math.Abs(other.Top - top) < 64);
        }
    }

    [Fact]
    public void A_sheet_holds_both_scratch_and_their_enlarged_differences()
    {
        (Image a, Image b) = WithTwoDifferences();
        CommandRun run = CommandRun.Of("compare", _scratch["a.png"], _scratch["b.png"], "-o", _scratch["sheet.png"], "--crops", "1", "--zoom", "8");
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains("PSNR", run.Output, StringComparison.Ordinal);
        Image sheet = Image.Load(_scratch["sheet.png"]);
        ComparisonSheet planned = new(ComparedPicture.Align([("a", a), ("b", b)]), ["", ""], 2, 1, 8);
        (int left, int top) = Assert.Single(planned.Crops);
        // The last rows above the lower margin are the crop's last row, each pixel eight times; the second column begins after the first and two
        // margins.
        ReadOnlySpan<byte> shown = sheet.Row(sheet.Height - 13)[((12 + 480 + 12) * 3)..];
        ReadOnlySpan<byte> wanted = b.Row(top + 59)[(left * 3)..];
        for (int x = 0; x < 480; x++) Assert.True(shown.Slice(x * 3, 3).SequenceEqual(wanted.Slice(x / 8 * 3, 3)), $"column {x}");
    }

    [Fact]
    public void Pictures_of_other_sizes_depths_and_layouts_are_brought_together_and_measured_against_the_truth()
    {
        Image truth = TestPictures.Make(120, 80, 3, 16);
        _scratch.Save("truth.png", truth);
        _scratch.Save("small.png", Resizer.Resize(TestPictures.Make(120, 80), 30, 20, ResizeFilter.Bicubic));
        _scratch.Save("alpha.png", TestPictures.Make(120, 80, 4));
        _scratch.Save("gray.png", TestPictures.Make(120, 80, 1));
        CommandRun run = CommandRun.Of(
            "compare", _scratch["small.png"], _scratch["alpha.png"], _scratch["gray.png"],
            "--truth", _scratch["truth.png"], "-o", _scratch["s.jpg"], "--json");
        Assert.Equal(ExitCode.Ok, run.Code);
        var pictures = run.Events("picture");
        Assert.Equal([false, false, false, true], pictures.Select(p => p.GetProperty("reference").GetBoolean()));
        Assert.True(pictures[1].GetProperty("psnr-y").GetDouble() > pictures[0].GetProperty("psnr-y").GetDouble());
        Assert.Equal(4 * 492 + 12, Image.Load(_scratch["s.jpg"]).Width);
        // The test's pictures are the same waves, opaque and of 8 bit: only rounding tells them from the truth.
        Assert.True(pictures[1].GetProperty("psnr-y").GetDouble() > 50);
    }

    [Fact]
    public void A_page_is_one_file_that_loads_nothing_and_shows_names_as_text()
    {
        string odd = _scratch.Save("<b>&\"'.png", TestPictures.Make(40, 30));
        _scratch.Save("b.jpg", TestPictures.Make(40, 30, seed: 2));
        _scratch.Save("c.tif", TestPictures.Make(40, 30, seed: 3));
        CommandRun run = CommandRun.Of("compare", odd, _scratch["b.jpg"], _scratch["c.tif"], "--html", _scratch["page.html"]);
        Assert.Equal(ExitCode.Ok, run.Code);
        string page = File.ReadAllText(_scratch["page.html"]);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;&amp;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http:", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https:", page, StringComparison.Ordinal);
        string[] sources = [.. page.Split("src=\"").Skip(1).Select(part => part[..part.IndexOf('"', StringComparison.Ordinal)])];
        string[] types = ["data:image/png;base64", "data:image/jpeg;base64", "data:image/png;base64"];
        Assert.Equal(types, sources.Select(s => s[..s.IndexOf(',', StringComparison.Ordinal)]));
        // JPEG as it was; TIFF, which browsers do not show, as PNG with the same pixels.
        Assert.Equal(File.ReadAllBytes(_scratch["b.jpg"]), Inlined(sources[1]));
        using MemoryStream third = new(Inlined(sources[2]));
        Assert.True(Image.Load(third).Bytes.SequenceEqual(TestPictures.Make(40, 30, seed: 3).Bytes));
        Assert.Empty(Directory.GetFiles(_scratch.Root, "*.tmp"));
    }

    static byte[] Inlined(string source) => Convert.FromBase64String(source[(source.IndexOf(',', StringComparison.Ordinal) + 1)..]);

    [Fact]
    public void Numbers_need_no_output()
    {
        string a = _scratch.Save("a.png", TestPictures.Make(40, 30)), b = _scratch.Save("b.png", TestPictures.Make(40, 30, seed: 2));
        CommandRun run = CommandRun.Of("compare", a, b);
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Matches(@"b\.png: 40x30, PSNR [0-9.]+ dB, SSIM", run.Output);
        Assert.Equal(["a.png", "b.png"], _scratch.Files());
    }

    [Fact]
    public void What_cannot_be_compared_or_written_is_said_and_leaves_nothing()
    {
        string a = _scratch.Save("a.png", TestPictures.Make(40, 30)), tall = _scratch.Save("tall.png", TestPictures.Make(30, 40));
        Assert.Equal(ExitCode.Usage, CommandRun.Of("compare", a, "-o", _scratch["s.png"]).Code);
        Assert.Equal(ExitCode.NoInput, CommandRun.Of("compare", a, _scratch["absent.png"], "-o", _scratch["s.png"]).Code);
        CommandRun shape = CommandRun.Of("compare", a, tall, "-o", _scratch["s.png"]);
        Assert.Equal(ExitCode.Usage, shape.Code);
        Assert.Contains("30x40", shape.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Output, CommandRun.Of("compare", a, a, "--html", _scratch["no/such/page.html"]).Code);
        Assert.Equal(ExitCode.Output, CommandRun.Of("compare", a, a, "-o", _scratch["no/such/sheet.png"]).Code);
        Assert.Equal(ExitCode.Usage, CommandRun.Of("compare", a, a, "-o", _scratch["sheet.gif"]).Code);
        Assert.Equal(2, Directory.GetFiles(_scratch.Root).Length);
    }

    [Fact]
    public void A_picture_being_compared_is_never_written_over()
    {
        string a = _scratch.Save("a.png", TestPictures.Make(40, 30)), b = _scratch.Save("b.png", TestPictures.Make(40, 30, seed: 2));
        Directory.CreateSymbolicLink(_scratch["link"], _scratch.Root);
        byte[] before = File.ReadAllBytes(b);
        foreach (string[] output in (string[][])[["-o", b], ["--html", b], ["-o", _scratch["link/b.png"]],
            ["-o", _scratch["x.png"], "--html", _scratch["x.png"]]])
        {
            CommandRun run = CommandRun.Of(["compare", a, b, .. output]);
            Assert.Equal(ExitCode.Output, run.Code);
            Assert.Contains("would replace one of the inputs", run.Error, StringComparison.Ordinal);
        }
        Assert.Equal(before, File.ReadAllBytes(b));
        Assert.Equal(2, Directory.GetFiles(_scratch.Root).Length);
    }

    [Fact]
    public void Pictures_of_one_name_are_told_apart_by_their_folders()
    {
        string one = _scratch.Save("one/a.png", TestPictures.Make(40, 30)), two = _scratch.Save("two/a.png", TestPictures.Make(40, 30, seed: 2));
        Assert.Equal(ExitCode.Ok, CommandRun.Of("compare", one, two, "--html", _scratch["page.html"]).Code);
        string page = File.ReadAllText(_scratch["page.html"]);
        Assert.Contains($"{one} (40x30", page, StringComparison.Ordinal);
        Assert.Contains($"{two} (40x30", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_letter_is_drawn_and_is_unlike_the_others()
    {
        HashSet<string> drawn = [];
        for (char letter = '!'; letter <= '~'; letter++)
        {
            string dots = string.Concat(Enumerable.Range(0, 35).Select(i => BitmapFont.IsSet(letter, i % 5, i / 5) ? '#' : '.'));
            Assert.Contains('#', dots);
            Assert.True(drawn.Add(dots), $"{letter} looks like another letter");
        }
        Assert.True(BitmapFont.IsSet('\u00e9', 1, 0) == BitmapFont.IsSet('?', 1, 0));
    }
}
