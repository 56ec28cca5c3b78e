using System.CommandLine;
using PgpSr.CommandLine.Compare;
using PgpSr.Imaging;

namespace PgpSr.CommandLine.Commands;

/// <summary><c>pgpsr compare</c>: pictures side by side with the places where they differ most, as a sheet or as a page with a slider.</summary>
sealed class CompareCommand : Subcommand
{
    // A sheet of as many rows is longer than any screen, and what is enlarged more shows single pixels and no picture.
    const int MostCrops = 50, MostZoom = 48;

    readonly Argument<string[]> _files = new("PICTURES")
    {
        Description = "two to eight pictures of the same subject; sizes may differ",
        Arity = new ArgumentArity(2, 8),
    };

    readonly Option<string?> _sheet = new("--output", "-o")
    {
        Description = $"contact sheet to write ({ImageFormats.WrittenExtensions}); without it and --html, only print the numbers",
        HelpName = "SHEET",
    };

    readonly Option<string?> _page = new("--html") { Description = "write a self-contained page with a before/after slider", HelpName = "PAGE" };
    readonly Option<string?> _truth = new("--truth")
    {
        Description = "picture that all others are measured against, shown last; default: the first one",
        HelpName = "PICTURE",
    };

    readonly Option<int> _crops = new("--crops") { Description = "number of details to show enlarged", DefaultValueFactory = _ => 3, HelpName = "N" };
    readonly Option<int> _zoom = new("--zoom") { Description = "magnification of the details", DefaultValueFactory = _ => 4, HelpName = "N" };
    readonly Option<int> _quality = new("--quality") { Description = "JPEG quality of the sheet, 1 to 100", DefaultValueFactory = _ => 90, HelpName = "N" };
    readonly Option<bool> _noOverview = new("--no-overview") { Description = "show only the details, not the whole pictures" };

    public CompareCommand()
        : base("compare", "Measures pictures against each other and shows where they differ most, on a sheet or on a page with a slider.")
    {
        Arguments.Add(_files);
        foreach (Option option in (Option[])[_sheet, _page, _truth, _crops, _zoom, _quality, _noOverview]) Options.Add(option);
        _crops.Between(0, MostCrops);
        _zoom.Between(1, MostZoom);
        _quality.Between(1, 100);
        _files.NoOptions();
    }

    public override ExitCode Run(CommandContext context)
    {
        string? sheetPath = context.Arguments.GetValue(_sheet), pagePath = context.Arguments.GetValue(_page);
        if (sheetPath is not null && ImageFormats.WrittenFormat(sheetPath) is null)
            Throw.Usage($"-o {sheetPath}: use {ImageFormats.WrittenExtensions}");
        string? truth = context.Arguments.GetValue(_truth);
        string[] files = [.. context.Arguments.GetValue(_files)!, .. truth is null ? [] : (string[])[truth]];
        if (sheetPath is not null) OutputNaming.RefuseInputs("-o", sheetPath, files);
        if (pagePath is not null) OutputNaming.RefuseInputs("--html", pagePath, [.. files, .. sheetPath is null ? [] : (string[])[sheetPath]]);
        List<(string Label, Image Image)> loaded = [];
        foreach (string file in files)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            if (!File.Exists(file)) Throw.NoInput($"{file}: no such file");
            loaded.Add((Label(file, files), PictureFiles.Load(file, null, context.Cancellation)));
        }
        IReadOnlyList<ComparedPicture> pictures = ComparedPicture.Align(loaded);
        int reference = truth is null ? 0 : files.Length - 1;
        string[] notes = [.. pictures.Select((picture, i) => Measure(context, files[i], picture, pictures[reference], i == reference))];
        context.Cancellation.ThrowIfCancellationRequested();
        if (sheetPath is not null)
        {
            // With a truth, what it shows and nobody else does would win everywhere: the others decide, where there are two.
            int competing = truth is not null && files.Length > 2 ? files.Length - 1 : files.Length;
            ComparisonSheet sheet = new(pictures, notes, competing, context.Arguments.GetValue(_crops), context.Arguments.GetValue(_zoom));
            bool overview = !context.Arguments.GetValue(_noOverview) || sheet.Crops.Count == 0;
            SaveSheet(sheet.Draw(overview), sheetPath, context.Arguments.GetValue(_quality));
            Report(context, "sheet", sheetPath);
        }
        if (pagePath is not null)
        {
            WritePage(pagePath, files, loaded, pictures, notes);
            Report(context, "page", pagePath);
        }
        return ExitCode.Ok;
    }

    // Pictures of one name in different folders are told apart by what was typed.
    static string Label(string file, string[] files) =>
        files.Count(other => Path.GetFileName(other) == Path.GetFileName(file)) > 1 ? file : Path.GetFileName(file);

    static void SaveSheet(Image sheet, string path, int quality)
    {
        try
        {
            sheet.Save(path, new() { JpegQuality = quality });
        }
        catch (ImageException e)
        {
            Throw.Output(e.Message, e);
        }
    }

    static string Measure(CommandContext context, string file, ComparedPicture picture, ComparedPicture reference, bool isReference)
    {
        ComparisonNumbers numbers = ComparisonNumbers.Measure(picture.Shown, reference.Shown);
        string note = isReference ? $"reference, {numbers}" : numbers.ToString();
        context.Console.Line($"{file}: {picture.Width}x{picture.Height}, {note}");
        context.Console.Json("picture", w =>
        {
            w.WriteString("file", file);
            w.WriteNumber("width", picture.Width);
            w.WriteNumber("height", picture.Height);
            w.WriteBoolean("reference", isReference);
            if (double.IsFinite(numbers.Psnr)) w.WriteNumber("psnr-y", numbers.Psnr);
            if (numbers.Ssim is { } ssim) w.WriteNumber("ssim-y", ssim);
            w.WriteNumber("edge-width", numbers.EdgeWidth);
        });
        return note;
    }

    static void Report(CommandContext context, string kind, string path)
    {
        context.Console.Info($"wrote {path}");
        context.Console.Json(kind, w => w.WriteString("file", path));
    }

    static void WritePage(
        string path, string[] files, List<(string Label, Image Image)> loaded, IReadOnlyList<ComparedPicture> pictures, string[] notes)
    {
        PagePicture[] inlined =
        [
            .. files.Select((file, i) => Inline(file, loaded[i].Image, pictures[i].Label, $"{pictures[i].Width}x{pictures[i].Height}, {notes[i]}")),
        ];
        TextFile.Write(path, writer => ComparisonPage.Write(inlined, pictures[0].Shown.Width, pictures[0].Shown.Height, writer));
    }

    // What browsers show goes in as it is; the rest as PNG.
    static PagePicture Inline(string file, Image image, string label, string note)
    {
        byte[] bytes = File.ReadAllBytes(file);
        ReadOnlySpan<byte> start = bytes.AsSpan(0, Math.Min(8, bytes.Length));
        if (start.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G'])) return new(label, note, "image/png", bytes);
        return start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]) ? new(label, note, "image/jpeg", bytes) : PagePicture.Png(label, note, image);
    }
}
