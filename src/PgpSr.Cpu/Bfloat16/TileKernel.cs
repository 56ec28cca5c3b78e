using System.Buffers.Binary;
using static PgpSr.Cpu.Register;

namespace PgpSr.Cpu;

/// <summary>
/// The product with AMX: 2 x 2 tiles of sums (32 rows x 32 columns), two tiles of a and two of b in flight, 8 in all. A panel of three or four
/// vectors takes two passes over the same rows.
/// </summary>
static class TileKernel
{
    public const int Rows = 2 * TileRows;

    /// <summary>Inputs of a step: what one row of a tile holds.</summary>
    public const int StepInputs = 32;

    const int TileRows = 16, TileBytes = 64, Tiles = 8, FirstA = 4, FirstB = 6, MaxColumns = 2;

    /// <summary>Writes the kernel for panels of so many vectors.</summary>
    public static void Assemble(Assembler code, CallingConvention convention, int vectors)
    {
        int configuration = code.NewLabel(), nextTile = code.NewLabel(), rowBytes = vectors * TileBytes;
        KernelFrame.Enter(code, convention, 0);
        code.ConfigureTiles(configuration);
        code.Move(R11, rowBytes); // of a panel's pairs, and of a row of sums
        code.Bind(nextTile);
        for (int first = 0; first < vectors; first += MaxColumns) Pass(code, first, Math.Min(MaxColumns, vectors - first), rowBytes);
        code.Move(Rax, KernelFrame.A);
        code.Move(Rdx, R8);
        code.ShiftLeft(Rdx, 5); // 32 rows on
        code.Add(Rax, Rdx);
        code.Move(KernelFrame.A, Rax);
        code.Move(Rax, KernelFrame.C);
        code.Add(Rax, Rows * rowBytes);
        code.Move(KernelFrame.C, Rax);
        code.Move(R10, KernelFrame.Tiles);
        code.Add(R10, -1);
        code.Move(KernelFrame.Tiles, R10);
        code.JumpIfNotZero(nextTile);
        code.ReleaseTiles();
        KernelFrame.Leave(code, convention, 0);
        code.Align(TileBytes);
        code.Bind(configuration);
        code.Data(Configuration());
    }

    // 32 rows of sums in one or two tile columns, from the panel's vector `first` on.
    static void Pass(Assembler code, int first, int columns, int rowBytes)
    {
        int fromZero = code.NewLabel(), begin = code.NewLabel(), step = code.NewLabel();
        code.Move(R9, KernelFrame.C);
        code.Move(R10, KernelFrame.Continue);
        code.Test(R10);
        code.JumpIfZero(fromZero);
        EachSum(columns, (tile, row, column) => code.LoadTile(tile, Place(row, column)));
        code.Test(R9); // an address is not 0
        code.JumpIfNotZero(begin);
        code.Bind(fromZero);
        EachSum(columns, (tile, _, _) => code.ZeroTile(tile));
        code.Bind(begin);

        code.Move(Rax, KernelFrame.A);
        code.Move(R8, KernelFrame.AStride);
        code.Move(Rdx, R8);
        code.ShiftLeft(Rdx, 4);
        code.Add(Rdx, Rax); // the second 16 rows
        code.Move(R9, KernelFrame.B);
        code.Move(R10, KernelFrame.Steps);
        code.Bind(step);
        code.LoadTile(FirstA, new MemoryOperand(Rax, 0, R8));
        for (int column = 0; column < columns; column++) code.LoadTile(FirstB + column, new MemoryOperand(R9, (first + column) * TileBytes, R11));
        for (int column = 0; column < columns; column++) code.TileProduct(Sum(0, column), FirstA, FirstB + column);
        code.LoadTile(FirstA + 1, new MemoryOperand(Rdx, 0, R8));
        for (int column = 0; column < columns; column++) code.TileProduct(Sum(1, column), FirstA + 1, FirstB + column);
        code.Add(Rax, StepInputs * sizeof(ushort));
        code.Add(Rdx, StepInputs * sizeof(ushort));
        code.Add(R9, StepInputs / 2 * rowBytes);
        code.Add(R10, -1);
        code.JumpIfNotZero(step);

        code.Move(R9, KernelFrame.C);
        EachSum(columns, (tile, row, column) => code.StoreTile(Place(row, column), tile));

        MemoryOperand Place(int row, int column) => new(R9, row * TileRows * rowBytes + (first + column) * TileBytes, R11);
    }

    static void EachSum(int columns, Action<int, int, int> write)
    {
        for (int row = 0; row < Rows / TileRows; row++)
            for (int column = 0; column < columns; column++) write(Sum(row, column), row, column);
    }

    static int Sum(int row, int column) => row * MaxColumns + column;

    // Intel SDM, volume 1, table 18-5: palette 1; from byte 16 the bytes of a row of each tile, from byte 48 their rows.
    static byte[] Configuration()
    {
        byte[] bytes = new byte[64];
        bytes[0] = 1;
        for (int tile = 0; tile < Tiles; tile++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(16 + 2 * tile), TileBytes);
            bytes[48 + tile] = TileRows;
        }
        return bytes;
    }
}
