using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>Widens a block of a 16-bit panel to the float32 rows that the micro-kernel reads: once for each block, for all rows of the input.</summary>
static unsafe class GemmWidening<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Inputs <paramref name="start"/> .. +<paramref name="count"/> of taps <paramref name="tap"/> .. +<paramref name="taps"/> of a panel.</summary>
    /// <param name="weight">Of 16-bit elements.</param>
    /// <param name="panel">Which panel.</param>
    /// <param name="tap">First tap.</param>
    /// <param name="taps">Taps.</param>
    /// <param name="start">First input, even.</param>
    /// <param name="count">Inputs.</param>
    /// <param name="destination">taps * count rows of the panel's vectors, and room for one more row.</param>
    public static void Run(GemmWeight weight, int panel, int tap, int taps, int start, int count, float* destination)
    {
        int columns = weight.Vectors(panel) * TLanes.Count;
        ushort* elements = (ushort*)weight.Elements + panel * weight.PanelElements;
        for (int t = tap; t < tap + taps; t++, destination += (long)count * columns)
        {
            ushort* from = elements + ((long)t * weight.StoredInputs + start) * columns;
            // An odd count writes one row too many: the next tap's first, or the spare one.
            long pairs = (count + 1) / 2;
            if (weight.Type == DType.BF16) WidenBFloat16(from, pairs, columns, destination);
            else if (weight.IsFinite) WidenHalf(from, pairs, columns, destination);
            else WidenSpecialHalf(from, pairs, columns, destination);
        }
    }

    static void WidenHalf(ushort* from, long pairs, int columns, float* to)
    {
        for (long pair = 0; pair < pairs; pair++, from += 2 * columns, to += 2 * columns)
        {
            for (int j = 0; j < columns; j += TLanes.Count)
            {
                TLanes.LoadHalfPairs(from + 2 * j, out var even, out var odd);
                TLanes.Store(even, to + j);
                TLanes.Store(odd, to + columns + j);
            }
        }
    }

    static void WidenBFloat16(ushort* from, long pairs, int columns, float* to)
    {
        for (long pair = 0; pair < pairs; pair++, from += 2 * columns, to += 2 * columns)
        {
            for (int j = 0; j < columns; j += TLanes.Count)
            {
                TLanes.LoadBFloat16Pairs(from + 2 * j, out var even, out var odd);
                TLanes.Store(even, to + j);
                TLanes.Store(odd, to + columns + j);
            }
        }
    }

    // Weights with infinities or NaN come from a broken checkpoint: exactness is wanted, speed is not.
    static void WidenSpecialHalf(ushort* from, long pairs, int columns, float* to)
    {
        for (long pair = 0; pair < pairs; pair++, from += 2 * columns, to += 2 * columns)
        {
            for (int j = 0; j < columns; j++)
            {
                to[j] = (float)BitConverter.UInt16BitsToHalf(from[2 * j]);
                to[columns + j] = (float)BitConverter.UInt16BitsToHalf(from[2 * j + 1]);
            }
        }
    }
}
