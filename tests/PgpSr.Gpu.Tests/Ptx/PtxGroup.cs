using System.Buffers.Binary;
using ILGPU;

namespace PgpSr.Gpu.Tests.Ptx;

/// <summary>
/// Executes groups of threads of a parsed kernel as the PTX ISA describes its instructions (mma.m16n8k16 and ldmatrix fragments: sections
/// "Matrix Fragments for mma.m16n8k16" and "ldmatrix"). Warps run one after another from barrier to barrier.
/// </summary>
sealed class PtxGroup
{
    readonly PtxProgram _program;
    readonly PtxMemory _memory;
    readonly Dictionary<string, ulong> _arguments;
    readonly (uint X, uint Y, uint Z) _block;
    readonly SharedTile _shared;
    readonly PtxWarp[] _warps;

    PtxGroup(PtxProgram program, PtxMemory memory, Dictionary<string, ulong> arguments, (uint X, uint Y, uint Z) block)
    {
        _program = program;
        _memory = memory;
        _arguments = arguments;
        _block = block;
        _warps = new PtxWarp[program.Threads / PtxWarp.Lanes];
        _shared = new SharedTile(program.SharedBytes, _warps.Length);
        for (int i = 0; i < _warps.Length; i++) _warps[i] = new PtxWarp(program, i);
    }

    /// <summary>Runs a whole grid.</summary>
    /// <param name="program">The kernel.</param>
    /// <param name="memory">Holds what the pointers among the arguments point to.</param>
    /// <param name="grid">Groups along each axis.</param>
    /// <param name="arguments">Addresses, numbers and floats' bits, one for each parameter, in order: what the driver would be given.</param>
    public static void Launch(PtxProgram program, PtxMemory memory, Index3D grid, params ulong[] arguments)
    {
        Assert.Equal(program.Parameters.Count, arguments.Length);
        var named = program.Parameters.Select((p, i) => (p.Name, Value: arguments[i])).ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);
        for (int z = 0; z < grid.Z; z++)
            for (int y = 0; y < grid.Y; y++)
                for (int x = 0; x < grid.X; x++) new PtxGroup(program, memory, named, ((uint)x, (uint)y, (uint)z)).Run();
    }

    void Run()
    {
        while (Array.Exists(_warps, w => !w.Exited))
        {
            int waiting = 0;
            foreach (var warp in _warps)
            {
                if (!warp.Exited && RunToBarrier(warp)) waiting++;
            }
            if (waiting > 0 && Array.Exists(_warps, w => w.Exited)) throw new InvalidOperationException("some warps wait at a barrier, others have gone");
            _shared.Barrier();
        }
    }

    // True at a barrier, false at the end.
    bool RunToBarrier(PtxWarp warp)
    {
        while (warp.Pc < _program.Instructions.Count)
        {
            var i = _program.Instructions[warp.Pc];
            switch (i.Opcode)
            {
                case "ret":
                    warp.Exited = true;
                    return false;
                case "bar.sync":
                    Together(warp, i);
                    warp.Pc++;
                    return true;
                case "bra" or "bra.uni":
                    Branch(warp, i);
                    break;
                default:
                    Execute(warp, i);
                    warp.Pc++;
                    break;
            }
        }
        throw new InvalidOperationException("ran past the end");
    }

    void Branch(PtxWarp warp, PtxInstruction i)
    {
        int target = _program.Labels[i.Operands[0]];
        int taken = 0, active = 0;
        for (int lane = 0; lane < PtxWarp.Lanes; lane++)
        {
            if (!warp.IsActive(lane)) continue;
            active++;
            if (Holds(warp, i, lane)) taken++;
        }
        if (i.Opcode == "bra.uni" && (active != PtxWarp.Lanes || (taken != 0 && taken != active))) throw new InvalidOperationException($"not uniform: {i.Text}");
        if (taken == active)
        {
            warp.Pc = target;
            return;
        }
        if (taken > 0 && target <= warp.Pc) throw new InvalidOperationException($"lanes part backwards: {i.Text}");
        for (int lane = 0; lane < PtxWarp.Lanes; lane++)
        {
            if (warp.IsActive(lane) && Holds(warp, i, lane)) warp.Park(lane, target);
        }
        warp.Pc++;
    }

    static bool Holds(PtxWarp warp, PtxInstruction i, int lane) => i.Predicate is null || warp.Predicate(i.Predicate, lane) != i.Negated;

    static void Together(PtxWarp warp, PtxInstruction i)
    {
        if (i.Predicate is not null || !warp.AllActive) throw new InvalidOperationException($"not by the whole warp: {i.Text}");
    }

    void Execute(PtxWarp warp, PtxInstruction i)
    {
        switch (i.Opcode)
        {
            case "cp.async.commit_group":
                Together(warp, i);
                warp.Copies.Add([]);
                return;
            case "cp.async.wait_group":
                Together(warp, i);
                Wait(warp, PtxProgram.Number(i.Operands[0]));
                return;
            case "shfl.sync.bfly.b32":
                Together(warp, i);
                Shuffle(warp, i);
                return;
            case "ldmatrix.sync.aligned.m8n8.x4.shared.b16" or "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16":
                Together(warp, i);
                LoadMatrix(warp, i, i.Opcode.Contains(".trans", StringComparison.Ordinal));
                return;
            case "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32":
                Together(warp, i);
                Multiply(warp, i);
                return;
            case "cp.async.cg.shared.global":
                CheckBanks(warp, i);
                break;
        }
        for (int lane = 0; lane < PtxWarp.Lanes; lane++)
        {
            if (warp.IsActive(lane) && Holds(warp, i, lane)) ExecuteLane(warp, i, lane);
        }
    }

    void ExecuteLane(PtxWarp w, PtxInstruction i, int lane)
    {
        string[] o = i.Operands;
        uint R(int at) => w.Word(o[at], lane);
        int S(int at) => (int)w.Word(o[at], lane);
        float F(int at) => w.Single(o[at], lane);
        void SetR(uint value) => w.SetWord(o[0], lane, value);
        void SetF(float value) => w.SetSingle(o[0], lane, value);
        void SetD(ulong value) => w.SetLong(o[0], lane, value);
        void SetP(bool value) => w.SetPredicate(o[0], lane, value);
        switch (i.Opcode)
        {
            case "ld.param.u64": SetD(_arguments[o[1][1..^1]]); break;
            case "ld.param.u32": SetR((uint)_arguments[o[1][1..^1]]); break;
            case "ld.param.f32": SetF(BitConverter.UInt32BitsToSingle((uint)_arguments[o[1][1..^1]])); break;
            case "cvta.to.global.u64" or "mov.u64": SetD(w.Long(o[1], lane)); break;
            case "mov.u32": SetR(Special(o[1], w, lane)); break;
            case "mov.f32": SetF(F(1)); break;
            case "mov.b16": w.SetHalf(o[0], lane, w.Half(o[1], lane)); break;
            case "mov.b32" when o[0].StartsWith('{'):
                string[] pair = PtxInstruction.Elements(o[0]);
                w.SetHalf(pair[0], lane, (ushort)R(1));
                w.SetHalf(pair[1], lane, (ushort)(R(1) >> 16));
                break;
            case "mov.b32":
                uint bits = o[1].StartsWith("%f", StringComparison.Ordinal) ? BitConverter.SingleToUInt32Bits(F(1)) : R(1);
                if (o[0].StartsWith("%f", StringComparison.Ordinal)) SetF(BitConverter.UInt32BitsToSingle(bits));
                else SetR(bits);
                break;
            case "cvt.u64.u32": SetD(R(1)); break;
            case "shl.b64": SetD(w.Long(o[1], lane) << S(2)); break;
            case "add.s64": SetD(w.Long(o[1], lane) + w.Long(o[2], lane)); break;
            case "mul.wide.s32": SetD((ulong)((long)S(1) * S(2))); break;
            case "mul.wide.u32": SetD((ulong)R(1) * R(2)); break;
            case "add.s32": SetR(R(1) + R(2)); break;
            case "sub.s32": SetR(R(1) - R(2)); break;
            case "mul.lo.s32": SetR(R(1) * R(2)); break;
            case "mad.lo.s32": SetR(R(1) * R(2) + R(3)); break;
            case "div.u32": SetR(R(1) / R(2)); break;
            case "min.s32": SetR((uint)Math.Min(S(1), S(2))); break;
            case "and.b32": SetR(R(1) & R(2)); break;
            case "xor.b32": SetR(R(1) ^ R(2)); break;
            case "shl.b32": SetR(R(1) << S(2)); break;
            case "shr.u32": SetR(R(1) >> S(2)); break;
            case "setp.lt.s32": SetP(S(1) < S(2)); break;
            case "setp.le.s32": SetP(S(1) <= S(2)); break;
            case "setp.ge.s32": SetP(S(1) >= S(2)); break;
            case "setp.ne.s32": SetP(S(1) != S(2)); break;
            case "setp.lt.u32": SetP(R(1) < R(2)); break;
            case "setp.ge.u32": SetP(R(1) >= R(2)); break;
            case "and.pred": SetP(w.Predicate(o[1], lane) && w.Predicate(o[2], lane)); break;
            case "selp.b32": SetR(w.Predicate(o[3], lane) ? R(1) : R(2)); break;
            case "selp.f32": SetF(w.Predicate(o[3], lane) ? F(1) : F(2)); break;
            case "add.f32": SetF(F(1) + F(2)); break;
            case "sub.f32": SetF(F(1) - F(2)); break;
            case "mul.f32": SetF(F(1) * F(2)); break;
            case "fma.rn.f32": SetF(MathF.FusedMultiplyAdd(F(1), F(2), F(3))); break;
            // max gives the operand that is not NaN, unless told otherwise, which is also what MathF does.
            case "max.f32": SetF(float.IsNaN(F(1)) ? F(2) : float.IsNaN(F(2)) ? F(1) : MathF.Max(F(1), F(2))); break;
            case "max.NaN.f32": SetF(MathF.Max(F(1), F(2))); break;
            case "min.NaN.f32": SetF(MathF.Min(F(1), F(2))); break;
            case "abs.f32": SetF(MathF.Abs(F(1))); break;
            case "neg.f32": SetF(-F(1)); break;
            case "ex2.approx.ftz.f32": SetF(Flush((float)Math.Pow(2, Flush(F(1))))); break;
            case "rcp.approx.ftz.f32": SetF(Flush(1f / Flush(F(1)))); break;
            case "cvt.rn.f16x2.f32": SetR(((uint)HalfBits(F(1)) << 16) | HalfBits(F(2))); break;
            case "cvt.f32.f16": SetF((float)BitConverter.UInt16BitsToHalf(w.Half(o[1], lane))); break;
            case "cvt.rn.f16.f32": w.SetHalf(o[0], lane, HalfBits(F(1))); break;
            case "cp.async.cg.shared.global": Copy(w, i, lane); break;
            default: Access(w, i, lane); break;
        }
    }

    uint Special(string operand, PtxWarp w, int lane) => operand switch
    {
        "%tid.x" => (uint)(w.Index * PtxWarp.Lanes + lane),
        "%ctaid.x" => _block.X,
        "%ctaid.y" => _block.Y,
        "%ctaid.z" => _block.Z,
        "tile" => 0,
        _ => w.Word(operand, lane),
    };

    void Access(PtxWarp w, PtxInstruction i, int lane)
    {
        string[] parts = i.Opcode.Split('.');
        bool load = parts[0] == "ld";
        if (parts[0] is not ("ld" or "st") || parts[1] != "global") throw new InvalidOperationException($"not executed here: {i.Text}");
        var (register, offset) = PtxInstruction.Address(i.Operands[load ? 1 : 0]);
        string[] values = PtxInstruction.Elements(i.Operands[load ? 0 : 1]);
        int width = parts[^1] == "b16" ? 2 : 4;
        var bytes = _memory.Span(w.Long(register, lane) + (ulong)(long)offset, values.Length * width);
        for (int k = 0; k < values.Length; k++)
        {
            var place = bytes.Slice(k * width, width);
            bool single = parts[^1] == "f32";
            if (load && width == 2) w.SetHalf(values[k], lane, BinaryPrimitives.ReadUInt16LittleEndian(place));
            else if (width == 2) BinaryPrimitives.WriteUInt16LittleEndian(place, w.Half(values[k], lane));
            else if (load && single) w.SetSingle(values[k], lane, BinaryPrimitives.ReadSingleLittleEndian(place));
            else if (load) w.SetWord(values[k], lane, BinaryPrimitives.ReadUInt32LittleEndian(place));
            else if (single) BinaryPrimitives.WriteSingleLittleEndian(place, w.Single(values[k], lane));
            else BinaryPrimitives.WriteUInt32LittleEndian(place, w.Word(values[k], lane));
        }
    }

    void Copy(PtxWarp w, PtxInstruction i, int lane)
    {
        Assert.Equal("16", i.Operands[2]);
        var (shared, sharedOffset) = PtxInstruction.Address(i.Operands[0]);
        var (global, globalOffset) = PtxInstruction.Address(i.Operands[1]);
        uint bytes = w.Word(i.Operands[3], lane);
        if (bytes is not (0 or 16)) throw new InvalidOperationException($"{bytes} of 16 bytes: {i.Text}");
        uint to = w.Word(shared, lane) + (uint)sharedOffset;
        _shared.Claim(to, w.Index);
        w.Copies[^1].Add((to, w.Long(global, lane) + (ulong)(long)globalOffset, (int)bytes));
    }

    void Wait(PtxWarp warp, int pending)
    {
        Span<byte> chunk = stackalloc byte[16];
        // The open group is the last; of the closed ones, all but the newest are complete.
        while (warp.Copies.Count - 1 > pending)
        {
            foreach (var (shared, global, bytes) in warp.Copies[0])
            {
                chunk.Clear();
                if (bytes > 0) _memory.Span(global, 16).CopyTo(chunk);
                _shared.Write(shared, chunk);
            }
            warp.Copies.RemoveAt(0);
        }
    }

    static void Shuffle(PtxWarp warp, PtxInstruction i)
    {
        int mask = PtxProgram.Number(i.Operands[2]);
        uint[] values = [.. Enumerable.Range(0, PtxWarp.Lanes).Select(lane => warp.Word(i.Operands[1], lane))];
        for (int lane = 0; lane < PtxWarp.Lanes; lane++) warp.SetWord(i.Operands[0], lane, values[lane ^ mask]);
    }

    // Lanes 8m .. 8m + 7 give the rows of matrix m; lane l gets elements 2 (l mod 4) and the next of row l / 4, or of column l / 4 transposed.
    void LoadMatrix(PtxWarp warp, PtxInstruction i, bool transposed)
    {
        CheckBanks(warp, i);
        var (register, offset) = PtxInstruction.Address(i.Operands[1]);
        string[] destinations = PtxInstruction.Elements(i.Operands[0]);
        var matrix = new ushort[8, 8];
        for (int m = 0; m < 4; m++)
        {
            for (int row = 0; row < 8; row++)
            {
                var line = _shared.Read(warp.Word(register, m * 8 + row) + (uint)offset, warp.Index);
                for (int column = 0; column < 8; column++) matrix[row, column] = BinaryPrimitives.ReadUInt16LittleEndian(line[(column * 2)..]);
            }
            for (int lane = 0; lane < PtxWarp.Lanes; lane++)
            {
                int major = lane / 4, minor = lane % 4 * 2;
                ushort low = transposed ? matrix[minor, major] : matrix[major, minor];
                ushort high = transposed ? matrix[minor + 1, major] : matrix[major, minor + 1];
                warp.SetWord(destinations[m], lane, ((uint)high << 16) | low);
            }
        }
    }

    // Eight lanes' 16-byte chunks are one pass over the 32 banks: they must lie in different ones.
    static void CheckBanks(PtxWarp warp, PtxInstruction i)
    {
        string address = i.Operands[i.Opcode.StartsWith("cp", StringComparison.Ordinal) ? 0 : 1];
        for (int phase = 0; phase < 4; phase++)
        {
            int distinct = Enumerable.Range(phase * 8, 8).Select(lane => warp.Word(PtxInstruction.Address(address).Register, lane) / 16 % 8).Distinct().Count();
            if (distinct != 8) throw new InvalidOperationException($"bank conflict: {i.Text}");
        }
    }

    // With g = lane / 4, t = lane mod 4: A holds rows g, g + 8, inner 2t.. and 2t + 8..; B inner 2t.. and 2t + 8.., column g; C rows g, g + 8, columns 2t, 2t + 1.
    static void Multiply(PtxWarp warp, PtxInstruction i)
    {
        string[] d = PtxInstruction.Elements(i.Operands[0]), a = PtxInstruction.Elements(i.Operands[1]), b = PtxInstruction.Elements(i.Operands[2]);
        string[] c = PtxInstruction.Elements(i.Operands[3]);
        var left = new float[16, 16];
        var right = new float[16, 8];
        for (int lane = 0; lane < PtxWarp.Lanes; lane++)
        {
            int g = lane / 4, t = lane % 4 * 2;
            for (int r = 0; r < 4; r++)
            {
                var (low, high) = Pair(warp.Word(a[r], lane));
                left[g + r % 2 * 8, t + r / 2 * 8] = low;
                left[g + r % 2 * 8, t + r / 2 * 8 + 1] = high;
            }
            for (int r = 0; r < 2; r++) (right[t + r * 8, g], right[t + r * 8 + 1, g]) = Pair(warp.Word(b[r], lane));
        }
        for (int lane = 0; lane < PtxWarp.Lanes; lane++)
        {
            for (int r = 0; r < 4; r++)
            {
                int row = lane / 4 + r / 2 * 8, column = lane % 4 * 2 + r % 2;
                float sum = warp.Single(c[r], lane);
                for (int k = 0; k < 16; k++) sum += left[row, k] * right[k, column];
                warp.SetSingle(d[r], lane, sum);
            }
        }
    }

    static (float Low, float High) Pair(uint word) =>
        ((float)BitConverter.UInt16BitsToHalf((ushort)word), (float)BitConverter.UInt16BitsToHalf((ushort)(word >> 16)));

    static ushort HalfBits(float value) => BitConverter.HalfToUInt16Bits((System.Half)value);

    static float Flush(float value) => float.IsSubnormal(value) ? 0f : value;
}
