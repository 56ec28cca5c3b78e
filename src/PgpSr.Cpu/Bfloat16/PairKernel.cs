using static PgpSr.Cpu.Register;

namespace PgpSr.Cpu;

/// <summary>
/// The product with AVX512-BF16: 6 rows x up to 4 vectors of sums, for each pair of inputs 4 vectors of the panel and 6 broadcast pairs.
/// 24 + 4 + 4 of 32 registers, as the float32 kernel has them.
/// </summary>
static class PairKernel
{
    public const int Rows = 6;

    /// <summary>Inputs of a step: four pairs.</summary>
    public const int StepInputs = 2 * Unrolled;

    const int Unrolled = 4, MaxVectors = 4, FirstB = Rows * MaxVectors, FirstPair = FirstB + MaxVectors, Pairs = 4, Registers = 32, VectorBytes = 64;

    /// <summary>Writes the kernel for panels of so many vectors.</summary>
    public static void Assemble(Assembler code, CallingConvention convention, int vectors)
    {
        int nextTile = code.NewLabel(), fromZero = code.NewLabel(), step = code.NewLabel();
        KernelFrame.Enter(code, convention, Registers);
        code.Bind(nextTile);
        code.Move(Rax, KernelFrame.A);
        code.Move(R8, KernelFrame.AStride);
        code.LoadAddress(Rdx, new MemoryOperand(R8, 0, R8, 2));
        code.Add(Rdx, Rax); // the fourth row
        code.Move(R11, KernelFrame.C);
        for (int register = 0; register < Rows * MaxVectors; register++)
            if (register % MaxVectors < vectors) code.ZeroVector(register);
        code.Move(R10, KernelFrame.Continue);
        code.Test(R10);
        code.JumpIfZero(fromZero);
        for (int row = 0; row < Rows; row++)
            for (int v = 0; v < vectors; v++) code.LoadVector(Sum(row, v), Element(row, v, vectors));
        code.Bind(fromZero);
        code.Move(R9, KernelFrame.B);
        code.Move(R10, KernelFrame.Steps);

        code.Bind(step);
        for (int pair = 0; pair < Unrolled; pair++)
        {
            for (int v = 0; v < vectors; v++) code.LoadVector(FirstB + v, new MemoryOperand(R9, (pair * vectors + v) * VectorBytes));
            for (int row = 0; row < Rows; row++)
            {
                int broadcast = FirstPair + row % Pairs;
                code.Broadcast(broadcast, Pair(row, pair));
                for (int v = 0; v < vectors; v++) code.PairProduct(Sum(row, v), broadcast, FirstB + v);
            }
        }
        code.Add(Rax, StepInputs * sizeof(ushort));
        code.Add(Rdx, StepInputs * sizeof(ushort));
        code.Add(R9, Unrolled * vectors * VectorBytes);
        code.Add(R10, -1);
        code.JumpIfNotZero(step);

        for (int row = 0; row < Rows; row++)
            for (int v = 0; v < vectors; v++) code.StoreVector(Element(row, v, vectors), Sum(row, v));
        code.Move(Rax, KernelFrame.A);
        code.LoadAddress(Rdx, new MemoryOperand(R8, 0, R8, 2));
        code.ShiftLeft(Rdx, 1); // six rows on
        code.Add(Rax, Rdx);
        code.Move(KernelFrame.A, Rax);
        code.Add(R11, Rows * vectors * VectorBytes);
        code.Move(KernelFrame.C, R11);
        code.Move(R10, KernelFrame.Tiles);
        code.Add(R10, -1);
        code.Move(KernelFrame.Tiles, R10);
        code.JumpIfNotZero(nextTile);
        KernelFrame.Leave(code, convention, Registers);
    }

    static int Sum(int row, int vector) => row * MaxVectors + vector;

    static MemoryOperand Element(int row, int vector, int vectors) => new(R11, (row * vectors + vector) * VectorBytes);

    // Rows 0 to 2 behind rax, 3 to 5 behind rdx, none, one and two strides on.
    static MemoryOperand Pair(int row, int pair)
    {
        var first = row < Rows / 2 ? Rax : Rdx;
        int strides = row % (Rows / 2), displacement = pair * sizeof(float);
        return strides == 0 ? new MemoryOperand(first, displacement) : new MemoryOperand(first, displacement, R8, strides);
    }
}
