namespace PgpSr.Cpu;

/// <summary>Rounds the rows of a strip: tap by tap, each padded with zeros as the weight is. An item is a few rows.</summary>
unsafe struct Bfloat16Rows<TSource>(TSource source, GemmWeight weight, Bfloat16Plan plan, ushort* rounded, Scratch scratch) : IParallelWork
    where TSource : struct, IGemmRows
{
    // A multiple of the tiles that tables of rows are made for; some ten microseconds of work.
    const int ItemRows = 4 * Tile, Tile = GemmMicrokernel<Lanes512>.Rows;

    long _first;
    int _count;

    /// <summary>Turns to a strip and tells its items.</summary>
    public int Begin(long first, int count)
    {
        _first = first;
        _count = count;
        return (count + ItemRows - 1) / ItemRows;
    }

    public readonly void Run(int item, int worker)
    {
        int inputs = weight.Inputs, sets = weight.Taps / source.TapsOfPointer, start = item * ItemRows, count = Math.Min(ItemRows, _count - start);
        long tableBytes = (long)ItemRows * sets * sizeof(float*), zeroBytes = ((long)inputs + 15) / 16 * 64;
        byte* memory = scratch.ForWorker(worker, tableBytes + zeroBytes + source.CopyFloats(count) * sizeof(float));
        float** table = (float**)memory;
        float* zeros = (float*)(memory + tableBytes);
        new Span<float>(zeros, inputs).Clear();
        source.Fill(_first + start, count, zeros, (float*)(memory + tableBytes + zeroBytes), table);
        for (int row = 0; row < count; row++)
        {
            ushort* to = (ushort*)((byte*)rounded + (start + row) * plan.StrideBytes);
            for (int set = 0; set < sets; set++)
            {
                float* from = table[((long)(row / Tile) * sets + set) * Tile + row % Tile];
                for (int tap = 0; tap < source.TapsOfPointer; tap++, from += inputs, to += weight.StoredInputs)
                    Bfloat16Rounding.Round(from, inputs, to, weight.StoredInputs);
            }
        }
    }
}
