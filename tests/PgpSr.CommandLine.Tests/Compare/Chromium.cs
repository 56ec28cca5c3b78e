using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PgpSr.CommandLine.Tests.Compare;

/// <summary>A page in a headless Chromium, driven by its DevTools protocol: keys and mouse as of a person, and what it asks of a network.</summary>
sealed class Chromium : IAsyncDisposable
{
    static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome"];

    readonly Process _process;
    readonly ClientWebSocket _socket;
    readonly string _profile;
    readonly CancellationToken _stop;
    string? _session;
    int _lastId;

    Chromium(Process process, ClientWebSocket socket, string profile, CancellationToken stop) =>
        (_process, _socket, _profile, _stop) = (process, socket, profile, stop);

    /// <summary>Addresses that the page asked for, its own first.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Errors that the page threw or wrote to its console.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>Where it is installed; null where it is not.</summary>
    public static string? Installed => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => s_names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    /// <summary>Opens a page of 1000x800 pixels and waits until it is loaded.</summary>
    public static async Task<Chromium> OpenAsync(string file, CancellationToken stop)
    {
        string profile = Directory.CreateTempSubdirectory("pgpsr-chromium-").FullName;
        var start = new ProcessStartInfo(Installed!, ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--window-size=1000,800", "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank"])
        { RedirectStandardError = true };
        var process = Process.Start(start)!;
        string? address = null;
        while (address is null && await process.StandardError.ReadLineAsync(stop) is { } line)
            if (line.StartsWith("DevTools listening on ", StringComparison.Ordinal)) address = line["DevTools listening on ".Length..];
        _ = process.StandardError.ReadToEndAsync(stop);
        var socket = new ClientWebSocket();
        var browser = new Chromium(process, socket, profile, stop);
        await socket.ConnectAsync(new Uri(address!), stop);
        var target = await browser.CallAsync("Target.createTarget", new() { ["url"] = "about:blank" });
        string id = target["targetId"]!.GetValue<string>();
        var attached = await browser.CallAsync("Target.attachToTarget", new() { ["targetId"] = id, ["flatten"] = true });
        browser._session = attached["sessionId"]!.GetValue<string>();
        foreach (string domain in (string[])["Page", "Network", "Runtime", "Log"]) await browser.CallAsync($"{domain}.enable");
        await browser.CallAsync("Page.navigate", new() { ["url"] = new Uri(file).AbsoluteUri });
        while (!await browser.IsAsync("document.readyState == 'complete' && location.protocol == 'file:'")) await Task.Delay(20, stop);
        return browser;
    }

    /// <summary>Whether a JavaScript condition holds.</summary>
    public async Task<bool> IsAsync(string condition) => (await EvaluateAsync(condition))!.GetValue<bool>();

    /// <summary>The value of a JavaScript expression.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression) =>
        (await CallAsync("Runtime.evaluate", new() { ["expression"] = expression, ["returnByValue"] = true }))["result"]!["value"];

    /// <summary>Presses and releases a key.</summary>
    public async Task PressAsync(string key, int code)
    {
        foreach (string type in (string[])["keyDown", "keyUp"])
            await CallAsync("Input.dispatchKeyEvent", new() { ["type"] = type, ["key"] = key, ["code"] = key, ["windowsVirtualKeyCode"] = code });
    }

    /// <summary>Clicks with the left button at a place of the window.</summary>
    public async Task ClickAsync(double x, double y)
    {
        foreach (string type in (string[])["mousePressed", "mouseReleased"])
            await CallAsync("Input.dispatchMouseEvent", new() { ["type"] = type, ["x"] = x, ["y"] = y, ["button"] = "left", ["clickCount"] = 1 });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (IOException)
        {
            // One of its processes may still write; the folder is a temporary one.
        }
    }

    async Task<JsonNode> CallAsync(string method, JsonObject? parameters = null)
    {
        var call = new JsonObject { ["id"] = ++_lastId, ["method"] = method, ["params"] = parameters ?? [] };
        if (_session is not null) call["sessionId"] = _session;
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(call), WebSocketMessageType.Text, true, _stop);
        while (true)
        {
            var message = await ReceiveAsync();
            if (message["id"]?.GetValue<int>() != _lastId) Note(message);
            else return message["result"] ?? throw new InvalidOperationException($"{method}: {message["error"]}");
        }
    }

    void Note(JsonNode message)
    {
        switch (message["method"]?.GetValue<string>())
        {
            case "Network.requestWillBeSent": Requests.Add(message["params"]!["request"]!["url"]!.GetValue<string>()); break;
            case "Runtime.exceptionThrown" or "Log.entryAdded": Errors.Add(message["params"]!.ToJsonString()); break;
        }
    }

    async Task<JsonNode> ReceiveAsync()
    {
        var text = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, _stop);
            text.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonNode.Parse(Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length))!;
    }
}
