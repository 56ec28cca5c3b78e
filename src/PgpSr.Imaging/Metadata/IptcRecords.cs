using System.Buffers.Binary;

namespace PgpSr.Imaging;

/// <summary>IPTC's sequence of data sets (IIM 4.2, 1.6): 0x1C, record, number, length, bytes.</summary>
static class IptcRecords
{
    const byte Mark = 0x1C;
    const int HeaderLength = 5;

    /// <summary>The data sets at the beginning of some bytes, without what fills a field up; null where there are none.</summary>
    public static byte[]? Read(byte[] value)
    {
        // Writers that took the bytes for numbers of the other byte order.
        if (value.Length >= 4 && value[0] != Mark && value[3] == Mark)
        {
            value = (byte[])value.Clone();
            for (int i = 0; i + 4 <= value.Length; i += 4) value.AsSpan(i, 4).Reverse();
        }
        int at = 0;
        while (at + HeaderLength <= value.Length && value[at] == Mark)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(value.AsSpan(at + 3));
            int data = at + HeaderLength;
            // With the first bit set it is the number of bytes that the length itself takes.
            if ((length & 0x8000) != 0)
            {
                int digits = length & 0x7FFF;
                if (digits is 0 or > 4 || data + digits > value.Length) break;
                long extended = 0;
                for (int i = 0; i < digits; i++) extended = (extended << 8) | value[data++];
                length = (int)Math.Min(extended, int.MaxValue);
            }
            if (length > value.Length - data) break;
            at = data + length;
        }
        return at == 0 ? null : value[..at];
    }
}
