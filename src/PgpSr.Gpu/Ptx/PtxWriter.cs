using System.Globalization;
using System.Text;

namespace PgpSr.Gpu.Ptx;

/// <summary>
/// Writes one PTX kernel: hands out virtual registers, appends instructions, and puts the declarations in front. It knows no instruction;
/// the emitters keep to the few that the tests' interpreter executes.
/// </summary>
sealed class PtxWriter
{
    /// <summary>mma.m16n8k16, cp.async and cvt to packed halves exist from PTX 7.0 and sm_80 on; drivers compile the text for every newer chip.</summary>
    const string Header = ".version 7.0\n.target sm_80\n.address_size 64\n\n";

    readonly StringBuilder _body = new();
    readonly List<string> _parameters = [];
    int _predicates;
    int _words;
    int _longs;
    int _floats;
    int _halves;
    int _labels;

    /// <summary>Bytes of shared memory, declared as <c>tile</c>.</summary>
    public int SharedBytes { get; set; }

    public string Predicate() => $"%p{_predicates++}";

    public string Word() => $"%r{_words++}";

    public string[] Words(int count) => [.. Enumerable.Range(0, count).Select(_ => Word())];

    public string Long() => $"%rd{_longs++}";

    public string Float() => $"%f{_floats++}";

    public string[] Floats(int count) => [.. Enumerable.Range(0, count).Select(_ => Float())];

    public string Half() => $"%h{_halves++}";

    public string Label() => $"L{_labels++}";

    /// <summary>A float constant, as its bits.</summary>
    public static string Constant(float value) => "0f" + BitConverter.SingleToUInt32Bits(value).ToString("X8", CultureInfo.InvariantCulture);

    public static string Constant(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>{a, b, ...}: a vector of registers.</summary>
    public static string Vector(params ReadOnlySpan<string> registers) => "{" + string.Join(", ", registers) + "}";

    /// <summary>[register+offset].</summary>
    public static string At(string register, int offset = 0) => offset == 0 ? $"[{register}]" : $"[{register}+{Constant(offset)}]";

    public void Op(string opcode, params ReadOnlySpan<string> operands) => Line(null, opcode, operands);

    /// <summary>An instruction that runs only where the predicate holds; <c>!%p1</c> negates.</summary>
    public void When(string predicate, string opcode, params ReadOnlySpan<string> operands) => Line(predicate, opcode, operands);

    public void Mark(string label) => _body.Append(label).Append(":\n");

    /// <summary>Declares a pointer to global memory and loads it.</summary>
    public string PointerParameter(string name)
    {
        _parameters.Add($".param .u64 {name}");
        string generic = Long();
        string global = Long();
        Op("ld.param.u64", generic, $"[{name}]");
        Op("cvta.to.global.u64", global, generic);
        return global;
    }

    /// <summary>Declares a 32-bit number and loads it.</summary>
    public string WordParameter(string name)
    {
        _parameters.Add($".param .u32 {name}");
        string value = Word();
        Op("ld.param.u32", value, $"[{name}]");
        return value;
    }

    /// <summary>Declares a float and loads it.</summary>
    public string FloatParameter(string name)
    {
        _parameters.Add($".param .f32 {name}");
        string value = Float();
        Op("ld.param.f32", value, $"[{name}]");
        return value;
    }

    /// <summary>opcode with a fresh word as its result.</summary>
    public string Word(string opcode, params ReadOnlySpan<string> sources) => Result(Word(), opcode, sources);

    /// <summary>opcode with a fresh 64-bit register as its result.</summary>
    public string Long(string opcode, params ReadOnlySpan<string> sources) => Result(Long(), opcode, sources);

    /// <summary>opcode with a fresh float as its result.</summary>
    public string Float(string opcode, params ReadOnlySpan<string> sources) => Result(Float(), opcode, sources);

    /// <summary>opcode with a fresh 16-bit register as its result.</summary>
    public string Half(string opcode, params ReadOnlySpan<string> sources) => Result(Half(), opcode, sources);

    /// <summary>opcode with a fresh predicate as its result.</summary>
    public string Predicate(string opcode, params ReadOnlySpan<string> sources) => Result(Predicate(), opcode, sources);

    /// <summary>The whole text of an entry point with groups of <paramref name="threads"/> threads.</summary>
    public string Finish(string name, int threads)
    {
        var text = new StringBuilder(Header);
        text.Append(CultureInfo.InvariantCulture, $".visible .entry {name}(\n\t{string.Join(",\n\t", _parameters)}\n)\n");
        text.Append(CultureInfo.InvariantCulture, $".maxntid {threads}, 1, 1\n{{\n");
        Declare(text, ".pred", "%p", _predicates);
        Declare(text, ".b32", "%r", _words);
        Declare(text, ".b64", "%rd", _longs);
        Declare(text, ".f32", "%f", _floats);
        Declare(text, ".b16", "%h", _halves);
        if (SharedBytes > 0) text.Append(CultureInfo.InvariantCulture, $"\t.shared .align 128 .b8 tile[{SharedBytes}];\n");
        return text.Append(_body).Append("\tret;\n}\n").ToString();
    }

    static void Declare(StringBuilder text, string type, string prefix, int count)
    {
        if (count > 0) text.Append(CultureInfo.InvariantCulture, $"\t.reg {type} {prefix}<{count}>;\n");
    }

    string Result(string register, string opcode, ReadOnlySpan<string> sources)
    {
        Line(null, opcode, [register, .. sources]);
        return register;
    }

    void Line(string? predicate, string opcode, ReadOnlySpan<string> operands)
    {
        _body.Append('\t');
        if (predicate is not null) _body.Append('@').Append(predicate).Append(' ');
        _body.Append(opcode);
        for (int i = 0; i < operands.Length; i++) _body.Append(i == 0 ? " " : ", ").Append(operands[i]);
        _body.Append(";\n");
    }
}
