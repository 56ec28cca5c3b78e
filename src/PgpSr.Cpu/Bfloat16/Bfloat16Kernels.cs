namespace PgpSr.Cpu;

/// <summary>
/// Products of bfloat16 matrices by instructions that the runtime has no intrinsics for, assembled when they are first asked for. One kernel for each
/// width of a panel, 1 to 4 vectors.
/// </summary>
/// <remarks>
/// Each sum is one float32 chain from its first to its last block of inputs, so that neither threads nor the cut of rows and panels change a bit. The
/// instructions round to nearest even and take subnormal numbers for 0, whatever the thread's settings are.
/// </remarks>
sealed unsafe class Bfloat16Kernels
{
    /// <summary>Vectors of a full panel.</summary>
    public const int PanelVectors = 4;

    /// <summary>What inputs are padded to with zeros: a step of either kernel.</summary>
    public const int InputPadding = 32;

    static readonly Lazy<(Bfloat16Kernels? Kernels, string? Refusal)> s_detected =
        new(() => (TryCreate(ProcessorFeatures.Detected, out string? refusal), refusal));

    readonly ExecutableCode _code;
    readonly int[] _entries;

    Bfloat16Kernels(string name, int tileRows, int stepInputs, ExecutableCode code, int[] entries)
    {
        Name = name;
        TileRows = tileRows;
        StepInputs = stepInputs;
        _code = code;
        _entries = entries;
    }

    /// <summary>The instructions: AMX-BF16 or AVX512-BF16.</summary>
    public string Name { get; }

    /// <summary>Rows that are multiplied at once.</summary>
    public int TileRows { get; }

    /// <summary>Inputs of a step.</summary>
    public int StepInputs { get; }

    /// <summary>This machine's kernels, made once, or null and why there are none.</summary>
    public static (Bfloat16Kernels? Kernels, string? Refusal) Detected => s_detected.Value;

    /// <summary>The kernels beside a kernel set, or null and why there are none.</summary>
    /// <param name="set">What computes everything else; its panels must be what the kernels read.</param>
    /// <param name="features">Stands for what CPUID tells; null to ask it.</param>
    public static (Bfloat16Kernels? Kernels, string? Refusal) For(KernelSet set, ProcessorFeatures? features)
    {
        if (set.Bits != 512) return (null, $"its kernels need kernel set v512, but {set.Name} is in use");
        if (features is not { } given) return Detected;
        return (TryCreate(given, out string? refusal), refusal);
    }

    /// <summary>Kernels for the best of the features that the system lets this process use, or null and why there are none.</summary>
    public static Bfloat16Kernels? TryCreate(ProcessorFeatures features, out string? refusal)
    {
        refusal = null;
        string? tileRefusal = null;
        if (features.TileProducts && TilePermission.TryAcquire(out tileRefusal)) return TryAssemble(tiles: true, out refusal);
        if (features.PairProducts) return TryAssemble(tiles: false, out refusal);
        refusal = tileRefusal ?? "the processor has neither AMX-BF16 nor AVX512-BF16";
        return null;
    }

    /// <summary>c = a b (or c + a b) for one panel of so many vectors.</summary>
    public void Multiply(ref Bfloat16Call call, int vectors)
    {
        fixed (Bfloat16Call* address = &call) ((delegate* unmanaged<Bfloat16Call*, void>)(_code.Pointer + _entries[vectors - 1]))(address);
    }

    static Bfloat16Kernels? TryAssemble(bool tiles, out string? refusal)
    {
        byte[] bytes = Assemble(tiles, OperatingSystem.IsWindows() ? CallingConvention.Windows : CallingConvention.SystemV, out int[] entries);
        return ExecutableCode.TryCreate(bytes, out refusal) is { } code
            ? new Bfloat16Kernels(tiles ? "AMX-BF16" : "AVX512-BF16", tiles ? TileKernel.Rows : PairKernel.Rows,
                tiles ? TileKernel.StepInputs : PairKernel.StepInputs, code, entries)
            : null;
    }

    /// <summary>The code of all widths and where each begins.</summary>
    internal static byte[] Assemble(bool tiles, CallingConvention convention, out int[] entries)
    {
        const int Line = 64;
        var assembler = new Assembler();
        entries = new int[PanelVectors];
        for (int vectors = 1; vectors <= PanelVectors; vectors++)
        {
            assembler.Align(Line);
            entries[vectors - 1] = assembler.Length;
            if (tiles) TileKernel.Assemble(assembler, convention, vectors);
            else PairKernel.Assemble(assembler, convention, vectors);
        }
        return assembler.ToArray();
    }
}
