namespace PgpSr.Safetensors;

/// <summary>Names and widths of the <see cref="SafetensorsDType"/>s.</summary>
public static class SafetensorsDTypes
{
    // Indexed by the enum's value.
    static readonly (string Name, int Bits)[] s_table =
    [
        ("BOOL", 8), ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("U8", 8), ("I8", 8),
        ("F8_E5M2", 8), ("F8_E4M3", 8), ("F8_E8M0", 8), ("F8_E4M3FNUZ", 8), ("F8_E5M2FNUZ", 8),
        ("I16", 16), ("U16", 16), ("F16", 16), ("BF16", 16),
        ("I32", 32), ("U32", 32), ("F32", 32), ("C64", 64), ("F64", 64), ("I64", 64), ("U64", 64),
    ];

    /// <summary>The name that a header uses, such as <c>BF16</c>.</summary>
    public static string Name(this SafetensorsDType dtype) => s_table[(int)dtype].Name;

    /// <summary>The width of one element in bits; below 8 for the packed types.</summary>
    public static int BitCount(this SafetensorsDType dtype) => s_table[(int)dtype].Bits;

    /// <summary>Finds a dtype by the name that a header uses. Case matters, as in the reference implementation.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out SafetensorsDType dtype)
    {
        for (var i = 0; i < s_table.Length; i++)
        {
            if (name.SequenceEqual(s_table[i].Name))
            {
                dtype = (SafetensorsDType)i;
                return true;
            }
        }

        dtype = default;
        return false;
    }
}
