namespace PgpSr.Cpu;

// 512-bit vectors (EVEX), and the 128-bit moves that keep a caller's registers.
sealed partial class Assembler
{
    const int ZmmBytes = 64, XmmBytes = 16;

    // The opcode maps 0F and 0F38, and the prefixes that EVEX and VEX fold in.
    const int Map0F = 1, Map0F38 = 2;
    const int NoPrefix = 0, Prefix66 = 1, PrefixF3 = 2, PrefixF2 = 3;

    public void LoadVector(int to, MemoryOperand from) => Evex(Map0F, NoPrefix, 0x10, to, 0, from, ZmmBytes, wide: true);

    public void StoreVector(MemoryOperand to, int from) => Evex(Map0F, NoPrefix, 0x11, from, 0, to, ZmmBytes, wide: true);

    public void LoadLowVector(int to, MemoryOperand from) => Evex(Map0F, NoPrefix, 0x10, to, 0, from, XmmBytes, wide: false);

    public void StoreLowVector(MemoryOperand to, int from) => Evex(Map0F, NoPrefix, 0x11, from, 0, to, XmmBytes, wide: false);

    /// <summary>vpxord: a vector of zeros.</summary>
    public void ZeroVector(int register) => Evex(Map0F, Prefix66, 0xef, register, register, register);

    /// <summary>vpbroadcastd: four bytes from memory to every lane.</summary>
    public void Broadcast(int to, MemoryOperand from) => Evex(Map0F38, Prefix66, 0x58, to, 0, from, sizeof(int), wide: true);

    /// <summary>vdpbf16ps: each float32 lane of <paramref name="sum"/> grows by the products of two bfloat16 pairs.</summary>
    public void PairProduct(int sum, int a, int b) => Evex(Map0F38, PrefixF3, 0x52, sum, a, b);

    /// <summary>vzeroupper: code of 128-bit instructions that follows loses no time.</summary>
    public void ZeroUpper() => Data([0xc5, 0xf8, 0x77]);

    void Evex(int map, int prefix, byte opcode, int reg, int second, int rm)
    {
        // P0: inverted extension bits of reg (R, R'), of rm (X carries its bit 4, B its bit 3). P1: W 0, inverted second operand. P2: 512 bits.
        _code.Add(0x62);
        _code.Add((byte)(Inverted(reg, 3, 7) | Inverted(rm, 4, 6) | Inverted(rm, 3, 5) | Inverted(reg, 4, 4) | map));
        _code.Add((byte)((~second & 15) << 3 | 4 | prefix));
        _code.Add((byte)(2 << 5 | Inverted(second, 4, 3)));
        _code.Add(opcode);
        Registers(reg, rm);
    }

    void Evex(int map, int prefix, byte opcode, int reg, int second, MemoryOperand memory, int unit, bool wide)
    {
        int index = memory.Index is { } i ? (int)i : 0;
        _code.Add(0x62);
        _code.Add((byte)(Inverted(reg, 3, 7) | Inverted(index, 3, 6) | Inverted((int)memory.Base, 3, 5) | Inverted(reg, 4, 4) | map));
        _code.Add((byte)((~second & 15) << 3 | 4 | prefix));
        _code.Add((byte)((wide ? 2 << 5 : 0) | Inverted(second, 4, 3)));
        _code.Add(opcode);
        Memory(reg, memory, unit);
    }

    // Bit `bit` of a register number, inverted, at bit `place`.
    static int Inverted(int register, int bit, int place) => (~register >> bit & 1) << place;
}
