using ILGPU;

namespace PgpSr.Gpu.Gemm;

/// <summary>
/// The plain product kernel, for every device: a tile of 64 x 64 results by a group of 64 threads, each with 8 x 8 accumulators in registers.
/// Both operands run along the inner index in memory; they are turned over on the way into shared memory, so that the inner loop reads
/// four 16-byte vectors for 64 multiply-adds. The next tile is fetched into registers while the present one is multiplied, and results go
/// through shared memory to rows of 64 neighboring columns, with one copy of the epilogue's code.
/// </summary>
/// <remarks>
/// A thread's rows are 4 r .. 4 r + 3 and 32 + 4 r .. 32 + 4 r + 3, its columns alike: neighboring threads then read neighboring vectors.
/// Accumulators are fields of structs, not an array: ILGPU puts an array into local memory.
/// </remarks>
struct TiledProduct<TWeight, TX, TY> : IGroupKernel
    where TWeight : unmanaged, IStored<TWeight>
    where TX : unmanaged, IElement<TX>
    where TY : unmanaged, IElement<TY>
{
    public const int TileRows = 64;
    public const int TileColumns = 64;
    public const int Threads = 64;
    const int Inner = 16;

    /// <summary>Vectors in a line of shared memory: 16 of data and one that spreads the turned-over stores over the banks.</summary>
    const int Line = TileRows / 4 + 1;

    public ArrayView<TX> X;
    public ArrayView<TWeight> Weight;
    public ProductEpilogue<TY> Epilogue;
    public ProductShape Shape;

    public static int GroupThreads => Threads;

    public readonly void Write(ref KernelArguments to) => to.Add(X).Add(Weight).Add(Epilogue).Add(Shape);

    public static KernelConfig Configuration(in ProductShape shape) => new(
        new Index2D((shape.Rows + TileRows - 1) / TileRows, (shape.Columns + TileColumns - 1) / TileColumns), new Index2D(Threads, 1));

    public readonly void Run()
    {
        // Both operands' tiles, and after the last of them the results: 64 lines of 17 vectors.
        var shared = SharedMemory.Allocate<Float4>(TileRows * Line);
        var floats = shared.Cast<float>();
        const int Right = Inner * Line;

        int thread = Group.IdxX;
        int firstRow = Grid.IdxX * TileRows;
        int firstColumn = Grid.IdxY * TileColumns;
        int line = thread / 4;
        int quad = thread % 4 * 4;

        var origin0 = RowOrigin.Of(firstRow + line, Shape);
        var origin1 = RowOrigin.Of(firstRow + line + 16, Shape);
        var origin2 = RowOrigin.Of(firstRow + line + 32, Shape);
        var origin3 = RowOrigin.Of(firstRow + line + 48, Shape);

        Rows8 near = default;
        Rows8 far = default;

        int tap = 0;
        int channel = 0;
        var a0 = LoadPixel(origin0, 0, 0, quad);
        var a1 = LoadPixel(origin1, 0, 0, quad);
        var a2 = LoadPixel(origin2, 0, 0, quad);
        var a3 = LoadPixel(origin3, 0, 0, quad);
        var b0 = LoadWeight(firstColumn + line, 0, quad);
        var b1 = LoadWeight(firstColumn + line + 16, 0, quad);
        var b2 = LoadWeight(firstColumn + line + 32, 0, quad);
        var b3 = LoadWeight(firstColumn + line + 48, 0, quad);

        while (tap < Shape.Taps)
        {
            StoreTurned(a0, floats, quad, line);
            StoreTurned(a1, floats, quad, line + 16);
            StoreTurned(a2, floats, quad, line + 32);
            StoreTurned(a3, floats, quad, line + 48);
            StoreTurned(b0, floats, Inner + quad, line);
            StoreTurned(b1, floats, Inner + quad, line + 16);
            StoreTurned(b2, floats, Inner + quad, line + 32);
            StoreTurned(b3, floats, Inner + quad, line + 48);
            Group.Barrier();

            channel += Inner;
            if (channel >= Shape.Channels)
            {
                channel = 0;
                tap++;
            }
            if (tap < Shape.Taps)
            {
                int tapY = tap / Shape.KernelWidth;
                int tapX = tap - tapY * Shape.KernelWidth;
                a0 = LoadPixel(origin0, tapY, tapX, channel + quad);
                a1 = LoadPixel(origin1, tapY, tapX, channel + quad);
                a2 = LoadPixel(origin2, tapY, tapX, channel + quad);
                a3 = LoadPixel(origin3, tapY, tapX, channel + quad);
                b0 = LoadWeight(firstColumn + line, tap, channel + quad);
                b1 = LoadWeight(firstColumn + line + 16, tap, channel + quad);
                b2 = LoadWeight(firstColumn + line + 32, tap, channel + quad);
                b3 = LoadWeight(firstColumn + line + 48, tap, channel + quad);
            }

            for (int k = 0; k < Inner; k++)
            {
                var rowsNear = shared[k * Line + thread / 8];
                var rowsFar = shared[k * Line + 8 + thread / 8];
                var columnsNear = shared[Right + k * Line + thread % 8];
                var columnsFar = shared[Right + k * Line + 8 + thread % 8];
                near = Rows8.MultiplyAdd(rowsNear, rowsFar, columnsNear, near);
                far = Rows8.MultiplyAdd(rowsNear, rowsFar, columnsFar, far);
            }
            Group.Barrier();
        }

        Gather(near, shared, thread / 8 * 4 * Line + thread % 8);
        Gather(far, shared, thread / 8 * 4 * Line + thread % 8 + 8);
        Group.Barrier();
        if (Epilogue.Geglu != 0) StoreGated(floats, firstRow, firstColumn, thread);
        else Store(floats, firstRow, firstColumn + thread, thread);
    }

    readonly Float4 LoadPixel(RowOrigin origin, int tapY, int tapX, int channel)
    {
        int py = origin.Y + tapY;
        int px = origin.X + tapX;
        Float4 value = default;
        if (py < 0 || py >= Shape.Height || px < 0 || px >= Shape.Width || channel >= Shape.Channels) return value;
        long at = (origin.Sample + (long)py * Shape.Width + px) * Shape.Channels + channel;
        if (Shape.Channels % 4 == 0) return TX.WidenQuad(X, at);
        value.X = X.Load(at);
        if (channel + 1 < Shape.Channels) value.Y = X.Load(at + 1);
        if (channel + 2 < Shape.Channels) value.Z = X.Load(at + 2);
        if (channel + 3 < Shape.Channels) value.W = X.Load(at + 3);
        return value;
    }

    readonly Float4 LoadWeight(int column, int tap, int channel)
    {
        if (column >= Shape.Columns || channel >= Shape.PaddedChannels) return default;
        return TWeight.WidenQuad(Weight, ((long)column * Shape.Taps + tap) * Shape.PaddedChannels + channel);
    }

    static void StoreTurned(Float4 value, ArrayView<float> shared, int line, int at)
    {
        shared[line * (Line * 4) + at] = value.X;
        shared[(line + 1) * (Line * 4) + at] = value.Y;
        shared[(line + 2) * (Line * 4) + at] = value.Z;
        shared[(line + 3) * (Line * 4) + at] = value.W;
    }

    static void Gather(Rows8 rows, ArrayView<Float4> shared, int at)
    {
        shared[at] = rows.R0;
        shared[at + Line] = rows.R1;
        shared[at + 2 * Line] = rows.R2;
        shared[at + 3 * Line] = rows.R3;
        shared[at + 32 * Line] = rows.R4;
        shared[at + 33 * Line] = rows.R5;
        shared[at + 34 * Line] = rows.R6;
        shared[at + 35 * Line] = rows.R7;
    }

    // One column a thread.
    readonly void Store(ArrayView<float> results, int firstRow, int column, int thread)
    {
        if (column >= Shape.Columns) return;
        float bias = Epilogue.Bias[column];
        int end = Math.Min(TileRows, Shape.Rows - firstRow);
        for (int i = 0; i < end; i++) Epilogue.Store(firstRow + i, column, results[i * (Line * 4) + thread] + bias);
    }

    // Value and gate lie side by side: one pair a thread, two rows at a time.
    readonly void StoreGated(ArrayView<float> results, int firstRow, int firstColumn, int thread)
    {
        int pair = thread % 32 * 2;
        int column = firstColumn + pair;
        if (column >= Shape.Columns) return;
        float valueBias = Epilogue.Bias[column];
        float gateBias = Epilogue.Bias[column + 1];
        int end = Math.Min(TileRows, Shape.Rows - firstRow);
        for (int i = thread / 32; i < end; i += 2)
        {
            float value = results[i * (Line * 4) + pair] + valueBias;
            float gate = results[i * (Line * 4) + pair + 1] + gateBias;
            Epilogue.Store(firstRow + i, column / 2, value * KernelMath.Gelu(gate));
        }
    }
}
