using System.Runtime.InteropServices;

namespace PgpSr.Gpu;

/// <summary>
/// The functions of an OpenCL loader that are used here, looked up by name when it is opened: nothing is bound to a library that may be absent.
/// Names and signatures are those of the OpenCL 2.0 specification.
/// </summary>
sealed unsafe class OpenClFunctions
{
    public delegate* unmanaged<uint, IntPtr*, uint*, int> GetPlatformIDs;
    public delegate* unmanaged<IntPtr, uint, nuint, void*, nuint*, int> GetPlatformInfo;
    public delegate* unmanaged<IntPtr, ulong, uint, IntPtr*, uint*, int> GetDeviceIDs;
    public delegate* unmanaged<IntPtr, uint, nuint, void*, nuint*, int> GetDeviceInfo;
    public delegate* unmanaged<IntPtr*, uint, IntPtr*, IntPtr, void*, int*, IntPtr> CreateContext;
    public delegate* unmanaged<IntPtr, int> ReleaseContext;
    public delegate* unmanaged<IntPtr, IntPtr, ulong*, int*, IntPtr> CreateCommandQueueWithProperties;
    public delegate* unmanaged<IntPtr, int> ReleaseCommandQueue;
    public delegate* unmanaged<IntPtr, ulong, nuint, void*, int*, IntPtr> CreateBuffer;
    public delegate* unmanaged<IntPtr, int> ReleaseMemObject;
    public delegate* unmanaged<IntPtr, uint, byte**, nuint*, int*, IntPtr> CreateProgramWithSource;
    public delegate* unmanaged<IntPtr, uint, IntPtr*, byte*, IntPtr, void*, int> BuildProgram;
    public delegate* unmanaged<IntPtr, IntPtr, uint, nuint, void*, nuint*, int> GetProgramBuildInfo;
    public delegate* unmanaged<IntPtr, int> ReleaseProgram;
    public delegate* unmanaged<IntPtr, byte*, int*, IntPtr> CreateKernel;
    public delegate* unmanaged<IntPtr, int> ReleaseKernel;
    public delegate* unmanaged<IntPtr, uint, nuint, void*, int> SetKernelArg;
    public delegate* unmanaged<IntPtr, IntPtr, uint, nuint*, nuint*, nuint*, uint, IntPtr*, IntPtr*, int> EnqueueNDRangeKernel;
    public delegate* unmanaged<IntPtr, IntPtr, uint, nuint, nuint, void*, uint, IntPtr*, IntPtr*, int> EnqueueWriteBuffer;
    public delegate* unmanaged<IntPtr, IntPtr, uint, nuint, nuint, void*, uint, IntPtr*, IntPtr*, int> EnqueueReadBuffer;
    public delegate* unmanaged<IntPtr, IntPtr, IntPtr, nuint, nuint, nuint, uint, IntPtr*, IntPtr*, int> EnqueueCopyBuffer;
    public delegate* unmanaged<IntPtr, int> Finish;

    /// <summary>The functions of a library.</summary>
    /// <exception cref="EntryPointNotFoundException">The library is older than OpenCL 2.0.</exception>
    public static OpenClFunctions Of(IntPtr library) => new()
    {
        GetPlatformIDs = (delegate* unmanaged<uint, IntPtr*, uint*, int>)NativeLibrary.GetExport(library, "clGetPlatformIDs"),
        GetPlatformInfo = (delegate* unmanaged<IntPtr, uint, nuint, void*, nuint*, int>)NativeLibrary.GetExport(library, "clGetPlatformInfo"),
        GetDeviceIDs = (delegate* unmanaged<IntPtr, ulong, uint, IntPtr*, uint*, int>)NativeLibrary.GetExport(library, "clGetDeviceIDs"),
        GetDeviceInfo = (delegate* unmanaged<IntPtr, uint, nuint, void*, nuint*, int>)NativeLibrary.GetExport(library, "clGetDeviceInfo"),
        CreateContext =
            (delegate* unmanaged<IntPtr*, uint, IntPtr*, IntPtr, void*, int*, IntPtr>)NativeLibrary.GetExport(library, "clCreateContext"),
        ReleaseContext = (delegate* unmanaged<IntPtr, int>)NativeLibrary.GetExport(library, "clReleaseContext"),
        CreateCommandQueueWithProperties =
            (delegate* unmanaged<IntPtr, IntPtr, ulong*, int*, IntPtr>)NativeLibrary.GetExport(library, "clCreateCommandQueueWithProperties"),
        ReleaseCommandQueue = (delegate* unmanaged<IntPtr, int>)NativeLibrary.GetExport(library, "clReleaseCommandQueue"),
        CreateBuffer = (delegate* unmanaged<IntPtr, ulong, nuint, void*, int*, IntPtr>)NativeLibrary.GetExport(library, "clCreateBuffer"),
        ReleaseMemObject = (delegate* unmanaged<IntPtr, int>)NativeLibrary.GetExport(library, "clReleaseMemObject"),
        CreateProgramWithSource =
            (delegate* unmanaged<IntPtr, uint, byte**, nuint*, int*, IntPtr>)NativeLibrary.GetExport(library, "clCreateProgramWithSource"),
        BuildProgram = (delegate* unmanaged<IntPtr, uint, IntPtr*, byte*, IntPtr, void*, int>)NativeLibrary.GetExport(library, "clBuildProgram"),
        GetProgramBuildInfo =
            (delegate* unmanaged<IntPtr, IntPtr, uint, nuint, void*, nuint*, int>)NativeLibrary.GetExport(library, "clGetProgramBuildInfo"),
        ReleaseProgram = (delegate* unmanaged<IntPtr, int>)NativeLibrary.GetExport(library, "clReleaseProgram"),
        CreateKernel = (delegate* unmanaged<IntPtr, byte*, int*, IntPtr>)NativeLibrary.GetExport(library, "clCreateKernel"),
        ReleaseKernel = (delegate* unmanaged<IntPtr, int>)NativeLibrary.GetExport(library, "clReleaseKernel"),
        SetKernelArg = (delegate* unmanaged<IntPtr, uint, nuint, void*, int>)NativeLibrary.GetExport(library, "clSetKernelArg"),
        EnqueueNDRangeKernel = (delegate* unmanaged<IntPtr, IntPtr, uint, nuint*, nuint*, nuint*, uint, IntPtr*, IntPtr*, int>)
            NativeLibrary.GetExport(library, "clEnqueueNDRangeKernel"),
        EnqueueWriteBuffer = (delegate* unmanaged<IntPtr, IntPtr, uint, nuint, nuint, void*, uint, IntPtr*, IntPtr*, int>)
            NativeLibrary.GetExport(library, "clEnqueueWriteBuffer"),
        EnqueueReadBuffer = (delegate* unmanaged<IntPtr, IntPtr, uint, nuint, nuint, void*, uint, IntPtr*, IntPtr*, int>)
            NativeLibrary.GetExport(library, "clEnqueueReadBuffer"),
        EnqueueCopyBuffer = (delegate* unmanaged<IntPtr, IntPtr, IntPtr, nuint, nuint, nuint, uint, IntPtr*, IntPtr*, int>)
            NativeLibrary.GetExport(library, "clEnqueueCopyBuffer"),
        Finish = (delegate* unmanaged<IntPtr, int>)NativeLibrary.GetExport(library, "clFinish"),
    };
}
