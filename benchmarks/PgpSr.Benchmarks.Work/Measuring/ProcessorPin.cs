using System.Runtime.InteropServices;

namespace PgpSr.Benchmarks;

/// <summary>
/// Keeps the calling thread on one processor while it lives (Linux; elsewhere it does nothing). A measurement of some milliseconds is otherwise
/// over before the scheduler has moved a fresh thread away from its creator's processor: 360 instead of 510 GFLOP/s of peak.
/// </summary>
readonly ref partial struct ProcessorPin : IDisposable
{
    // cpu_set_t of glibc: 1024 processors.
    const int MaskWords = 16;

    readonly Mask _before;
    readonly bool _pinned;

    /// <param name="index">Which of the processors that this thread may use, counted around.</param>
    public ProcessorPin(int index)
    {
        if (!OperatingSystem.IsLinux() || GetAffinity(0, MaskWords * sizeof(ulong), ref _before) < 0) return;
        int allowed = 0;
        for (int cpu = 0; cpu < MaskWords * 64; cpu++) allowed += Has(_before, cpu);
        int wanted = index % allowed;
        for (int cpu = 0; cpu < MaskWords * 64; cpu++)
        {
            if (Has(_before, cpu) == 0 || wanted-- > 0) continue;
            var only = new Mask();
            only[cpu / 64] = 1UL << (cpu % 64);
            _pinned = SetAffinity(0, MaskWords * sizeof(ulong), ref only) == 0;
            return;
        }
    }

    /// <summary>Lets the thread go where it could before.</summary>
    public void Dispose()
    {
        if (!_pinned) return;
        Mask before = _before;
        SetAffinity(0, MaskWords * sizeof(ulong), ref before);
    }

    static int Has(in Mask mask, int cpu) => (int)(mask[cpu / 64] >> (cpu % 64)) & 1;

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetAffinity(int thread, nint size, ref Mask mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetAffinity(int thread, nint size, ref Mask mask);

    [System.Runtime.CompilerServices.InlineArray(MaskWords)]
    struct Mask
    {
        ulong _first;
    }
}
