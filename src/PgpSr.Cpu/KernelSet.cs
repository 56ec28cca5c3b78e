using System.Runtime.Intrinsics;

namespace PgpSr.Cpu;

/// <summary>
/// All kernels for one vector width. The abstract half says what there is (one partial file per family); <see cref="KernelSet{TLanes}"/>
/// binds the one source of each kernel to a width.
/// </summary>
abstract partial class KernelSet(string name, int bits)
{
    /// <summary>Forces a set, by <see cref="Name"/>; asking for one that cannot run here is an error.</summary>
    public const string EnvironmentVariable = "PGPSR_CPU";

    static readonly KernelSet s_v512 = new KernelSet<Lanes512>("v512", 512);
    static readonly KernelSet s_v256 = new KernelSet<Lanes256>("v256", 256);
    static readonly KernelSet s_v128 = new KernelSet<Lanes128>("v128", 128);

    /// <summary>v512, v256 or v128.</summary>
    public string Name { get; } = name;

    /// <summary>Register width.</summary>
    public int Bits { get; } = bits;

    /// <summary>What this process runs in hardware, best first. One rule decides everywhere: is the width hardware accelerated.</summary>
    public static IReadOnlyList<KernelSet> Accelerated { get; } =
        [.. Available.Where(set => set.Bits switch
        {
            512 => Vector512.IsHardwareAccelerated,
            256 => Vector256.IsHardwareAccelerated,
            _ => true, // the set of last resort, also where even 128 bits are emulated
        })];

    /// <summary>Everything that can execute here, emulated widths included: what tests run.</summary>
    public static IReadOnlyList<KernelSet> Available => [s_v512, s_v256, s_v128];

    /// <summary>The set to use: the forced one, or the widest that is accelerated.</summary>
    /// <exception cref="ArgumentException">The forced name does not exist.</exception>
    public static KernelSet Best => Named(Environment.GetEnvironmentVariable(EnvironmentVariable));

    /// <summary>The set of that name; null or empty for the widest accelerated one.</summary>
    public static KernelSet Named(string? name)
    {
        if (string.IsNullOrEmpty(name)) return Accelerated[0];
        return Available.FirstOrDefault(set => set.Name == name)
            ?? throw new ArgumentException($"{EnvironmentVariable}={name}: kernel sets are {string.Join(", ", Available.Select(set => set.Name))}",
                nameof(name));
    }
}

/// <summary>The kernels of one width: one partial file per family.</summary>
sealed partial class KernelSet<TLanes>(string name, int bits) : KernelSet(name, bits)
    where TLanes : struct, ILanes<TLanes>
{
}
