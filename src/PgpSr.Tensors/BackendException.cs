namespace PgpSr.Tensors;

/// <summary>A device cannot do what was requested.</summary>
/// <param name="device">The backend's name.</param>
/// <param name="message">What failed and what to do.</param>
/// <param name="inner">The cause, if another exception reported it.</param>
public class BackendException(string device, string message, Exception? inner = null) : PgpSrException($"{device}: {message}", inner)
{
    /// <summary>The backend's name.</summary>
    public string Device { get; } = device;

    /// <summary>Whether the device ran out of memory: smaller tiles or another device may help.</summary>
    public bool OutOfMemory { get; init; }
}

/// <summary>A run needs more memory than it may use. Thrown before anything is computed when the run was planned.</summary>
/// <param name="device">The backend's name.</param>
/// <param name="neededBytes">What the run needs.</param>
/// <param name="limitBytes">What it may take.</param>
public sealed class MemoryLimitException(string device, long neededBytes, long limitBytes)
    : BackendException(device,
        $"needs {neededBytes:N0} bytes of activation memory, the limit is {limitBytes:N0}; raise the limit or use smaller tiles")
{
    /// <summary>The memory needed, in bytes.</summary>
    public long NeededBytes { get; } = neededBytes;

    /// <summary>The limit in bytes.</summary>
    public long LimitBytes { get; } = limitBytes;
}
