using PgpSr.Cpu;
using PgpSr.Imaging;

namespace PgpSr.Managed.Tests;

public sealed class FileTests : IDisposable
{
    readonly CpuBackend _backend = CpuBackend.Create();
    readonly SuperResolver _resolver;
    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr").FullName;

    public FileTests() => _resolver = TestModels.Load(TestModels.Residual, _backend);

    public void Dispose()
    {
        _resolver.Dispose();
        _backend.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    string At(string name) => Path.Combine(_folder, name);

    void NothingLeftBut(params string[] names) => Assert.Equal(names.Order(), Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order());

    [Fact]
    public void A_transparent_picture_for_a_format_without_alpha_is_refused_before_the_work()
    {
        TestPictures.Make(60, 44, 4).Save(At("source.png"));
        var stages = new Stages();
        var refusal = Assert.Throws<ImageException>(() => _resolver.UpscaleFile(At("source.png"), At("result.jpg"), progress: stages));
        Assert.Equal(At("result.jpg"), refusal.File);
        Assert.Contains("Background", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(UpscaleStage.Restoring, stages.Seen);
        NothingLeftBut("source.png");
        _resolver.UpscaleFile(At("source.png"), At("result.jpg"), output: new() { Background = (255, 255, 255) });
        TestPictures.Make(60, 44, 3).Save(At("opaque.png"));
        _resolver.UpscaleFile(At("opaque.png"), At("opaque.jpg"));
    }

    [Fact]
    public void What_was_wrong_with_a_source_that_could_be_read_is_told()
    {
        TestPictures.Make(20, 20).Save(At("source.png"));
        byte[] png = File.ReadAllBytes(At("source.png")), damaged = [0, 0, 0, 3, .. "tEXt"u8, (byte)'k', 0, (byte)'v', 0, 0, 0, 0];
        File.WriteAllBytes(At("damaged.png"), [.. png[..33], .. damaged, .. png[33..]]);
        Assert.Empty(_resolver.UpscaleFile(At("source.png"), At("result.png")).Warnings);
        Assert.Contains("tEXt", Assert.Single(_resolver.UpscaleFile(At("damaged.png"), At("result.png")).Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('n', 251)]
    [InlineData('\u5BEB', 83)] // three bytes each
    public void A_name_as_long_as_the_file_system_allows_can_be_written(char letter, int count)
    {
        TestPictures.Make(20, 20).Save(At("source.png"));
        string result = At(new string(letter, count) + ".png");
        _resolver.UpscaleFile(At("source.png"), result);
        NothingLeftBut("source.png", Path.GetFileName(result));
    }

    sealed class Stages : IProgress<UpscaleProgress>
    {
        public HashSet<UpscaleStage> Seen { get; } = [];

        public void Report(UpscaleProgress value) => Seen.Add(value.Stage);
    }

    [Theory]
    [InlineData("png", 4, 16)]
    [InlineData("tif", 2, 8)]
    [InlineData("jpg", 3, 8)]
    public void A_file_becomes_what_the_picture_becomes_and_carries_what_came_with_it(string extension, int channels, int bitDepth)
    {
        var source = TestPictures.Make(60, 44, channels, bitDepth);
        source.Metadata.Resolution = new ImageResolution(300, 300, ResolutionUnit.Inch);
        source.Metadata.Xmp = "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"u8.ToArray();
        source.Save(At("source." + extension));
        var result = _resolver.UpscaleFile(At("source." + extension), At("result." + extension));
        Assert.Equal((240, 176), (result.Width, result.Height));
        var loaded = Image.Load(At("source." + extension));
        Image expected = _resolver.Upscale(loaded), actual = Image.Load(At("result." + extension));
        if (extension == "jpg") Assert.True(ImageMetrics.PsnrLuma(expected, actual, 4) > 35);
        else TestPictures.AssertSame(expected, actual);
        Assert.Equal(loaded.Metadata.Xmp, actual.Metadata.Xmp);
        Assert.Equal(300, actual.Metadata.Resolution!.Value.In(ResolutionUnit.Inch).Horizontal, 0.1);
        NothingLeftBut("source." + extension, "result." + extension);
    }

    [Fact]
    public void The_file_says_how_it_was_made_unless_that_is_not_wanted()
    {
        TestPictures.Make(20, 20).Save(At("source.png"));
        _resolver.UpscaleFile(At("source.png"), At("with.png"), new() { Seed = 12345 });
        string text = Image.Load(At("with.png")).Metadata.FindText("PgpSr")!;
        Assert.Contains(_resolver.Model.Sha256, text, StringComparison.Ordinal);
        Assert.Contains("seed 12345", text, StringComparison.Ordinal);
        _resolver.UpscaleFile(At("source.png"), At("without.png"), output: new() { Provenance = false });
        Assert.Null(Image.Load(At("without.png")).Metadata.FindText("PgpSr"));
    }

    [Theory]
    [InlineData("png")]
    [InlineData("jpg")]
    [InlineData("tif")]
    public void A_result_upscaled_again_says_once_how_it_was_made_and_keeps_its_description(string extension)
    {
        const string description = "<?xml version=\"1.0\"?><OME>µ</OME>";
        var source = TestPictures.Make(12, 10);
        source.Metadata.SetText("Description", description);
        source.Metadata.SetText("Comment", "two\nlines");
        source.Save(At("0." + extension));
        for (uint i = 0; i < 2; i++) Assert.Empty(_resolver.UpscaleFile(At($"{i}.{extension}"), At($"{i + 1}.{extension}"), new() { Seed = i }).Warnings);
        var texts = Image.Load(At("2." + extension)).Metadata.Text.Select(text => text.Key + ": " + text.Value).ToArray();
        string made = Assert.Single(texts, text => text.Contains("PgpSr.Managed", StringComparison.Ordinal));
        Assert.Contains("seed 1;", made, StringComparison.Ordinal);
        Assert.Contains("Comment: two\nlines", texts);
        byte[] file = File.ReadAllBytes(At("2." + extension));
        Assert.True(extension == "png" ? texts.Contains("Description: " + description) : file.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(description + "\0")) > 0);
    }

    [Fact]
    public void What_a_result_does_not_carry_is_one_warning_and_what_counts_pixels_follows()
    {
        var source = TestPictures.Make(20, 10);
        source.Metadata.Xmp = "<x xmlns:tiff='http://ns.adobe.com/tiff/1.0/' tiff:ImageWidth='20' tiff:ImageLength='10'/>"u8.ToArray();
        source.Metadata.Gamma = 100_000;
        source.Metadata.SetText("long", new string('x', 70_000));
        source.Save(At("source.png"));
        var options = new UpscaleOptions { Width = 40, Height = 40, Fit = FitMode.Cover };
        string warning = Assert.Single(_resolver.UpscaleFile(At("source.png"), At("result.jpg"), options).Warnings);
        Assert.Contains("gAMA", warning, StringComparison.Ordinal);
        Assert.Contains("\"long\"", warning, StringComparison.Ordinal);
        Assert.Contains("tiff:ImageWidth='40' tiff:ImageLength='40'", System.Text.Encoding.UTF8.GetString(Image.Load(At("result.jpg")).Metadata.Xmp!),
            StringComparison.Ordinal);
        Assert.Empty(_resolver.UpscaleFile(At("source.png"), At("result.jpg"), options, new() { Metadata = false }).Warnings);
    }

    [Fact]
    public void A_file_can_become_its_own_result()
    {
        var source = TestPictures.Make(20, 20);
        source.Save(At("photo.png"));
        _resolver.UpscaleFile(At("photo.png"), At("photo.png"));
        TestPictures.AssertSame(_resolver.Upscale(source), Image.Load(At("photo.png")));
        NothingLeftBut("photo.png");
    }

    [Fact]
    public void Sources_that_cannot_be_read_are_named()
    {
        File.WriteAllBytes(At("empty.png"), []);
        File.WriteAllText(At("text.png"), "not a picture");
        TestPictures.Make(50, 50).Save(At("cut.png"));
        using (var cut = File.OpenWrite(At("cut.png"))) cut.SetLength(cut.Length / 2);
        foreach (string name in (string[])["missing.png", "empty.png", "text.png", "cut.png"])
        {
            var error = Assert.Throws<ImageException>(() => _resolver.UpscaleFile(At(name), At("result.png")));
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
        }
        NothingLeftBut("empty.png", "text.png", "cut.png");
    }

    [Fact]
    public void Destinations_that_cannot_be_written_are_named_before_anything_is_computed()
    {
        TestPictures.Make(20, 20, 4).Save(At("source.png"));
        File.WriteAllText(At("file"), "");
        foreach (string name in (string[])["no-such-folder/result.png", "file/result.png", "result.bmp", "result"])
        {
            var stages = new List<UpscaleStage>();
            var error = Assert.Throws<ImageException>(() => _resolver.UpscaleFile(At("source.png"), At(name), progress: new Listener(p => stages.Add(p.Stage))));
            Assert.Contains(Path.GetFileName(name), error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(UpscaleStage.Restoring, stages);
        }
        NothingLeftBut("source.png", "file");
    }

    [Fact]
    public void Transparency_is_never_lost_silently()
    {
        TestPictures.Make(20, 20, 4).Save(At("source.png"));
        Assert.Throws<ImageException>(() => _resolver.UpscaleFile(At("source.png"), At("result.jpg")));
        NothingLeftBut("source.png");
        _resolver.UpscaleFile(At("source.png"), At("result.jpg"), output: new() { Background = (255, 255, 255) });
        NothingLeftBut("source.png", "result.jpg");
    }

    [Fact]
    public void A_folder_without_permission_is_named()
    {
        if (!OperatingSystem.IsWindows())
        {
            TestPictures.Make(20, 20).Save(At("source.png"));
            string locked = Directory.CreateDirectory(At("locked"), UnixFileMode.UserRead | UnixFileMode.UserExecute).FullName;
            if (MayWrite(locked)) Assert.Skip("this user may write everywhere");
            Assert.Throws<ImageException>(() => _resolver.UpscaleFile(At("source.png"), Path.Combine(locked, "result.png")));
            NothingLeftBut("source.png");
        }
        else
        {
            Assert.Skip("permissions are set otherwise on Windows");
        }
    }

    static bool MayWrite(string folder)
    {
        string probe = Path.Combine(folder, "probe");
        try
        {
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    [Fact]
    public void Files_and_folders_that_vanish_in_the_middle_do_no_harm()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("open files cannot be deleted on Windows");
        TestPictures.Make(150, 100).Save(At("source.png"));
        var options = new UpscaleOptions { Tile = 64 };
        _resolver.UpscaleFile(At("source.png"), At("result.png"), options, progress: new Listener(p =>
        {
            if (p.Tile == 1) File.Delete(At("source.png"));
        }));
        Assert.Equal(600, Image.Load(At("result.png")).Width);
        Directory.CreateDirectory(At("gone"));
        Assert.Throws<ImageException>(() => _resolver.UpscaleFile(At("result.png"), At("gone/result.png"), options, progress: new Listener(p =>
        {
            if (p.Tile == 1 && Directory.Exists(At("gone"))) Directory.Delete(At("gone"), recursive: true);
        })));
        NothingLeftBut("result.png");
    }

    [Fact]
    public void Progress_goes_from_reading_to_written_and_never_back()
    {
        TestPictures.Make(150, 100).Save(At("source.png"));
        var seen = new List<UpscaleProgress>();
        var result = _resolver.UpscaleFile(At("source.png"), At("result.png"), new() { Tile = 64 }, progress: new Listener(seen.Add));
        Assert.Equal((UpscaleStage.Reading, UpscaleStage.Writing), (seen[0].Stage, seen[^1].Stage));
        Assert.Equal(1, seen[^1].Fraction, 1e-9);
        for (int i = 1; i < seen.Count; i++) Assert.True(seen[i].Fraction >= seen[i - 1].Fraction && seen[i].Elapsed >= seen[i - 1].Elapsed, $"{seen[i - 1]} then {seen[i]}");
        Assert.Equal(result.Plan.Tiles, seen.Where(p => p.Stage == UpscaleStage.Restoring).Max(p => p.Tile));
        Assert.Equal(result.Plan.PeakBytes, seen.Max(p => p.BytesInUse));
        Assert.Equal(0, seen[^1].BytesInUse);
    }

    sealed class Listener(Action<UpscaleProgress> action) : IProgress<UpscaleProgress>
    {
        public void Report(UpscaleProgress value) => action(value);
    }
}
