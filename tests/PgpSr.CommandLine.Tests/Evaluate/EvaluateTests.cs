using System.Text.Json;
using PgpSr.CommandLine.Evaluate;
using PgpSr.Imaging;

namespace PgpSr.CommandLine.Tests.Evaluate;

public sealed class EvaluateTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    static Candidate Candidate(string name, Func<Image, Image> upscale) => new(name, 4, 1, 1000, 5000, (low, _) => upscale(low));

    PairSet Pairs(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Image truth = TestPictures.Make(96, 64, seed: i + 1);
            _scratch.Save($"truth/p{i}.png", truth);
            _scratch.Save($"clean/p{i}.png", Resizer.Resize(truth, 24, 16, ResizeFilter.Bicubic));
        }
        return Assert.Single(PairFolder.Read(_scratch.Root, []));
    }

    [Fact]
    public void Bicubic_itself_differs_from_bicubic_by_nothing_and_the_truth_itself_is_perfect()
    {
        PairSet set = Pairs(2);
        int next = 0;
        string[] order = ["p0", "p0", "p1"]; // the first picture is enlarged once more to warm up
        Candidate bicubic = Candidate("bicubic", low => Resizer.Resize(low, 96, 64, ResizeFilter.Bicubic));
        Candidate truth = Candidate("truth", _ => Image.Load(_scratch[$"truth/{order[next++]}.png"]));
        SetResult result = Evaluator.Run(set, [bicubic, truth], null, null, CancellationToken.None);
        Assert.Equal(3, next);
        Assert.Equal(result.Bicubic, result.Candidates[0].Scores);
        foreach (PictureScore score in result.Candidates[1].Scores)
        {
            Assert.Equal(double.PositiveInfinity, score.Psnr);
            Assert.Equal(1, score.Ssim, 1e-12);
            Assert.Equal(0, score.PhaseError, 1e-9);
        }
        PictureScore sharpness = PictureScore.Mean(result.Candidates[1].Scores);
        Assert.Equal(result.Truth.Detail, sharpness.Detail, 1e-12);
        Assert.Equal(result.Truth.EdgeWidth, sharpness.EdgeWidth, 1e-12);
        Assert.True(sharpness.Detail > PictureScore.Mean(result.Bicubic).Detail);
    }

    [Fact]
    public void The_border_left_out_is_as_wide_as_the_scale()
    {
        PairSet set = Pairs(1);
        // Wrong in the outermost four pixels only.
        Candidate framed = Candidate("framed", _ =>
        {
            Image image = Image.Load(_scratch["truth/p0.png"]);
            for (int y = 0; y < image.Height; y++)
                for (int x = 0; x < image.Width; x++)
                    if (x < 4 || y < 4 || x >= image.Width - 4 || y >= image.Height - 4) image.Row(y).Slice(x * 3, 3).Clear();
            return image;
        });
        Assert.Equal(double.PositiveInfinity, Evaluator.Run(set, [framed], null, null, CancellationToken.None).Candidates[0].Scores[0].Psnr);
    }

    [Fact]
    public void A_model_is_measured_and_reported_for_people_and_for_programs()
    {
        Pairs(2);
        JsonElement evaluation = Assert.Single(CommandRun.Of("evaluate", "--pairs", _scratch.Root, "--json").Events("evaluation"));
        Assert.Equal("clean", evaluation.GetProperty("set").GetString());
        Assert.Equal(2, evaluation.GetProperty("pictures").GetInt32());
        Assert.Equal(4, evaluation.GetProperty("crop").GetInt32());
        double psnr = evaluation.GetProperty("psnr-y").GetDouble(), bicubic = evaluation.GetProperty("bicubic").GetProperty("psnr-y").GetDouble();
        Assert.Equal(psnr - bicubic, evaluation.GetProperty("difference").GetProperty("psnr-y").GetDouble(), 1e-9);
        Assert.All((string[])["parameters", "multiply-adds-256", "milliseconds"], name =>
            Assert.True(evaluation.GetProperty(name).GetDouble() > 0, name));
        Assert.Equal(["p0", "p1"], evaluation.GetProperty("each").EnumerateArray().Select(e => e.GetProperty("picture").GetString()));

        CommandRun table = CommandRun.Of("evaluate", "--pairs", _scratch.Root, "--markdown");
        Assert.Equal(ExitCode.Ok, table.Code);
        Assert.Contains("| bicubic |", table.Output, StringComparison.Ordinal);
        Assert.Contains("| pgp-s1-x4 |", table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_that_were_not_asked_for_are_not_looked_at()
    {
        Pairs(1);
        _scratch.Save("results/other.png", TestPictures.Make(40, 40));
        Assert.Contains("no picture called other", CommandRun.Of("evaluate", "--pairs", _scratch.Root).Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, CommandRun.Of("evaluate", "--pairs", _scratch.Root, "--set", "clean").Code);
    }

    [Fact]
    public void A_picture_too_small_to_measure_is_named()
    {
        _scratch.Save("truth/tiny.png", TestPictures.Make(16, 16));
        _scratch.Save("clean/tiny.png", TestPictures.Make(4, 4));
        CommandRun run = CommandRun.Of("evaluate", "--pairs", _scratch.Root);
        Assert.Equal(ExitCode.NoInput, run.Code);
        Assert.Contains("tiny.png: 16x16 pixels are too few to measure; 'pgp-s1-x4' needs at least 19x19", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_not_laid_out_so_is_named_with_what_it_should_hold()
    {
        CommandRun none = CommandRun.Of("evaluate", "--pairs", _scratch.Root);
        Assert.Equal(ExitCode.NoInput, none.Code);
        Assert.Contains("'truth'", none.Error, StringComparison.Ordinal);
        _scratch.Save("truth/a.png", TestPictures.Make(40, 40));
        Assert.Contains("no folder with small pictures", CommandRun.Of("evaluate", "--pairs", _scratch.Root).Error, StringComparison.Ordinal);
        _scratch.Save("clean/b.png", TestPictures.Make(10, 10));
        Assert.Contains("no picture called b", CommandRun.Of("evaluate", "--pairs", _scratch.Root).Error, StringComparison.Ordinal);
        File.Move(_scratch["clean/b.png"], _scratch["clean/a.png"]);
        Assert.Contains("--set dirty: unknown set; the folder has clean", CommandRun.Of("evaluate", "--pairs", _scratch.Root, "--set", "dirty").Error,
            StringComparison.Ordinal);
        _scratch.Save("clean/a.png", TestPictures.Make(11, 10));
        CommandRun size = CommandRun.Of("evaluate", "--pairs", _scratch.Root);
        Assert.Equal(ExitCode.NoInput, size.Code);
        Assert.Contains("give 44x40, its truth has 40x40", size.Error, StringComparison.Ordinal);
    }
}
