using System.Runtime.InteropServices;

namespace PgpSr.Cpu;

/// <summary>
/// Machine code in pages of its own: written while they are writable, executable from then on, never both. Systems that forbid the step
/// (SELinux execmem, hardened services) are a reason, not an error.
/// </summary>
sealed unsafe partial class ExecutableCode : SafeHandle
{
    const int ReadPage = 1, WritePage = 2, ExecutePage = 4, PrivateMapping = 2;
    const uint Commit = 0x1000, Reserve = 0x2000, Release = 0x8000, PageReadWrite = 4, PageExecuteRead = 0x20;

    readonly nuint _bytes;

    ExecutableCode(nint address, nuint bytes)
        : base(0, ownsHandle: true)
    {
        _bytes = bytes;
        SetHandle(address);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle is 0 or -1;

    /// <summary>The first byte.</summary>
    public byte* Pointer => (byte*)handle;

    /// <summary>Code that can be called, or null and why the system does not allow it.</summary>
    public static ExecutableCode? TryCreate(ReadOnlySpan<byte> code, out string? refusal)
    {
        nuint bytes = (nuint)((code.Length + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize);
        var pages = new ExecutableCode(Map(bytes), bytes);
        if (pages.IsInvalid)
        {
            refusal = $"the system denies memory for machine code ({LastError()})";
            pages.Dispose();
            return null;
        }
        code.CopyTo(new Span<byte>(pages.Pointer, code.Length));
        if (!MakeExecutable(pages.handle, bytes))
        {
            refusal = $"the system does not allow memory to become executable ({LastError()})";
            pages.Dispose();
            return null;
        }
        refusal = null;
        return pages;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() =>
        OperatingSystem.IsWindows() ? VirtualFree(handle, 0, Release) : UnmapMemory(handle, _bytes) == 0;

    static nint Map(nuint bytes)
    {
        if (OperatingSystem.IsWindows()) return VirtualAlloc(0, bytes, Commit | Reserve, PageReadWrite);
        // An anonymous mapping is 0x20 on Linux, 0x1000 on macOS and the BSDs.
        int anonymous = OperatingSystem.IsLinux() ? 0x20 : 0x1000;
        return MapMemory(0, bytes, ReadPage | WritePage, PrivateMapping | anonymous, -1, 0);
    }

    static bool MakeExecutable(nint address, nuint bytes) => OperatingSystem.IsWindows()
        ? VirtualProtect(address, bytes, PageExecuteRead, out _)
        : ProtectMemory(address, bytes, ReadPage | ExecutePage) == 0;

    static string LastError() => Marshal.GetLastPInvokeErrorMessage();

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint MapMemory(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ProtectMemory(nint address, nuint bytes, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int UnmapMemory(nint address, nuint bytes);

    [LibraryImport("kernel32", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint VirtualAlloc(nint address, nuint bytes, uint kind, uint protection);

    [LibraryImport("kernel32", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualProtect(nint address, nuint bytes, uint protection, out uint before);

    [LibraryImport("kernel32", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualFree(nint address, nuint bytes, uint kind);
}

/// <summary>How an assembled function of one pointer is called, and which registers it must leave as they were.</summary>
enum CallingConvention
{
    /// <summary>Linux, macOS: the pointer in rdi; all vector registers are free.</summary>
    SystemV,

    /// <summary>Windows: the pointer in rcx; xmm6 to xmm15 belong to the caller, and so do rdi and rsi.</summary>
    Windows,
}
