using System.Text.RegularExpressions;

namespace PgpSr.Gpu.Tests.Ptx;

/// <summary>One instruction: predicate, opcode, operands. A vector is one operand with several registers.</summary>
sealed partial class PtxInstruction
{
    // What each opcode takes: register classes, i = or an immediate, a..: address in a register of the class, v2/v4 = vector, label, "tile".
    static readonly Dictionary<string, string[]> s_signatures = Signatures();

    PtxInstruction(string text, string? predicate, bool negated, string opcode, string[] operands) =>
        (Text, Predicate, Negated, Opcode, Operands) = (text, predicate, negated, opcode, operands);

    public string Text { get; }

    public string? Predicate { get; }

    public bool Negated { get; }

    public string Opcode { get; }

    public string[] Operands { get; }

    public static IEnumerable<string> KnownOpcodes => s_signatures.Keys;

    public static PtxInstruction Parse(string line)
    {
        var match = Form().Match(line);
        if (!match.Success) throw new FormatException($"not an instruction: {line}");
        string[] operands = [.. Operand().Matches(match.Groups["operands"].Value).Select(m => m.Value.Trim())];
        string predicate = match.Groups["predicate"].Value;
        return new(line, predicate.Length > 0 ? predicate : null, match.Groups["negated"].Success, match.Groups["opcode"].Value, operands);
    }

    /// <summary>The registers of a vector operand, or the operand itself.</summary>
    public static string[] Elements(string operand) =>
        operand.StartsWith('{') ? operand[1..^1].Split(',', StringSplitOptions.TrimEntries) : [operand];

    /// <summary>Register and offset of [register+offset].</summary>
    public static (string Register, int Offset) Address(string operand)
    {
        string inside = operand[1..^1];
        int plus = inside.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? (inside, 0) : (inside[..plus], PtxProgram.Number(inside[(plus + 1)..]));
    }

    /// <summary>Refuses unknown opcodes, wrong operand counts, undeclared registers and registers of the wrong class.</summary>
    public void Check(PtxProgram program)
    {
        if (Predicate is not null) CheckRegister(Predicate, "%p", program);
        if (!s_signatures.TryGetValue(Opcode, out string[]? signature)) throw new FormatException($"unknown opcode: {Text}");
        if (signature.Length != Operands.Length) throw new FormatException($"{Operands.Length} operands: {Text}");
        for (int i = 0; i < signature.Length; i++) CheckOperand(Operands[i], signature[i], program);
    }

    void CheckOperand(string operand, string kind, PtxProgram program)
    {
        switch (kind)
        {
            case "label":
                if (!program.Labels.ContainsKey(operand)) throw new FormatException($"no label {operand}: {Text}");
                break;
            case "number":
                if (!Immediate().IsMatch(operand)) throw new FormatException($"not a number: {Text}");
                break;
            case "parameter":
                if (!program.Parameters.Any(p => $"[{p.Name}]" == operand)) throw new FormatException($"no parameter {operand}: {Text}");
                break;
            case "%r|special" when operand is "%tid.x" or "%ctaid.x" or "%ctaid.y" or "%ctaid.z":
            case "%r|special" when operand == "tile" && program.SharedBytes > 0:
                break;
            case "%r|special":
                CheckValue(operand, "%r", program);
                break;
            case ['a', 't', ' ', .. var register]:
                if (!operand.StartsWith('[') || !operand.EndsWith(']')) throw new FormatException($"not an address: {Text}");
                CheckRegister(Address(operand).Register, register, program);
                break;
            case ['v', var count, ' ', .. var element]:
                string[] elements = Elements(operand);
                if (elements.Length != count - '0') throw new FormatException($"vector of {elements.Length}: {Text}");
                foreach (string e in elements) CheckRegister(e, element, program);
                break;
            case "any" when operand.StartsWith('{'):
                if (Elements(operand).Length != 2) throw new FormatException($"not two halves: {Text}");
                foreach (string e in Elements(operand)) CheckRegister(e, "%h", program);
                break;
            case "any":
                CheckRegister(operand, operand.StartsWith("%f", StringComparison.Ordinal) ? "%f" : "%r", program);
                break;
            case ['=', .. var destination]:
                CheckRegister(operand, destination, program);
                break;
            default:
                CheckValue(operand, kind, program);
                break;
        }
    }

    void CheckValue(string operand, string kind, PtxProgram program)
    {
        if (operand.StartsWith('%')) CheckRegister(operand, kind, program);
        else if (kind == "%f" ? !FloatImmediate().IsMatch(operand) : !Immediate().IsMatch(operand)) throw new FormatException($"not a constant: {Text}");
    }

    void CheckRegister(string operand, string kind, PtxProgram program)
    {
        var match = RegisterName().Match(operand);
        if (!match.Success || match.Groups["prefix"].Value != kind) throw new FormatException($"{operand} is not of {kind}: {Text}");
        if (!program.Registers.TryGetValue(kind, out int count) || PtxProgram.Number(match.Groups["number"].Value) >= count)
            throw new FormatException($"{operand} is not declared: {Text}");
    }

    static Dictionary<string, string[]> Signatures()
    {
        var all = new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["ld.param.u64"] = ["=%rd", "parameter"],
            ["ld.param.u32"] = ["=%r", "parameter"],
            ["ld.param.f32"] = ["=%f", "parameter"],
            ["cvta.to.global.u64"] = ["=%rd", "%rd"],
            ["mov.u32"] = ["=%r", "%r|special"],
            ["mov.u64"] = ["=%rd", "%rd"],
            ["mov.f32"] = ["=%f", "%f"],
            ["cvt.u64.u32"] = ["=%rd", "%r"],
            ["shl.b64"] = ["=%rd", "%rd", "%r"],
            ["add.s64"] = ["=%rd", "%rd", "%rd"],
            ["mul.wide.s32"] = ["=%rd", "%r", "%r"],
            ["mul.wide.u32"] = ["=%rd", "%r", "%r"],
            ["mad.lo.s32"] = ["=%r", "%r", "%r", "%r"],
            ["selp.b32"] = ["=%r", "%r", "%r", "%p"],
            ["selp.f32"] = ["=%f", "%f", "%f", "%p"],
            ["and.pred"] = ["=%p", "%p", "%p"],
            ["fma.rn.f32"] = ["=%f", "%f", "%f", "%f"],
            ["cvt.rn.f16x2.f32"] = ["=%r", "%f", "%f"],
            ["bra"] = ["label"],
            ["bra.uni"] = ["label"],
            ["ret"] = [],
            ["bar.sync"] = ["number"],
            ["mov.b16"] = ["=%h", "%h"],
            ["cvt.f32.f16"] = ["=%f", "%h"],
            ["cvt.rn.f16.f32"] = ["=%h", "%f"],
            ["ld.global.b16"] = ["=%h", "at %rd"],
            ["ld.global.b32"] = ["=%r", "at %rd"],
            ["ld.global.f32"] = ["=%f", "at %rd"],
            ["ld.global.v2.f32"] = ["v2 %f", "at %rd"],
            ["ld.global.v4.f32"] = ["v4 %f", "at %rd"],
            ["st.global.b16"] = ["at %rd", "%h"],
            ["st.global.b32"] = ["at %rd", "%r"],
            ["st.global.f32"] = ["at %rd", "%f"],
            ["st.global.v2.f32"] = ["at %rd", "v2 %f"],
            ["st.global.v4.b32"] = ["at %rd", "v4 %r"],
            ["cp.async.cg.shared.global"] = ["at %r", "at %rd", "number", "%r"],
            ["cp.async.commit_group"] = [],
            ["cp.async.wait_group"] = ["number"],
            ["ldmatrix.sync.aligned.m8n8.x4.shared.b16"] = ["v4 %r", "at %r"],
            ["ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16"] = ["v4 %r", "at %r"],
            ["mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"] = ["v4 %f", "v4 %r", "v2 %r", "v4 %f"],
            ["shfl.sync.bfly.b32"] = ["=%r", "%r", "number", "number", "number"],
        };
        foreach (string op in (ReadOnlySpan<string>)["add.s32", "sub.s32", "mul.lo.s32", "div.u32", "min.s32", "and.b32", "xor.b32", "shl.b32", "shr.u32"])
            all.Add(op, ["=%r", "%r", "%r"]);
        foreach (string op in (ReadOnlySpan<string>)["add.f32", "sub.f32", "mul.f32", "max.f32", "max.NaN.f32", "min.NaN.f32"]) all.Add(op, ["=%f", "%f", "%f"]);
        foreach (string op in (ReadOnlySpan<string>)["abs.f32", "neg.f32", "ex2.approx.ftz.f32", "rcp.approx.ftz.f32"]) all.Add(op, ["=%f", "%f"]);
        foreach (string op in (ReadOnlySpan<string>)["lt.s32", "le.s32", "ge.s32", "ne.s32", "lt.u32", "ge.u32"]) all.Add("setp." + op, ["=%p", "%r", "%r"]);
        // Between the two 32-bit classes and pairs of halves, as bits.
        all.Add("mov.b32", ["any", "any"]);
        return all;
    }

    [GeneratedRegex(@"^(@(?<negated>!)?(?<predicate>%p\d+) )?(?<opcode>[a-z][A-Za-z0-9_.]*)( (?<operands>.*))?;$")]
    private static partial Regex Form();

    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]|[^,\s][^,]*")]
    private static partial Regex Operand();

    [GeneratedRegex(@"^(?<prefix>%[a-z]+)(?<number>\d+)$")]
    private static partial Regex RegisterName();

    [GeneratedRegex(@"^(-?\d+|0x[0-9a-f]{1,8})$")]
    private static partial Regex Immediate();

    [GeneratedRegex(@"^0f[0-9A-F]{8}$")]
    private static partial Regex FloatImmediate();
}
