using System.Runtime.InteropServices;

namespace PgpSr.Gpu;

/// <summary>A driver's function did not succeed. It reaches callers inside a <see cref="GpuException"/>, which says what to do.</summary>
sealed class DriverCallException(string function, string error, string? log = null)
    : ExternalException(log is null ? $"{function}: {error}" : $"{function}: {error}: {log}")
{
    /// <summary>The driver's name of the error.</summary>
    public string Error { get; } = error;
}
