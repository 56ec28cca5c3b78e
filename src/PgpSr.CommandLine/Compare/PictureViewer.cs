using System.Globalization;
using System.Net;

namespace PgpSr.CommandLine.Compare;

/// <summary>
/// Two of several pictures under one slider, as a piece of a page, which may have many. The slider is a range input over the picture, so that keyboard,
/// mouse, touch and screen readers work without a line of code for them.
/// </summary>
static class PictureViewer
{
    /// <summary>Goes into the head: what is inlined may be shown and run, and nothing is loaded.</summary>
    public const string Policy =
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">";

    /// <summary>Goes into the style of the page.</summary>
    public const string Style = """
        .view { position: relative; margin: 0 auto; aspect-ratio: var(--width) / var(--height); --cut: 50%;
          width: min(100%, calc((100vh - 4em) * var(--width) / var(--height)));
          background: repeating-conic-gradient(#999 0 25%, #666 0 50%) 0 0 / 24px 24px; }
        .view.actual { width: calc(var(--width) * 1px / var(--ratio, 1)); }
        .picture { position: absolute; inset: 0; width: 100%; height: 100%; visibility: hidden; }
        .picture.on { visibility: visible; }
        .picture.right { clip-path: inset(0 0 0 var(--cut)); }
        .picture.left { clip-path: inset(0 calc(100% - var(--cut)) 0 0); }
        .line { position: absolute; top: 0; bottom: 0; left: var(--cut); width: 2px; margin-left: -1px; background: #fff; box-shadow: 0 0 4px #000; }
        .slider { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize; touch-action: pan-y pinch-zoom; }
        .view:focus-within .line { background: #fd0; }
        .bar { display: flex; flex-wrap: wrap; gap: 1em; justify-content: space-between; padding: .5em 1em; }
        select { font: inherit; max-width: 45vw; }
        """;

    /// <summary>Goes to the end of the body: brings every viewer of the page to life and the first one into focus.</summary>
    public const string Script = """
        <script>
        document.querySelectorAll('.viewer').forEach(viewer => {
          const of = name => viewer.querySelector('.' + name), view = of('view'), slider = of('slider'), left = of('choose-left'), right = of('choose-right');
          const cut = () => view.style.setProperty('--cut', slider.value / 10 + '%');
          const choose = () => viewer.querySelectorAll('.picture').forEach((picture, i) => {
            const isLeft = i == left.value, isRight = i == right.value;
            picture.className = 'picture' + (isLeft || isRight ? ' on' : '') + (isLeft && isRight ? '' : isLeft ? ' left' : isRight ? ' right' : '');
          });
          slider.addEventListener('input', cut);
          left.addEventListener('change', choose);
          right.addEventListener('change', choose);
          of('choose-actual').addEventListener('change', e => {
            view.style.setProperty('--ratio', window.devicePixelRatio);
            view.classList.toggle('actual', e.target.checked);
          });
          cut();
          choose();
        });
        document.querySelector('.slider')?.focus({ preventScroll: true });
        </script>
        """;

    /// <summary>Writes one viewer.</summary>
    /// <param name="pictures">At least two; the first is "before", the last "after" until the reader chooses others.</param>
    /// <param name="width">Columns of the largest picture.</param>
    /// <param name="height">Rows of the largest picture.</param>
    /// <param name="destination">UTF-8.</param>
    public static void Write(IReadOnlyList<PagePicture> pictures, int width, int height, TextWriter destination)
    {
        string size = string.Create(CultureInfo.InvariantCulture, $"--width: {width}; --height: {height}");
        destination.Write($"<div class=\"viewer\">\n<div class=\"view\" style=\"{size}\">\n");
        foreach (PagePicture picture in pictures)
        {
            destination.Write($"<img class=\"picture\" alt=\"{Escape(picture.Label)}\" src=\"data:{picture.MediaType};base64,");
            destination.Write(Convert.ToBase64String(picture.File));
            destination.Write("\">\n");
        }
        destination.Write("""
            <div class="line"></div>
            <input class="slider" type="range" min="0" max="1000" value="500" step="5" aria-label="boundary between the left and the right picture">
            </div>
            <div class="bar">

            """);
        Choice(pictures, "left", 0, destination);
        destination.Write("<label><input class=\"choose-actual\" type=\"checkbox\"> actual pixels</label>\n");
        Choice(pictures, "right", pictures.Count - 1, destination);
        destination.Write("</div>\n</div>\n");
    }

    static void Choice(IReadOnlyList<PagePicture> pictures, string side, int chosen, TextWriter destination)
    {
        destination.Write($"<label>{side} <select class=\"choose-{side}\">");
        for (int i = 0; i < pictures.Count; i++)
        {
            string name = $"{Escape(pictures[i].Label)} ({Escape(pictures[i].Note)})";
            destination.Write($"<option value=\"{i}\"{(i == chosen ? " selected" : "")}>{name}</option>");
        }
        destination.Write("</select></label>\n");
    }

    static string Escape(string text) => WebUtility.HtmlEncode(text);
}
