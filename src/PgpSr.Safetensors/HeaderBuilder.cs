using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;

namespace PgpSr.Safetensors;

/// <summary>Builds a header's JSON with the separators, the escapes and the padding of the reference implementation (serde_json, compact).</summary>
sealed class HeaderBuilder
{
    readonly ArrayBufferWriter<byte> _json = new(1 << 12);
    bool _hasMetadata;
    bool _inMetadata;
    bool _hasTensors;

    public HeaderBuilder() => _json.Write("{"u8);

    /// <summary>Adds a string of <c>__metadata__</c>; all of them come before the first tensor.</summary>
    public void Metadata(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _json.Write(_hasMetadata ? ","u8 : "\"__metadata__\":{"u8);
        _hasMetadata = _inMetadata = true;
        Quote(key);
        _json.Write(":"u8);
        Quote(value);
    }

    public void Tensor(ReadOnlySpan<byte> name, SafetensorsDType dtype, ImmutableArray<long> shape, long begin, long end)
    {
        CloseMetadata();
        if (_hasMetadata || _hasTensors) _json.Write(","u8);
        _hasTensors = true;
        Quote(name);
        _json.Write(":{\"dtype\":\""u8);
        foreach (var letter in dtype.Name()) _json.Write([(byte)letter]);
        _json.Write("\",\"shape\":["u8);
        for (var i = 0; i < shape.Length; i++)
        {
            if (i > 0) _json.Write(","u8);
            Number(shape[i]);
        }

        _json.Write("],\"data_offsets\":["u8);
        Number(begin);
        _json.Write(","u8);
        Number(end);
        _json.Write("]}"u8);
    }

    /// <summary>Closes the object and pads it with spaces, so that the tensors begin at a multiple of eight bytes.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        CloseMetadata();
        _json.Write("}"u8);
        while (_json.WrittenCount % 8 != 0) _json.Write(" "u8);
        return _json.WrittenSpan;
    }

    void CloseMetadata()
    {
        if (_inMetadata) _json.Write("}"u8);
        _inMetadata = false;
    }

    void Number(long value)
    {
        // 19 digits are the most that 63 bits take.
        value.TryFormat(_json.GetSpan(19), out var written, default, CultureInfo.InvariantCulture);
        _json.Advance(written);
    }

    // Only what JSON demands is escaped, with the short forms where there are any; everything else stays UTF-8.
    void Quote(ReadOnlySpan<byte> utf8)
    {
        _json.Write("\""u8);
        foreach (var b in utf8)
        {
            switch (b)
            {
                case (byte)'"': _json.Write("\\\""u8); break;
                case (byte)'\\': _json.Write("\\\\"u8); break;
                case (byte)'\b': _json.Write("\\b"u8); break;
                case (byte)'\f': _json.Write("\\f"u8); break;
                case (byte)'\n': _json.Write("\\n"u8); break;
                case (byte)'\r': _json.Write("\\r"u8); break;
                case (byte)'\t': _json.Write("\\t"u8); break;
                case < 0x20:
                    _json.Write("\\u00"u8);
                    _json.Write([(byte)('0' + (b >> 4)), "0123456789abcdef"u8[b & 15]]);
                    break;
                default: _json.Write([b]); break;
            }
        }

        _json.Write("\""u8);
    }
}
