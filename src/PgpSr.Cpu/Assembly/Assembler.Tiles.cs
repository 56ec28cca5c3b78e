namespace PgpSr.Cpu;

// AMX tiles (VEX, map 0F38): 16 rows of 64 bytes at most.
sealed partial class Assembler
{
    /// <summary>ldtilecfg from a place in the code: shapes of the tiles.</summary>
    public void ConfigureTiles(int label)
    {
        Vex(NoPrefix, 0x49, 0, 0, default);
        _code.Add(0x05); // relative to the next instruction
        _references.Add((_code.Count, label));
        Constant(0);
    }

    /// <summary>tilerelease: tiles and their shapes are gone.</summary>
    public void ReleaseTiles()
    {
        Vex(NoPrefix, 0x49, 0, 0, default);
        Registers(0, 0);
    }

    public void ZeroTile(int tile)
    {
        Vex(PrefixF2, 0x49, tile, 0, default);
        Registers(tile, 0);
    }

    /// <summary>tileloadd: rows that lie the index register's bytes apart.</summary>
    public void LoadTile(int tile, MemoryOperand from) => Tile(PrefixF2, tile, from);

    /// <summary>tilestored: the other way.</summary>
    public void StoreTile(MemoryOperand to, int tile) => Tile(PrefixF3, tile, to);

    /// <summary>tdpbf16ps: <paramref name="sum"/>[m][n] grows by the sum over k of a[m][k] b[k][n], b's rows being pairs of k.</summary>
    public void TileProduct(int sum, int a, int b)
    {
        Vex(PrefixF3, 0x5c, sum, b, default);
        Registers(sum, a);
    }

    void Tile(int prefix, int tile, MemoryOperand memory)
    {
        if (memory.Index is null) throw new ArgumentException("rows of a tile need a stride: an index register", nameof(memory));
        Vex(prefix, 0x4b, tile, 0, memory);
        Memory(tile, memory, 1);
    }

    // 128-bit "length", W 0, map 0F38.
    void Vex(int prefix, byte opcode, int reg, int second, MemoryOperand memory)
    {
        int index = memory.Index is { } i ? (int)i : 0;
        _code.Add(0xc4);
        _code.Add((byte)(Inverted(reg, 3, 7) | Inverted(index, 3, 6) | Inverted((int)memory.Base, 3, 5) | Map0F38));
        _code.Add((byte)((~second & 15) << 3 | prefix));
        _code.Add(opcode);
    }
}
