namespace PgpSr.KernelBench;

/// <summary>The shapes of SDXL's UNet and VAE that matter, and those a command line asks for.</summary>
public static class WorkList
{
    /// <summary>What runs when nothing is asked for.</summary>
    public static IReadOnlyList<Work> Standard { get; } =
    [
        new LinearWork(1024, 1280, 5120),
        new LinearWork(4096, 640, 640),
        new LinearWork(1024, 1280, 1280),
        new LinearWork(77, 2048, 640),
        new ConvWork(320, 320, 64, 64, 3, 1),
        new ConvWork(512, 512, 64, 64, 3, 1),
        new ConvWork(128, 128, 256, 256, 3, 1),
        new ConvWork(640, 640, 32, 32, 3, 1),
        new ConvWork(1280, 1280, 16, 16, 3, 1),
        new ConvWork(4, 320, 64, 64, 3, 1),
        new ConvWork(320, 320, 64, 64, 3, 2),
        new ConvWork(960, 640, 32, 32, 1, 1),
        new AttentionWork(10, 4096, 4096, 64),
        new AttentionWork(20, 1024, 1024, 64),
        new AttentionWork(10, 4096, 77, 64),
        new AttentionWork(20, 1024, 77, 64),
        new GroupNormSiluWork(320, 128, 128),
        new FftWork(320, 128, 128),
        new FftWork(320, 90, 160),
        new FftWork(64, 97, 131),
    ];

    /// <summary>
    /// Standard works whose operation is <paramref name="operation"/>, or else contains it, and whose shape contains <paramref name="shape"/>.
    /// If there are none and the two spell an operation and a shape in full, that work.
    /// </summary>
    /// <exception cref="FormatException">Nothing matches.</exception>
    public static IReadOnlyList<Work> Select(string operation, string shape)
    {
        Work[] found = [.. Standard.Where(w => w.Shape.Contains(shape, StringComparison.Ordinal))];
        Work[] exact = [.. found.Where(w => w.Operation == operation)];
        found = exact.Length > 0 ? exact : [.. found.Where(w => w.Operation.Contains(operation, StringComparison.Ordinal))];
        return found.Length > 0 ? found : [Parse(operation, shape)];
    }

    /// <summary>The work that the two spell in full.</summary>
    /// <exception cref="FormatException">They do not.</exception>
    public static Work Parse(string operation, string shape) =>
        LinearWork.Parse(operation, shape) ?? ConvWork.Parse(operation, shape) ?? AttentionWork.Parse(operation, shape)
        ?? GroupNormSiluWork.Parse(operation, shape) ?? FftWork.Parse(operation, shape)
        ?? throw new FormatException($"no work matches --op '{operation}' --shape '{shape}'; "
            + "--list shows the standard ones, and any shape spelled like them works");
}
