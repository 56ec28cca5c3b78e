namespace PgpSr.CommandLine;

/// <summary>One device as <c>pgpsr devices</c> shows it.</summary>
sealed record DeviceReport
{
    /// <summary>For people: "AMD EPYC, 2 threads, 512-bit".</summary>
    public required string Name { get; init; }

    /// <summary>Why the device cannot be used, and the way out; null if it can.</summary>
    public string? Refusal { get; init; }

    /// <summary>It works, but no faster than the processor: <c>--device auto</c> passes it over.</summary>
    public bool OnRequestOnly { get; init; }

    /// <summary>What makes it slower than the machine allows, and the way out; null if nothing does.</summary>
    public string? Warning { get; init; }

    /// <summary>Memory the device can work in; null if unknown.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Details in reading order: kernel set, instruction sets, driver.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Details { get; init; } = [];
}
