namespace PgpSr.Gpu;

/// <summary>The interface through which a device is used.</summary>
public enum GpuApi
{
    /// <summary>NVIDIA's driver.</summary>
    Cuda,

    /// <summary>Any OpenCL platform: AMD, Intel, NVIDIA, PoCL.</summary>
    OpenCl,

    /// <summary>A simulation of a GPU by threads of this process: slow, for tests.</summary>
    Simulated,
}
