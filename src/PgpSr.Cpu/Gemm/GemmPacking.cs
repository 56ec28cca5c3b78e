using System.Runtime.Intrinsics;
using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>Lays a stored weight [rows, inputs, taps] out as panels; one item of work is one panel.</summary>
unsafe struct GemmPacking(GemmWeight weight, byte* source, float* bias) : IParallelWork
{
    // Exponent bits: all of them set is an infinity or NaN.
    const int HalfExponent = 0x7c00, BFloat16Exponent = 0x7f80;

    int _special;

    /// <summary>False if an infinity or NaN was seen; ask after the work.</summary>
    public readonly bool IsFinite => _special == 0;

    public void Run(int item, int worker)
    {
        int columns = weight.Vectors(item) * weight.Lanes;
        float* biasTo = weight.Bias + item * weight.PanelVectors * weight.Lanes;
        for (int j = 0; j < columns; j++)
        {
            int row = weight.SourceRow(item, j);
            biasTo[j] = bias == null || row < 0 ? 0 : bias[row];
        }
        if (weight.Type == DType.F32) PackSingle(item, columns);
        else PackPairs(item, columns, weight.Type == DType.F16 ? HalfExponent : BFloat16Exponent);
    }

    readonly void PackSingle(int panel, int columns)
    {
        float* to = (float*)weight.Elements + panel * weight.PanelElements;
        long rowLength = (long)weight.Inputs * weight.Taps;
        for (int j = 0; j < columns; j++)
        {
            int row = weight.SourceRow(panel, j);
            float* from = (float*)source + Math.Max(0, row) * rowLength;
            for (int tap = 0; tap < weight.Taps; tap++)
                for (int i = 0; i < weight.Inputs; i++)
                    to[((long)tap * weight.Inputs + i) * columns + j] = row < 0 ? 0 : from[(long)i * weight.Taps + tap];
        }
    }

    // Two neighboring inputs of a column share a 32-bit element. A block of inputs of all columns stays in the first-level cache while it is turned:
    // each source line is read from memory once, each destination line written once and in order.
    void PackPairs(int panel, int columns, int exponent)
    {
        const int block = 16; // pairs: 32 inputs of 48 rows are 3 KB, times 9 taps 27 KB
        uint* to = (uint*)((ushort*)weight.Elements + panel * weight.PanelElements);
        int taps = weight.Taps, pairs = weight.StoredInputs / 2, whole = weight.Inputs / 2;
        long rowLength = (long)weight.Inputs * taps;
        ushort** rows = stackalloc ushort*[columns];
        bool special = false;
        for (int j = 0; j < columns; j++)
        {
            int row = weight.SourceRow(panel, j);
            rows[j] = row < 0 ? null : (ushort*)source + row * rowLength;
            special |= row >= 0 && HoldsExponent(rows[j], rowLength, (ushort)exponent);
        }
        for (int first = 0; first < pairs; first += block)
        {
            int end = Math.Min(first + block, pairs);
            for (int tap = 0; tap < taps; tap++)
            {
                for (int pair = first; pair < end; pair++)
                {
                    uint* line = to + ((long)tap * pairs + pair) * columns;
                    long low = (long)(2 * pair) * taps + tap, high = low + taps;
                    bool both = pair < whole; // an odd number of inputs ends in half a pair, and padding may follow
                    bool padding = 2 * pair >= weight.Inputs;
                    for (int j = 0; j < columns; j++)
                        line[j] = rows[j] == null || padding ? 0 : both ? rows[j][low] | (uint)rows[j][high] << 16 : rows[j][low];
                }
            }
        }
        if (special) Interlocked.Exchange(ref _special, 1);
    }

    static bool HoldsExponent(ushort* values, long count, ushort exponent)
    {
        var mask = Vector256.Create(exponent);
        var found = Vector256<ushort>.Zero;
        long i = 0;
        for (; i <= count - Vector256<ushort>.Count; i += Vector256<ushort>.Count) found |= Vector256.Equals(Vector256.Load(values + i) & mask, mask);
        bool special = found != Vector256<ushort>.Zero;
        for (; i < count; i++) special |= (values[i] & exponent) == exponent;
        return special;
    }
}
