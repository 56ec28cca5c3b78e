using System.Runtime.InteropServices;

namespace PgpSr.Gpu;

/// <summary>
/// The functions of NVIDIA's driver that are used here, looked up by name when it is opened. Names and signatures are those of the CUDA driver API.
/// </summary>
sealed unsafe class CudaFunctions
{
    public delegate* unmanaged<uint, int> Init;
    public delegate* unmanaged<int*, int> DriverGetVersion;
    public delegate* unmanaged<int, byte**, int> GetErrorName;
    public delegate* unmanaged<int*, int> DeviceGetCount;
    public delegate* unmanaged<int*, int, int> DeviceGet;
    public delegate* unmanaged<byte*, int, int, int> DeviceGetName;
    public delegate* unmanaged<nuint*, int, int> DeviceTotalMem;
    public delegate* unmanaged<int*, int, int, int> DeviceGetAttribute;
    public delegate* unmanaged<IntPtr*, int, int> PrimaryContextRetain;
    public delegate* unmanaged<int, int> PrimaryContextRelease;
    public delegate* unmanaged<IntPtr, int> SetCurrent;
    public delegate* unmanaged<ulong*, nuint, int> MemAlloc;
    public delegate* unmanaged<ulong, int> MemFree;
    public delegate* unmanaged<void**, nuint, int> MemAllocHost;
    public delegate* unmanaged<void*, int> MemFreeHost;
    public delegate* unmanaged<IntPtr*, uint, int> StreamCreate;
    public delegate* unmanaged<IntPtr, int> StreamDestroy;
    public delegate* unmanaged<IntPtr, int> StreamSynchronize;
    public delegate* unmanaged<ulong, void*, nuint, IntPtr, int> CopyToDevice;
    public delegate* unmanaged<void*, ulong, nuint, IntPtr, int> CopyToHost;
    public delegate* unmanaged<ulong, ulong, nuint, IntPtr, int> CopyOnDevice;
    public delegate* unmanaged<IntPtr*, void*, uint, int*, void**, int> ModuleLoadData;
    public delegate* unmanaged<IntPtr, int> ModuleUnload;
    public delegate* unmanaged<IntPtr*, IntPtr, byte*, int> ModuleGetFunction;
    public delegate* unmanaged<IntPtr, uint, uint, uint, uint, uint, uint, uint, IntPtr, void**, void**, int> LaunchKernel;

    /// <summary>The functions of a library.</summary>
    /// <exception cref="EntryPointNotFoundException">The driver is older than CUDA 11.</exception>
    public static CudaFunctions Of(IntPtr library) => new()
    {
        Init = (delegate* unmanaged<uint, int>)NativeLibrary.GetExport(library, "cuInit"),
        DriverGetVersion = (delegate* unmanaged<int*, int>)NativeLibrary.GetExport(library, "cuDriverGetVersion"),
        GetErrorName = (delegate* unmanaged<int, byte**, int>)NativeLibrary.GetExport(library, "cuGetErrorName"),
        DeviceGetCount = (delegate* unmanaged<int*, int>)NativeLibrary.GetExport(library, "cuDeviceGetCount"),
        DeviceGet = (delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(library, "cuDeviceGet"),
        DeviceGetName = (delegate* unmanaged<byte*, int, int, int>)NativeLibrary.GetExport(library, "cuDeviceGetName"),
        DeviceTotalMem = (delegate* unmanaged<nuint*, int, int>)NativeLibrary.GetExport(library, "cuDeviceTotalMem_v2"),
        DeviceGetAttribute = (delegate* unmanaged<int*, int, int, int>)NativeLibrary.GetExport(library, "cuDeviceGetAttribute"),
        PrimaryContextRetain = (delegate* unmanaged<IntPtr*, int, int>)NativeLibrary.GetExport(library, "cuDevicePrimaryCtxRetain"),
        PrimaryContextRelease = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, "cuDevicePrimaryCtxRelease_v2"),
        SetCurrent = (delegate* unmanaged<IntPtr, int>)NativeLibrary.GetExport(library, "cuCtxSetCurrent"),
        MemAlloc = (delegate* unmanaged<ulong*, nuint, int>)NativeLibrary.GetExport(library, "cuMemAlloc_v2"),
        MemFree = (delegate* unmanaged<ulong, int>)NativeLibrary.GetExport(library, "cuMemFree_v2"),
        MemAllocHost = (delegate* unmanaged<void**, nuint, int>)NativeLibrary.GetExport(library, "cuMemAllocHost_v2"),
        MemFreeHost = (delegate* unmanaged<void*, int>)NativeLibrary.GetExport(library, "cuMemFreeHost"),
        StreamCreate = (delegate* unmanaged<IntPtr*, uint, int>)NativeLibrary.GetExport(library, "cuStreamCreate"),
        StreamDestroy = (delegate* unmanaged<IntPtr, int>)NativeLibrary.GetExport(library, "cuStreamDestroy_v2"),
        StreamSynchronize = (delegate* unmanaged<IntPtr, int>)NativeLibrary.GetExport(library, "cuStreamSynchronize"),
        CopyToDevice = (delegate* unmanaged<ulong, void*, nuint, IntPtr, int>)NativeLibrary.GetExport(library, "cuMemcpyHtoDAsync_v2"),
        CopyToHost = (delegate* unmanaged<void*, ulong, nuint, IntPtr, int>)NativeLibrary.GetExport(library, "cuMemcpyDtoHAsync_v2"),
        CopyOnDevice = (delegate* unmanaged<ulong, ulong, nuint, IntPtr, int>)NativeLibrary.GetExport(library, "cuMemcpyDtoDAsync_v2"),
        ModuleLoadData = (delegate* unmanaged<IntPtr*, void*, uint, int*, void**, int>)NativeLibrary.GetExport(library, "cuModuleLoadDataEx"),
        ModuleUnload = (delegate* unmanaged<IntPtr, int>)NativeLibrary.GetExport(library, "cuModuleUnload"),
        ModuleGetFunction = (delegate* unmanaged<IntPtr*, IntPtr, byte*, int>)NativeLibrary.GetExport(library, "cuModuleGetFunction"),
        LaunchKernel = (delegate* unmanaged<IntPtr, uint, uint, uint, uint, uint, uint, uint, IntPtr, void**, void**, int>)
            NativeLibrary.GetExport(library, "cuLaunchKernel"),
    };

    /// <exception cref="DriverCallException">The result is an error.</exception>
    public void Check(int result, string function, string? log = null)
    {
        if (result != 0) throw new DriverCallException(function, Name(result), log);
    }

    /// <summary>The driver's name of a result.</summary>
    public string Name(int result)
    {
        byte* name = null;
        return GetErrorName(result, &name) == 0 && name != null
            ? Marshal.PtrToStringAnsi((IntPtr)name)! : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"CUDA error {result}");
    }
}
