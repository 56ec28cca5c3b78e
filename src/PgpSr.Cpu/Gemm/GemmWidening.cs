using System.Runtime.CompilerServices;
using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>
/// Widens a block of a 16-bit panel to the float32 rows that the micro-kernel reads: once for each block, for all rows of the input.
/// </summary>
static unsafe class GemmWidening<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>
    /// Inputs <paramref name="start"/> .. +<paramref name="count"/> of taps <paramref name="tap"/> .. +<paramref name="taps"/> of a panel.
    /// </summary>
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
            if (weight.Type == DType.BF16) Widen<BFloat16Pairs>(from, pairs, columns, destination);
            else if (weight.IsFinite) Widen<HalfPairs>(from, pairs, columns, destination);
            else WidenSpecialHalf(from, pairs, columns, destination);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Widen<TPairs>(ushort* from, long pairs, int columns, float* to)
        where TPairs : struct, IPairs
    {
        if (columns == 4 * TLanes.Count)
        {
            // The full panel of 32 registers, without an inner loop that would cost as much as its body.
            for (long pair = 0; pair < pairs; pair++, from += 8 * TLanes.Count, to += 8 * TLanes.Count)
            {
                TPairs.Load(from, out var even0, out var odd0);
                TPairs.Load(from + 2 * TLanes.Count, out var even1, out var odd1);
                TPairs.Load(from + 4 * TLanes.Count, out var even2, out var odd2);
                TPairs.Load(from + 6 * TLanes.Count, out var even3, out var odd3);
                TLanes.Store(even0, to);
                TLanes.Store(even1, to + TLanes.Count);
                TLanes.Store(even2, to + 2 * TLanes.Count);
                TLanes.Store(even3, to + 3 * TLanes.Count);
                TLanes.Store(odd0, to + 4 * TLanes.Count);
                TLanes.Store(odd1, to + 5 * TLanes.Count);
                TLanes.Store(odd2, to + 6 * TLanes.Count);
                TLanes.Store(odd3, to + 7 * TLanes.Count);
            }
            return;
        }
        for (long pair = 0; pair < pairs; pair++, from += 2 * columns, to += 2 * columns)
        {
            for (int j = 0; j < columns; j += TLanes.Count)
            {
                TPairs.Load(from + 2 * j, out var even, out var odd);
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

    interface IPairs
    {
        static abstract void Load(ushort* p, out TLanes even, out TLanes odd);
    }

    readonly struct HalfPairs : IPairs
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Load(ushort* p, out TLanes even, out TLanes odd) => TLanes.LoadHalfPairs(p, out even, out odd);
    }

    readonly struct BFloat16Pairs : IPairs
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Load(ushort* p, out TLanes even, out TLanes odd) => TLanes.LoadBFloat16Pairs(p, out even, out odd);
    }
}
