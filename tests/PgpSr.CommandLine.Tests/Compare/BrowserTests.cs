using PgpSr.Imaging;

namespace PgpSr.CommandLine.Tests.Compare;

/// <summary>Pages that commands write, used in a real browser.</summary>
public sealed class BrowserTests : IDisposable
{
    const int ArrowRight = 39;
    const string View = "document.querySelector('.view')";

    readonly Scratch _scratch = new();

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task The_slider_moves_the_zoom_works_and_nothing_is_asked_of_a_network()
    {
        Assert.SkipWhen(Chromium.Installed is null, "chromium is not installed");
        string[] colors = ["red", "green", "blue"];
        for (int i = 0; i < colors.Length; i++)
        {
            var image = new Image(2400, 1600, 3);
            for (int at = i; at < image.Bytes.Length; at += 3) image.Bytes[at] = 255;
            _scratch.Save($"{colors[i]}.png", image);
        }
        CommandRun run = CommandRun.Of(["compare", .. colors.Select(color => _scratch[$"{color}.png"]), "--html", _scratch["page.html"]]);
        Assert.Equal(ExitCode.Ok, run.Code);
        await using var page = await Chromium.OpenAsync(_scratch["page.html"], Stop);

        // The boundary is in the middle and follows a click and the keys.
        Assert.Equal(0.5, await CutAsync(page), 0.01);
        Assert.True(await page.IsAsync("document.activeElement.className == 'slider' && [...document.images].every(i => i.naturalWidth == 2400)"));
        var box = (await page.EvaluateAsync($"(r => [r.left, r.top, r.width, r.height])({View}.getBoundingClientRect())"))!;
        double[] place = [.. Enumerable.Range(0, 4).Select(i => box[i]!.GetValue<double>())];
        Assert.True(place[2] <= 1000 && place[3] <= 800, "the picture does not fit the window");
        await page.ClickAsync(place[0] + 0.25 * place[2], place[1] + 0.5 * place[3]);
        Assert.Equal(0.25, await CutAsync(page), 0.02);
        double clicked = await CutAsync(page);
        await page.PressAsync(nameof(ArrowRight), ArrowRight);
        Assert.Equal(clicked + 0.005, await CutAsync(page), 0.0001);
        // Left of it the first picture is shown, right of it the last.
        Assert.Equal(("red", "blue"), (await ShownAsync(page, "left"), await ShownAsync(page, "right")));

        // Another choice, and actual pixels: as many as the picture has, whatever the window.
        await page.EvaluateAsync("(choice => { choice.value = 1; choice.dispatchEvent(new Event('change')); })(document.querySelector('.choose-right'))");
        Assert.Equal("green", await ShownAsync(page, "right"));
        await page.EvaluateAsync("document.querySelector('.choose-actual').click()");
        Assert.True(await page.IsAsync($"Math.abs({View}.getBoundingClientRect().width * devicePixelRatio - 2400) < 1"));
        await page.EvaluateAsync("document.querySelector('.choose-actual').click()");
        Assert.True(await page.IsAsync($"{View}.getBoundingClientRect().width <= 1000"));

        Assert.Empty(page.Errors);
        Assert.Single(page.Requests, address => !address.StartsWith("data:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_page_of_measurements_shows_its_tables_and_asks_nothing_of_a_network()
    {
        Assert.SkipWhen(Chromium.Installed is null, "chromium is not installed");
        await using (var writer = File.CreateText(_scratch["bench.html"]))
            BenchPage.Write(["a machine"], [["<model>", "1.0 s"]], ["model", "time"], [["kernel", "GFLOP/s"], ["linear", "100"]], [], writer);
        await using var page = await Chromium.OpenAsync(_scratch["bench.html"], Stop);
        Assert.Equal("<model>", (await page.EvaluateAsync("document.querySelector('td').textContent"))!.GetValue<string>());
        Assert.True(await page.IsAsync("document.querySelectorAll('table').length == 2"));
        Assert.Empty(page.Errors);
        Assert.Single(page.Requests);
    }

    [Fact]
    public async Task The_page_of_an_evaluation_shows_tables_and_each_set_s_pictures_under_sliders_of_their_own()
    {
        Assert.SkipWhen(Chromium.Installed is null, "chromium is not installed");
        for (int i = 0; i < 3; i++)
        {
            Image truth = TestPictures.Make(96, 64, seed: i + 1);
            _scratch.Save($"pairs/truth/p{i}.png", truth);
            _scratch.Save($"pairs/clean/p{i}.png", Resizer.Resize(truth, 24, 16, ResizeFilter.Bicubic));
        }
        CommandRun run = CommandRun.Of("evaluate", "--pairs", _scratch["pairs"], "--look", "0.5", "--html", _scratch["page.html"], "--json");
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Equal(_scratch["page.html"], Assert.Single(run.Events("page")).GetProperty("file").GetString());
        await using var page = await Chromium.OpenAsync(_scratch["page.html"], Stop);

        // One table of means and one row a picture; the second viewer moves and zooms without the first.
        Assert.True(await page.IsAsync("document.querySelectorAll('table').length == 2 && document.querySelectorAll('details tr').length == 4"));
        Assert.True(await page.IsAsync("document.querySelectorAll('.viewer').length == 2"));
        Assert.True(await page.IsAsync("[...document.images].length == 6 && [...document.images].every(i => i.naturalWidth == 96)"));
        string model = run.Events("evaluation").Single().GetProperty("model").GetString()!;
        Assert.Equal("pgp-s1-x4-look-0.5", model);
        Assert.Equal($"bicubic,truth,{model}",
            (await page.EvaluateAsync("[...document.querySelector('.viewer').querySelectorAll('.picture')].map(p => p.alt).join()"))!.GetValue<string>());
        await page.EvaluateAsync("document.querySelectorAll('.slider')[1].scrollIntoView({ block: 'center' })");
        var box = (await page.EvaluateAsync("(r => [r.left, r.top, r.width, r.height])(document.querySelectorAll('.view')[1].getBoundingClientRect())"))!;
        double[] place = [.. Enumerable.Range(0, 4).Select(i => box[i]!.GetValue<double>())];
        await page.ClickAsync(place[0] + 0.75 * place[2], place[1] + 0.5 * place[3]);
        Assert.True(await page.IsAsync("Math.abs(document.querySelectorAll('.slider')[1].value - 750) < 20 && document.querySelector('.slider').value == 500"));
        Assert.Equal(0.5, await CutAsync(page), 0.01);
        await page.EvaluateAsync("document.querySelectorAll('.choose-actual')[1].click()");
        Assert.True(await page.IsAsync("Math.abs(document.querySelectorAll('.view')[1].getBoundingClientRect().width * devicePixelRatio - 96) < 1"));
        Assert.True(await page.IsAsync($"{View}.getBoundingClientRect().width > 96"));

        Assert.Empty(page.Errors);
        Assert.Single(page.Requests, address => !address.StartsWith("data:", StringComparison.Ordinal));
    }

    static async Task<double> CutAsync(Chromium page)
    {
        const string Line =
            $"(line => (line.left + line.width / 2 - {View}.getBoundingClientRect().left) / {View}.clientWidth)(document.querySelector('.line').getBoundingClientRect())";
        return (await page.EvaluateAsync(Line))!.GetValue<double>();
    }

    // The picture that is visible on a side, by the color of its name.
    static async Task<string> ShownAsync(Chromium page, string side) => (await page.EvaluateAsync(
        $"[...document.querySelectorAll('.picture.on.{side}')].filter(p => getComputedStyle(p).visibility == 'visible')"
        + ".map(p => p.alt.split('.')[0]).join()"))!.GetValue<string>();
}
