using System.Buffers.Binary;
using System.Numerics;

namespace PgpSr.Cpu;

/// <summary>
/// Encodes the few x86-64 instructions that product kernels are made of. Encodings: Intel SDM, volume 2 (2.1 REX, 2.3 VEX, 2.7 EVEX and the pages of
/// the instructions). Vector registers are 0 to 31 and 512 bits wide unless said; tile registers are 0 to 7.
/// </summary>
sealed partial class Assembler
{
    readonly List<byte> _code = [];
    readonly List<int> _labels = [];
    readonly List<(int At, int Label)> _references = [];

    /// <summary>Bytes so far.</summary>
    public int Length => _code.Count;

    /// <summary>A place in the code that jumps name; <see cref="Bind"/> says where it is.</summary>
    public int NewLabel()
    {
        _labels.Add(-1);
        return _labels.Count - 1;
    }

    /// <summary>The label is here.</summary>
    public void Bind(int label) => _labels[label] = _code.Count;

    /// <summary>Fills with one-byte no-ops up to a multiple.</summary>
    public void Align(int bytes)
    {
        while (_code.Count % bytes != 0) _code.Add(0x90);
    }

    /// <summary>Bytes that are no instructions.</summary>
    public void Data(ReadOnlySpan<byte> bytes) => _code.AddRange(bytes);

    /// <summary>The code, every jump resolved.</summary>
    public byte[] ToArray()
    {
        byte[] code = [.. _code];
        foreach ((int at, int label) in _references)
        {
            if (_labels[label] < 0) throw new InvalidOperationException($"label {label} is bound to no place");
            BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(at), _labels[label] - (at + sizeof(int)));
        }
        return code;
    }

    public void Move(Register to, Register from) => Wide(0x8b, (int)to, (int)from);

    public void Move(Register to, MemoryOperand from) => Wide(0x8b, (int)to, from);

    public void Move(MemoryOperand to, Register from) => Wide(0x89, (int)from, to);

    /// <summary>A sign-extended constant.</summary>
    public void Move(Register to, int value)
    {
        Wide(0xc7, 0, (int)to);
        Constant(value);
    }

    public void LoadAddress(Register to, MemoryOperand from) => Wide(0x8d, (int)to, from);

    public void Add(Register to, Register from) => Wide(0x03, (int)to, (int)from);

    /// <summary>Adds a sign-extended constant; the zero flag tells whether the sum is 0.</summary>
    public void Add(Register to, int value)
    {
        Wide(0x81, 0, (int)to);
        Constant(value);
    }

    public void ShiftLeft(Register register, int bits)
    {
        Wide(0xc1, 4, (int)register);
        _code.Add((byte)bits);
    }

    /// <summary>Sets the zero flag if the register is 0.</summary>
    public void Test(Register register) => Wide(0x85, (int)register, (int)register);

    public void JumpIfZero(int label) => Jump(0x84, label);

    public void JumpIfNotZero(int label) => Jump(0x85, label);

    public void Return() => _code.Add(0xc3);

    /// <summary>The system call whose number is in rax (Linux).</summary>
    public void SystemCall()
    {
        _code.Add(0x0f);
        _code.Add(0x05);
    }

    void Jump(byte condition, int label)
    {
        _code.Add(0x0f);
        _code.Add(condition);
        _references.Add((_code.Count, label));
        Constant(0);
    }

    // An instruction of 64-bit operands with two registers.
    void Wide(byte opcode, int reg, int rm)
    {
        _code.Add((byte)(0x48 | reg >> 3 << 2 | rm >> 3));
        _code.Add(opcode);
        Registers(reg, rm);
    }

    void Wide(byte opcode, int reg, MemoryOperand memory)
    {
        _code.Add((byte)(0x48 | reg >> 3 << 2 | High(memory.Index) << 1 | High(memory.Base)));
        _code.Add(opcode);
        Memory(reg, memory, 1);
    }

    static int High(Register? register) => register is { } r ? (int)r >> 3 : 0;

    // ModR/M of two registers.
    void Registers(int reg, int rm) => _code.Add((byte)(0xc0 | (reg & 7) << 3 | rm & 7));

    // ModR/M, SIB and displacement of a memory operand; an 8-bit displacement counts in units (1, or the operand's bytes under EVEX).
    void Memory(int reg, MemoryOperand memory, int unit)
    {
        int displacement = memory.Displacement, low = (int)memory.Base & 7;
        bool sib = memory.Index is not null || low == (int)Register.Rsp;
        bool near = displacement % unit == 0 && displacement / unit is >= sbyte.MinValue and <= sbyte.MaxValue;
        int mode = displacement == 0 && low != (int)Register.Rbp ? 0 : near ? 1 : 2;
        _code.Add((byte)(mode << 6 | (reg & 7) << 3 | (sib ? (int)Register.Rsp : low)));
        // Index 4 means none.
        int index = memory.Index is { } i ? (int)i & 7 : (int)Register.Rsp;
        if (sib) _code.Add((byte)(BitOperations.Log2((uint)memory.Scale) << 6 | index << 3 | low));
        if (mode == 1) _code.Add((byte)(displacement / unit));
        else if (mode == 2) Constant(displacement);
    }

    void Constant(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        _code.AddRange(bytes);
    }
}
