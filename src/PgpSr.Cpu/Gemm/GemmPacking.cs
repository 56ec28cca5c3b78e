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

    void PackPairs(int panel, int columns, int exponent)
    {
        ushort* to = (ushort*)weight.Elements + panel * weight.PanelElements;
        long rowLength = (long)weight.Inputs * weight.Taps;
        bool special = false;
        for (int j = 0; j < columns; j++)
        {
            int row = weight.SourceRow(panel, j);
            ushort* from = (ushort*)source + Math.Max(0, row) * rowLength;
            for (int tap = 0; tap < weight.Taps; tap++)
            {
                for (int i = 0; i < weight.StoredInputs; i++)
                {
                    ushort element = row < 0 || i >= weight.Inputs ? (ushort)0 : from[(long)i * weight.Taps + tap];
                    special |= (element & exponent) == exponent;
                    to[(((long)tap * weight.StoredInputs + i) / 2 * columns + j) * 2 + i % 2] = element;
                }
            }
        }
        if (special) Interlocked.Exchange(ref _special, 1);
    }
}
