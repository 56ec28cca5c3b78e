using PgpSr.Managed;

namespace PgpSr.Benchmarks;

/// <summary>The one list of what is measured: the shapes of SDXL's networks that matter, the networks, pictures; and what a command line spells.</summary>
static class WorkList
{
    const string Operations = "operations";

    /// <summary>The lists by name, in the order of 'list'.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<Work>> Categories { get; } = new Dictionary<string, IReadOnlyList<Work>>
    {
        // At the shapes of SDXL's UNet and VAE, one sample of 512x512 pixels.
        [Operations] =
        [
            new LinearWork(1024, 1280, 5120), new LinearWork(4096, 640, 640), new LinearWork(1024, 1280, 1280), new LinearWork(77, 2048, 640),
            new ConvWork(320, 320, 64, 64, 3), new ConvWork(512, 512, 64, 64, 3), new ConvWork(128, 128, 256, 256, 3), new ConvWork(640, 640, 32, 32, 3),
            new ConvWork(1280, 1280, 16, 16, 3), new ConvWork(4, 320, 64, 64, 3), new ConvWork(320, 320, 64, 64, 3, 2), new ConvWork(960, 640, 32, 32, 1),
            new AttentionWork(10, 4096, 4096, 64), new AttentionWork(20, 1024, 1024, 64),
            new AttentionWork(10, 4096, 77, 64), new AttentionWork(20, 1024, 77, 64),
            new MapWork(MapWork.GroupNorm, 320, 128, 128),
            new MapWork(MapWork.Fft, 320, 128, 128), new MapWork(MapWork.Fft, 320, 90, 160), new MapWork(MapWork.Fft, 64, 97, 131),
        ],
        // Of SDXL's UNet and of its autoencoder.
        ["blocks"] =
        [
            Block("resnet-320", 64), Block("resnet-640", 32), Block("resnet-1280", 16), Block("transformer-640", 32), Block("transformer-1280", 16),
            Block("vae-512", 64), Block("vae-128", 256),
        ],
        // Evaluated in a second.
        ["networks"] = [.. ModelCatalog.Names.Select(name => Block(name, 256)), Block("rrdbnet", 64), Block("srvgg", 128), Block("taesd", 64)],
        // End to end.
        ["pictures"] = [.. ModelCatalog.Names.Select(name => new PictureWork(name, 256))],
        // Of gigabytes, with generated weights.
        ["large"] = [Block("adcsr", 32), Block("vae", 64), Block("sdxl-floor", 64), Block("sdxl-coarse", 64), Block("sdxl", 64), Block("faithdiff", 64)],
    };

    /// <summary>Operations of SDXL's networks for a GPU: a latent of 128x128, two samples (a picture of 1024x1024 with guidance).</summary>
    public static IReadOnlyList<Work> Device { get; } =
    [
        new LinearWork(4096, 4096, 4096), new LinearWork(8192, 640, 640), new LinearWork(8192, 640, 2560, Gated: true), new LinearWork(8192, 2560, 640),
        new LinearWork(2048, 1280, 1280), new LinearWork(2048, 1280, 5120, Gated: true), new LinearWork(2048, 5120, 1280), new LinearWork(154, 2048, 1280),
        new ConvWork(320, 320, 128, 128, 3, 1, 2), new ConvWork(640, 640, 64, 64, 3, 1, 2), new ConvWork(1280, 1280, 32, 32, 3, 1, 2),
        new ConvWork(1920, 640, 64, 64, 3, 1, 2), new ConvWork(2560, 1280, 32, 32, 3, 1, 2), new ConvWork(640, 640, 64, 64, 3, 2, 2),
        new ConvWork(640, 320, 128, 128, 1, 1, 2), new ConvWork(256, 256, 512, 512, 3), new ConvWork(128, 128, 1024, 1024, 3),
        new AttentionWork(10, 4096, 4096, 64, 2), new AttentionWork(20, 1024, 1024, 64, 2), new AttentionWork(10, 4096, 77, 64, 2),
        new AttentionWork(20, 1024, 77, 64, 2), new AttentionWork(1, 16384, 16384, 512),
        .. Maps(320, 128, 2), .. Maps(640, 64, 2), new MapWork(MapWork.Fft, 320, 128, 128), new MapWork(MapWork.Fft, 640, 64, 64),
    ];

    /// <summary>Every operation at sizes that a processor computes in a moment, odd ones among them.</summary>
    public static IReadOnlyList<Work> DeviceSmall { get; } =
    [
        new LinearWork(150, 72, 136), new LinearWork(77, 20, 33), new LinearWork(70, 64, 40, Gated: true), new ConvWork(64, 72, 16, 16, 3),
        new ConvWork(40, 20, 11, 11, 3, 2, 2), new ConvWork(4, 32, 9, 9, 3), new ConvWork(32, 3, 9, 9, 3), new ConvWork(24, 40, 12, 12, 1),
        new AttentionWork(2, 100, 100, 64, 2), new AttentionWork(3, 70, 77, 64), new AttentionWork(1, 65, 65, 96), new AttentionWork(1, 40, 40, 200),
        .. Maps(64, 9, 2), new MapWork(MapWork.Fft, 16, 12, 12), new MapWork(MapWork.Fft, 8, 15, 15),
    ];

    /// <summary>
    /// Works whose operation is <paramref name="operation"/>, or else contains it, and whose shape contains <paramref name="shape"/>: of a category, or
    /// of the operations where none is named and nothing else fits. If there are none and the two spell an operation and a shape in full, that work.
    /// </summary>
    /// <exception cref="FormatException">Nothing matches.</exception>
    public static IReadOnlyList<Work> Select(string? category, string operation, string shape)
    {
        if (category is null && operation.Length == 0 && shape.Length == 0) return Categories[Operations];
        IEnumerable<Work> all = category is null ? Categories.Values.SelectMany(list => list)
            : Categories.TryGetValue(category, out var list) ? list
            : throw new FormatException($"--category '{category}': expected one of {string.Join(", ", Categories.Keys)}");
        Work[] whole = [.. all.Where(w => w.Operation == operation && w.Shape == shape)];
        if (whole.Length > 0) return whole;
        Work[] found = [.. all.Where(w => w.Shape.Contains(shape, StringComparison.Ordinal))];
        Work[] exact = [.. found.Where(w => w.Operation == operation)];
        found = exact.Length > 0 ? exact : [.. found.Where(w => w.Operation.Contains(operation, StringComparison.Ordinal))];
        return found.Length > 0 ? found : [Parse(operation, shape)];
    }

    /// <summary>The work that the two spell in full.</summary>
    /// <exception cref="FormatException">They do not, or the network is not known.</exception>
    public static Work Parse(string operation, string shape) =>
        Single(operation, shape) ?? NetworkWork.Parse(operation, shape) ?? PictureWork.Parse(operation, shape)
        ?? throw new FormatException($"no work matches --op '{operation}' --shape '{shape}'; "
            + "'list' shows the standard ones, and any shape spelled like them works");

    /// <summary>The operation that the two spell in full, if they do.</summary>
    public static Work? Single(string operation, string shape) =>
        LinearWork.Parse(operation, shape) ?? ConvWork.Parse(operation, shape) ?? AttentionWork.Parse(operation, shape) ?? MapWork.Parse(operation, shape);

    static NetworkWork Block(string name, int side) => new(NetworkList.Find(name), side);

    static IEnumerable<Work> Maps(int channels, int side, int samples) =>
        ((string[])["copy", "add", "silu", MapWork.GroupNorm, "layer_norm"]).Select(kind => new MapWork(kind, channels, side, side, samples));
}
