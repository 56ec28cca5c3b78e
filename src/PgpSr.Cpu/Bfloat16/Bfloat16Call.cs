using System.Runtime.InteropServices;

namespace PgpSr.Cpu;

/// <summary>
/// What an assembled product is called with: c[rows, columns] = a[rows, inputs] b[inputs, columns], where a and b are bfloat16 and c float32. The
/// kernel counts in it, so it is filled anew for every call.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct Bfloat16Call
{
    /// <summary>Rows of inputs, <see cref="AStride"/> bytes apart; whole tiles of them.</summary>
    public nint A;

    /// <summary>Bytes from one row to the next.</summary>
    public nint AStride;

    /// <summary>A panel: for each two inputs the pairs of all columns.</summary>
    public nint B;

    /// <summary>Rows of sums without gaps; whole tiles of them.</summary>
    public nint C;

    /// <summary>Steps of <see cref="Bfloat16Kernels.StepInputs"/> inputs; at least 1.</summary>
    public nint Steps;

    /// <summary>Tiles of <see cref="Bfloat16Kernels.TileRows"/> rows; at least 1.</summary>
    public nint Tiles;

    /// <summary>0 to begin with zeros, else with what c holds.</summary>
    public nint Continue;

    nint _unused;

    /// <summary>Where a kernel keeps the vector registers that a Windows caller owns: leaf code without a stack frame needs no unwind data.</summary>
    fixed byte _saved[KernelFrame.SavedRegisters * 16];
}
