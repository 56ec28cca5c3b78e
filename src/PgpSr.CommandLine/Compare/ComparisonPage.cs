using System.Globalization;
using System.Net;

namespace PgpSr.CommandLine.Compare;

/// <summary>
/// A before/after slider as one file: pictures inlined, nothing loaded from elsewhere (its content security policy forbids it). The slider is a range
/// input over the picture, so that keyboard, mouse, touch and screen readers work without a line of code for them.
/// </summary>
static class ComparisonPage
{
    /// <summary>One picture of the page.</summary>
    /// <param name="Label">Its name.</param>
    /// <param name="Note">Size and numbers.</param>
    /// <param name="MediaType">Such as <c>image/png</c>.</param>
    /// <param name="File">The encoded picture.</param>
    public sealed record Picture(string Label, string Note, string MediaType, byte[] File);

    /// <summary>Writes the page.</summary>
    /// <param name="pictures">At least two; the first is "before", the last "after" until the reader chooses others.</param>
    /// <param name="width">Columns of the largest picture.</param>
    /// <param name="height">Rows of the largest picture.</param>
    /// <param name="destination">UTF-8.</param>
    public static void Write(IReadOnlyList<Picture> pictures, int width, int height, TextWriter destination)
    {
        destination.Write(Head(string.Join(" | ", pictures.Select(p => Escape(p.Label))), width, height));
        for (int i = 0; i < pictures.Count; i++)
        {
            destination.Write($"<img id=\"p{i}\" class=\"picture\" alt=\"{Escape(pictures[i].Label)}\" src=\"data:{pictures[i].MediaType};base64,");
            destination.Write(Convert.ToBase64String(pictures[i].File));
            destination.Write("\">\n");
        }
        destination.Write("""
            <div id="line"></div>
            <input id="slider" type="range" min="0" max="1000" value="500" step="5" aria-label="boundary between the left and the right picture">
            </div>
            <div id="bar">

            """);
        Choice(pictures, "left", 0, destination);
        destination.Write("<label><input id=\"actual\" type=\"checkbox\"> actual pixels</label>\n");
        Choice(pictures, "right", pictures.Count - 1, destination);
        destination.Write("</div>\n");
        destination.Write(Script);
    }

    static void Choice(IReadOnlyList<Picture> pictures, string side, int chosen, TextWriter destination)
    {
        destination.Write($"<label>{side} <select id=\"{side}\">");
        for (int i = 0; i < pictures.Count; i++)
        {
            string name = $"{Escape(pictures[i].Label)} ({Escape(pictures[i].Note)})";
            destination.Write($"<option value=\"{i}\"{(i == chosen ? " selected" : "")}>{name}</option>");
        }
        destination.Write("</select></label>\n");
    }

    static string Escape(string text) => WebUtility.HtmlEncode(text);

    static string Head(string title, int width, int height) => string.Create(CultureInfo.InvariantCulture, $$"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
        <title>{{title}}</title>
        <style>
        body { margin: 0; background: #222; color: #ddd; font: 15px/1.6 sans-serif; }
        #view { position: relative; margin: 0 auto; aspect-ratio: {{width}} / {{height}}; --cut: 50%;
          width: min(100vw, calc((100vh - 4em) * {{width}} / {{height}}));
          background: repeating-conic-gradient(#999 0 25%, #666 0 50%) 0 0 / 24px 24px; }
        #view.actual { width: calc({{width}}px / var(--ratio, 1)); }
        .picture { position: absolute; inset: 0; width: 100%; height: 100%; visibility: hidden; }
        .picture.on { visibility: visible; }
        .picture.right { clip-path: inset(0 0 0 var(--cut)); }
        .picture.left { clip-path: inset(0 calc(100% - var(--cut)) 0 0); }
        #line { position: absolute; top: 0; bottom: 0; left: var(--cut); width: 2px; margin-left: -1px; background: #fff; box-shadow: 0 0 4px #000; }
        #slider { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize; touch-action: pan-y pinch-zoom; }
        #view:focus-within #line { background: #fd0; }
        #bar { display: flex; flex-wrap: wrap; gap: 1em; justify-content: space-between; padding: .5em 1em; }
        select { font: inherit; max-width: 45vw; }
        </style>
        </head>
        <body>
        <div id="view">

        """);

    const string Script = """
        <script>
        const byId = id => document.getElementById(id), view = byId('view'), slider = byId('slider');
        const cut = () => view.style.setProperty('--cut', slider.value / 10 + '%');
        const choose = () => document.querySelectorAll('.picture').forEach((picture, i) => {
          const left = i == byId('left').value, right = i == byId('right').value;
          picture.className = 'picture' + (left || right ? ' on' : '') + (left && right ? '' : left ? ' left' : right ? ' right' : '');
        });
        slider.addEventListener('input', cut);
        byId('left').addEventListener('change', choose);
        byId('right').addEventListener('change', choose);
        byId('actual').addEventListener('change', e => {
          view.style.setProperty('--ratio', window.devicePixelRatio);
          view.classList.toggle('actual', e.target.checked);
        });
        cut();
        choose();
        slider.focus();
        </script>
        </body>
        </html>

        """;
}
