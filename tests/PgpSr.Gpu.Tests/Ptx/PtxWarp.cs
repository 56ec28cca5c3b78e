namespace PgpSr.Gpu.Tests.Ptx;

/// <summary>32 lanes in lockstep: registers, and the copies asked for but not yet waited for. Reading a register that was never written is an error.</summary>
sealed class PtxWarp(PtxProgram program, int index)
{
    public const int Lanes = 32;

    readonly uint[] _words = new uint[Count(program, "%r")];
    readonly ulong[] _longs = new ulong[Count(program, "%rd")];
    readonly float[] _floats = new float[Count(program, "%f")];
    readonly ushort[] _halves = new ushort[Count(program, "%h")];
    readonly bool[] _predicates = new bool[Count(program, "%p")];
    readonly Dictionary<char, bool[]> _written = new()
    {
        ['r'] = new bool[Count(program, "%r")],
        ['d'] = new bool[Count(program, "%rd")],
        ['f'] = new bool[Count(program, "%f")],
        ['h'] = new bool[Count(program, "%h")],
        ['p'] = new bool[Count(program, "%p")],
    };

    // Where a lane that branched ahead of the others goes on.
    readonly int[] _resume = new int[Lanes];

    public int Index { get; } = index;

    public int Pc { get; set; }

    public bool Exited { get; set; }

    /// <summary>Groups of copies, oldest first; the last is still open.</summary>
    public List<List<(uint Shared, ulong Global, int Bytes)>> Copies { get; } = [[]];

    public bool IsActive(int lane) => _resume[lane] <= Pc;

    public bool AllActive => Array.TrueForAll(_resume, r => r <= Pc);

    public void Park(int lane, int target) => _resume[lane] = target;

    public uint Word(string operand, int lane) => operand[0] == '%' ? _words[Slot('r', operand, 2, lane)] : Immediate(operand);

    public void SetWord(string operand, int lane, uint value) => _words[Mark('r', operand, 2, lane)] = value;

    public ulong Long(string operand, int lane) => operand[0] == '%' ? _longs[Slot('d', operand, 3, lane)] : (ulong)(long)PtxProgram.Number(operand);

    public void SetLong(string operand, int lane, ulong value) => _longs[Mark('d', operand, 3, lane)] = value;

    public float Single(string operand, int lane) => operand[0] == '%'
        ? _floats[Slot('f', operand, 2, lane)]
        : BitConverter.UInt32BitsToSingle(Convert.ToUInt32(operand[2..], 16));

    public void SetSingle(string operand, int lane, float value) => _floats[Mark('f', operand, 2, lane)] = value;

    public ushort Half(string operand, int lane) => operand[0] == '%' ? _halves[Slot('h', operand, 2, lane)] : (ushort)Immediate(operand);

    public void SetHalf(string operand, int lane, ushort value) => _halves[Mark('h', operand, 2, lane)] = value;

    public bool Predicate(string operand, int lane) => _predicates[Slot('p', operand, 2, lane)];

    public void SetPredicate(string operand, int lane, bool value) => _predicates[Mark('p', operand, 2, lane)] = value;

    static int Count(PtxProgram program, string prefix) => program.Registers.GetValueOrDefault(prefix) * Lanes;

    static uint Immediate(string operand) =>
        operand.StartsWith("0x", StringComparison.Ordinal) ? Convert.ToUInt32(operand, 16) : (uint)PtxProgram.Number(operand);

    int Slot(char kind, string operand, int prefix, int lane)
    {
        int slot = int.Parse(operand.AsSpan(prefix), System.Globalization.CultureInfo.InvariantCulture) * Lanes + lane;
        if (!_written[kind][slot]) throw new InvalidOperationException($"{operand} is read before it is written: {program.Instructions[Pc].Text}");
        return slot;
    }

    int Mark(char kind, string operand, int prefix, int lane)
    {
        int slot = int.Parse(operand.AsSpan(prefix), System.Globalization.CultureInfo.InvariantCulture) * Lanes + lane;
        _written[kind][slot] = true;
        return slot;
    }
}
