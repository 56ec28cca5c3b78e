using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;

namespace PgpSr.Gpu;

/// <summary>
/// Finds the drivers' libraries under the names that drivers install: ILGPU asks for <c>libcuda.so</c> and <c>libOpenCL.so</c>, which on Linux
/// come with development packages only.
/// </summary>
static class DriverLibraries
{
    static readonly Lock s_lock = new();
    static readonly Lazy<IntPtr> s_openCl = new(() => Load("OpenCL", typeof(DriverLibraries).Assembly, null));
    static readonly Lazy<IntPtr> s_cuda = new(() => Load("cuda", typeof(DriverLibraries).Assembly, null));
    static bool s_resolving;

    /// <summary>
    /// Held while devices are listed or opened: PoCL 6 offers no device to a thread that asks while another one is the first to ask.
    /// </summary>
    public static Lock Enumeration { get; } = new();

    /// <summary>NVIDIA's driver is installed.</summary>
    public static bool HasCuda => CanLoad(Names("cuda"));

    /// <summary>An OpenCL loader is installed.</summary>
    public static bool HasOpenCl => CanLoad(Names("OpenCL"));

    /// <summary>The OpenCL loader, which stays loaded.</summary>
    public static IntPtr OpenCl => s_openCl.Value;

    /// <summary>NVIDIA's driver, which stays loaded.</summary>
    public static IntPtr Cuda => s_cuda.Value;

    /// <summary>From now on ILGPU finds the libraries under all their names.</summary>
    public static void Resolve()
    {
        lock (s_lock)
        {
            if (s_resolving) return;
            s_resolving = true;
            try
            {
                NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Load);
            }
            catch (InvalidOperationException)
            {
                // The program resolves ILGPU's libraries itself.
            }
        }
    }

    static IntPtr Load(string name, Assembly assembly, DllImportSearchPath? path)
    {
        foreach (string candidate in Names(name))
            if (NativeLibrary.TryLoad(candidate, assembly, path, out var handle)) return handle;
        return IntPtr.Zero;
    }

    static bool CanLoad(string[] names)
    {
        foreach (string name in names)
        {
            if (!NativeLibrary.TryLoad(name, typeof(DriverLibraries).Assembly, null, out var handle)) continue;
            NativeLibrary.Free(handle);
            return true;
        }
        return false;
    }

    static string[] Names(string name) => (name, OperatingSystem.IsLinux(), OperatingSystem.IsWindows()) switch
    {
        ("cuda", true, _) => ["libcuda.so.1", "cuda"],
        ("OpenCL", true, _) => ["libOpenCL.so.1", "OpenCL"],
        ("cuda", _, true) => ["nvcuda"],
        ("OpenCL", _, true) => ["opencl"],
        _ => [name],
    };
}
