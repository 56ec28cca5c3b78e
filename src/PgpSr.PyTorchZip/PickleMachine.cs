using System.Buffers.Binary;
using System.Text;

namespace PgpSr.PyTorchZip;

/// <summary>
/// Runs the few pickle opcodes (protocols 2 to 5) that containers of tensors need. Nothing is imported or called: a global is a name
/// (<see cref="PickleGlobals"/>), and a call builds one of this room's own records. Everything else is refused by name.
/// Each byte of the pickle makes at most one small object; a container is never copied.
/// </summary>
sealed class PickleMachine(byte[] pickle, string file, int start = 0)
{
    static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly List<object?> _stack = [];
    readonly List<int> _marks = [];
    readonly Dictionary<long, object?> _memo = [];
    int _at = start;

    /// <summary>Where the next pickle of a file of several begins, once this one has run.</summary>
    public int Position => _at;

    /// <summary>Every storage that the pickle described, in its order.</summary>
    public List<PickleStorage> Storages { get; } = [];

    /// <summary>Runs the pickle to its end and returns the object that it builds.</summary>
    public object? Run()
    {
        while (true)
        {
            var opcode = Bytes(1)[0];
            if (opcode == (byte)'.') return Pop();
            Step(opcode);
        }
    }

    void Step(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: Protocol(Bytes(1)[0]); break;
            case 0x95: Bytes(8); break; // FRAME: only tells readers of streams how much to fetch
            case (byte)'(': _marks.Add(_stack.Count); break;
            case (byte)'N': _stack.Add(null); break;
            case 0x88: _stack.Add(true); break;
            case 0x89: _stack.Add(false); break;
            case (byte)'K': _stack.Add((long)Bytes(1)[0]); break;
            case (byte)'M': _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2))); break;
            case (byte)'J': _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))); break;
            case 0x8a: _stack.Add(Long(Bytes(1)[0])); break;
            case (byte)'G': _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8))); break;
            case 0x8c: _stack.Add(Text(Bytes(1)[0])); break;
            case (byte)'X': _stack.Add(Text(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)))); break;
            case (byte)')': _stack.Add(Array.Empty<object?>()); break;
            case (byte)'t': _stack.Add(PopToMark()); break;
            case 0x85: Tuple(1); break;
            case 0x86: Tuple(2); break;
            case 0x87: Tuple(3); break;
            case (byte)']': _stack.Add(new PickleList()); break;
            case (byte)'a': Append([Pop()]); break;
            case (byte)'e': Append(PopToMark()); break;
            case (byte)'}': _stack.Add(new PickleDictionary()); break;
            case (byte)'s': SetSingle(); break;
            case (byte)'u': SetItems(PopToMark()); break;
            case (byte)'q': _memo[Bytes(1)[0]] = Top(); break;
            case (byte)'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))] = Top(); break;
            case 0x94: _memo[_memo.Count] = Top(); break;
            case (byte)'h': Recall(Bytes(1)[0]); break;
            case (byte)'j': Recall(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))); break;
            case (byte)'c': Global(Line(), Line()); break;
            case 0x93: StackGlobal(); break;
            case (byte)'Q': Storage(); break;
            case (byte)'R': Call(); break;
            case (byte)'b': Build(); break;
            default:
                Throw.Refused(
                    PyTorchZipRule.OpcodeRefused, file, PickleOpcodes.Name(opcode),
                    $"the pickle uses this opcode at byte {_at - 1}; "
                    + "a checkpoint of tensors and plain containers does not need it, so it is not run.");
                break;
        }
    }

    void Protocol(int version)
    {
        if (version is < 2 or > 5) Throw.Malformed(file, $"the pickle has protocol {version}; 2 to 5 are supported.");
    }

    long Long(int length)
    {
        if (length > 8) Throw.Malformed(file, "the pickle holds a number of more than 64 bits.");
        var bytes = Bytes(length);
        var value = 0L;
        for (var i = 0; i < length; i++) value |= (long)bytes[i] << (8 * i);
        // Two's complement of the given length.
        return length is > 0 and < 8 && bytes[length - 1] >= 0x80 ? value - (1L << (8 * length)) : value;
    }

    string Text(uint length)
    {
        if (length > int.MaxValue) Throw.Malformed(file, "the pickle ends inside a string.");
        try
        {
            return s_strictUtf8.GetString(Bytes((int)length));
        }
        catch (DecoderFallbackException)
        {
            Throw.Malformed(file, "the pickle holds a string that is not valid UTF-8.");
            return "";
        }
    }

    string Line()
    {
        var length = pickle.AsSpan(_at).IndexOf((byte)'\n');
        if (length < 0) Throw.Malformed(file, "the pickle ends inside a name.");
        var text = Text((uint)length);
        Bytes(1);
        return text;
    }

    void Tuple(int count)
    {
        var items = new object?[count];
        for (var i = count - 1; i >= 0; i--) items[i] = Pop();
        _stack.Add(items);
    }

    void Append(object?[] items)
    {
        if (Top() is not PickleList list) Throw.Malformed(file, "the pickle appends to something that is not a list.");
        else list.Items.AddRange(items);
    }

    void SetSingle()
    {
        var value = Pop();
        var key = Pop();
        SetItems([key, value]);
    }

    void SetItems(object?[] items)
    {
        if (Top() is not PickleDictionary dictionary)
        {
            Throw.Malformed(file, "the pickle sets items of something that is not a dictionary.");
            return;
        }

        if (items.Length % 2 != 0) Throw.Malformed(file, "the pickle sets a key without a value.");
        for (var i = 0; i < items.Length; i += 2)
        {
            if (items[i] is not (string { Length: <= TensorTable.MaxName } or long
                or PickleGlobal { Kind: PickleGlobalKind.Inert, Name.Length: <= TensorTable.MaxName }))
                Throw.Refused(
                    PyTorchZipRule.KeyInvalid, file, null,
                    "a dictionary has a key that is neither a string of a sensible length nor a whole number nor a name.");
            dictionary.Items[items[i]!] = items[i + 1];
        }
    }

    void Recall(long index)
    {
        if (!_memo.TryGetValue(index, out var value)) Throw.Malformed(file, $"the pickle reads memo entry {index}, which it never wrote.");
        _stack.Add(value);
    }

    void StackGlobal()
    {
        var name = Pop();
        var module = Pop();
        if (module is not string m || name is not string n) Throw.Malformed(file, "the pickle names a global by something that is not a string.");
        else Global(m, n);
    }

    void Global(string module, string name) => _stack.Add(PickleGlobals.Find(module, name));

    void Storage()
    {
        var storage = PickleGlobals.Storage(Pop(), file);
        Storages.Add(storage);
        _stack.Add(storage);
    }

    void Call()
    {
        var arguments = Pop();
        var function = Pop();
        if (function is not PickleGlobal global || arguments is not object?[] list)
            Throw.Malformed(file, "the pickle calls something that is not a global.");
        else _stack.Add(PickleGlobals.Call(global, list, file));
    }

    // The only state that a plain container carries: the attributes of a module's state dict ("_metadata"), which nothing here needs.
    void Build()
    {
        var state = Pop();
        if (Top() is not PickleDictionary || state is not PickleDictionary)
            Throw.Refused(PyTorchZipRule.OpcodeRefused, file, "BUILD", "the pickle sets the state of something that is not a dictionary.");
    }

    object? Top()
    {
        if (_stack.Count == 0 || (_marks.Count > 0 && _marks[^1] == _stack.Count))
            Throw.Malformed(file, "the pickle takes more from its stack than it pushed.");
        return _stack[^1];
    }

    object? Pop()
    {
        var value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    object?[] PopToMark()
    {
        if (_marks.Count == 0) Throw.Malformed(file, "the pickle closes a group that it never opened.");
        var start = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        var items = _stack.GetRange(start, _stack.Count - start).ToArray();
        _stack.RemoveRange(start, items.Length);
        return items;
    }

    ReadOnlySpan<byte> Bytes(int count)
    {
        if (count > pickle.Length - _at) Throw.Malformed(file, "the pickle ends early.");
        _at += count;
        return pickle.AsSpan(_at - count, count);
    }
}
