namespace PgpSr.Gpu;

/// <summary>What a device is driven through.</summary>
public enum GpuApi
{
    /// <summary>NVIDIA's driver.</summary>
    Cuda,

    /// <summary>Any OpenCL platform: AMD, Intel, NVIDIA, PoCL.</summary>
    OpenCl,

    /// <summary>Threads of this process that stand in for a GPU: slow, for tests.</summary>
    Simulated,
}
