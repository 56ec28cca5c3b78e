using System.Collections;
using System.Text.RegularExpressions;

namespace PgpSr.Gpu.Tests.Ptx;

/// <summary>
/// What a kernel's text tells of its cost, for any PTX (ILGPU's too). Registers in the text are virtual; what a device needs is close to the most
/// that are live at one place, which this finds by the usual backward data flow.
/// </summary>
sealed partial class PtxReport
{
    static readonly string[] s_withoutResult = ["st", "bra", "bar", "ret", "membar", "red", "cp", "exit"];

    readonly List<(string? Label, string? Target, bool Ends, string Opcode, int[] Written, int[] Read)> _code = [];
    readonly Dictionary<string, int> _registers = new(StringComparer.Ordinal);
    readonly List<int> _weights = [];

    PtxReport(string text)
    {
        Target = TargetForm().Match(text).Groups[1].Value;
        SharedBytes = SharedForm().Matches(text).Sum(m => int.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
        string? label = null;
        foreach (string raw in text[text.IndexOf('{', StringComparison.Ordinal)..].Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (raw.EndsWith(':')) label = Flush(label, raw[..^1]);
            else if (InstructionForm().Match(raw) is { Success: true } match)
            {
                Add(label, match.Groups["predicate"].Value, match.Groups["opcode"].Value, match.Groups["operands"].Value);
                label = null;
            }
        }
        Flush(label, null);
        LiveRegisters = MostLive();
    }

    public string Target { get; }

    /// <summary>32-bit registers live at one place, at most; a 64-bit one counts twice, predicates have files of their own.</summary>
    public int LiveRegisters { get; }

    public int SharedBytes { get; }

    public int Instructions => _code.Count(c => c.Opcode.Length > 0);

    /// <summary>Loads and stores of local memory: of registers that are none.</summary>
    public int Local => Count(@"^(ld|st)\.local");

    public static PtxReport Of(string text) => new(text);

    /// <summary>Instructions whose opcode matches.</summary>
    public int Count(string pattern) => _code.Count(c => Regex.IsMatch(c.Opcode, pattern));

    string? Flush(string? pending, string? next)
    {
        if (pending is not null) _code.Add((pending, null, false, "", [], []));
        return next;
    }

    void Add(string? label, string predicate, string opcode, string operands)
    {
        string[] parts = [.. OperandForm().Matches(operands).Select(m => m.Value)];
        string family = opcode.Split('.')[0];
        bool hasResult = !s_withoutResult.Contains(family);
        int[] written = hasResult && parts.Length > 0 ? Registers(parts[0]) : [];
        var read = new List<int>(Registers(string.Join(' ', parts.Skip(hasResult ? 1 : 0))));
        if (predicate.Length > 0)
        {
            read.AddRange(Registers(predicate));
            // Where the predicate fails, the old value stays.
            read.AddRange(written);
        }
        string? target = family == "bra" ? parts[0] : null;
        bool ends = family is "ret" or "exit" || (family == "bra" && predicate.Length == 0);
        _code.Add((label, target, ends, opcode, written, [.. read]));
    }

    int[] Registers(string text) => [.. RegisterForm().Matches(text).Select(m =>
    {
        if (!_registers.TryGetValue(m.Value, out int index))
        {
            index = _weights.Count;
            _registers.Add(m.Value, index);
            _weights.Add(m.Groups[1].Value switch { "p" => 0, "rd" or "fd" => 2, _ => 1 });
        }
        return index;
    })];

    int MostLive()
    {
        // Basic blocks: a label begins one, a branch ends one.
        var starts = new List<int> { 0 };
        for (int i = 1; i < _code.Count; i++)
        {
            if (_code[i].Label is not null || _code[i - 1].Target is not null || _code[i - 1].Ends) starts.Add(i);
        }
        var blockOf = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int b = 0; b < starts.Count; b++)
        {
            if (_code[starts[b]].Label is { } label) blockOf[label] = b;
        }
        var entry = new BitArray[starts.Count];
        for (int b = 0; b < entry.Length; b++) entry[b] = new BitArray(_weights.Count);
        int most = 0;
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int b = starts.Count - 1; b >= 0; b--)
            {
                int end = b + 1 < starts.Count ? starts[b + 1] : _code.Count;
                var last = _code[end - 1];
                var live = new BitArray(_weights.Count);
                if (last.Target is not null) live.Or(entry[blockOf[last.Target]]);
                if (!last.Ends && b + 1 < starts.Count) live.Or(entry[b + 1]);
                int weight = Weight(live);
                for (int i = end - 1; i >= starts[b]; i--)
                {
                    most = Math.Max(most, weight);
                    foreach (int w in _code[i].Written) Set(live, w, false, ref weight);
                    foreach (int r in _code[i].Read) Set(live, r, true, ref weight);
                }
                most = Math.Max(most, weight);
                if (!Same(live, entry[b]))
                {
                    entry[b] = live;
                    changed = true;
                }
            }
        }
        return most;
    }

    void Set(BitArray live, int register, bool value, ref int weight)
    {
        if (live[register] == value) return;
        live[register] = value;
        weight += value ? _weights[register] : -_weights[register];
    }

    int Weight(BitArray live)
    {
        int weight = 0;
        for (int i = 0; i < live.Length; i++) weight += live[i] ? _weights[i] : 0;
        return weight;
    }

    static bool Same(BitArray a, BitArray b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            if (a[i] != b[i]) return false;
        }
        return true;
    }

    [GeneratedRegex(@"^(@!?(?<predicate>%p\d+)\s+)?(?<opcode>[a-z][A-Za-z0-9_.:]*)(\s+(?<operands>[^;]*))?;$")]
    private static partial Regex InstructionForm();

    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]|[^,\s][^,]*")]
    private static partial Regex OperandForm();

    [GeneratedRegex(@"%([a-z]+)\d+")]
    private static partial Regex RegisterForm();

    [GeneratedRegex(@"^\.target (\w+)", RegexOptions.Multiline)]
    private static partial Regex TargetForm();

    [GeneratedRegex(@"\.shared [^;\[]*\[(\d+)\]")]
    private static partial Regex SharedForm();
}
