using ILGPU;
using PgpSr.Gpu.Gemm;

namespace PgpSr.Gpu.Attention;

/// <summary>
/// The plain attention kernel, for every device and head depth: a group of 64 threads walks over the keys for 32 queries of one head with
/// the online softmax (Milakov and Gimelshein 2018; Dao et al. 2022): running maximum and sum for each query, and sums that are rescaled
/// when the maximum grows. The scores of 32 x 32 pairs live in shared memory only.
/// </summary>
/// <remarks>
/// The weighted sums of 64 columns of v live in registers. Deeper heads (the autoencoder's single head of 512) go over their columns in
/// slices and keep the sums in float32 memory (y itself where it is that), where each thread meets only its own elements.
/// </remarks>
struct TiledAttention<T> : IGroupKernel
    where T : unmanaged, IElement<T>
{
    public const int TileQueries = 32;
    public const int Threads = 64;
    const int TileKeys = 32;
    const int Inner = 16;

    /// <summary>Deeper heads need memory for sums.</summary>
    public const int Slice = 64;


    /// <summary>Vectors in a line of shared memory for 32 queries or keys, and one against bank conflicts.</summary>
    const int Line = TileQueries / 4 + 1;

    public ArrayView<T> Q;
    public ArrayView<T> K;
    public ArrayView<T> V;
    public AttentionShape Shape;

    /// <summary>As many as results, for heads deeper than a slice.</summary>
    public ArrayView<SingleElement> Sums;
    public ArrayView<T> Y;

    public static int GroupThreads => Threads;

    public readonly void Write(ref KernelArguments to) => to.Add(Q).Add(K).Add(V).Add(Shape).Add(Sums).Add(Y);

    public static KernelConfig Configuration(in AttentionShape shape) => new(
        new Index2D((shape.Queries + TileQueries - 1) / TileQueries, shape.Samples * shape.Heads), new Index2D(Threads, 1));

    public readonly void Run()
    {
        var q = Q;
        var k = K;
        var v = V;
        var sums = Sums;
        var y = Y;
        var shape = Shape;
        var sharedQueries = SharedMemory.Allocate<Float4>(Inner * Line);
        var sharedKeys = SharedMemory.Allocate<Float4>(Inner * Line);
        var sharedScores = SharedMemory.Allocate<Float4>(TileKeys * Line);
        var sharedValues = SharedMemory.Allocate<Float4>(TileKeys * Slice / 4);
        var sharedCorrection = SharedMemory.Allocate<Float4>(TileQueries / 4);
        var queries = sharedQueries.Cast<float>();
        var keys = sharedKeys.Cast<float>();
        var scores = sharedScores.Cast<float>();
        var correction = sharedCorrection.Cast<float>();

        int thread = Group.IdxX;
        int firstQuery = Grid.IdxX * TileQueries;
        int sample = Grid.IdxY / shape.Heads;
        int head = Grid.IdxY - sample * shape.Heads;
        int stride = shape.Heads * shape.Depth;
        long queryBase = (long)sample * shape.Queries * stride + head * shape.Depth;
        long keyBase = (long)sample * shape.Keys * stride + head * shape.Depth;
        int slices = (shape.Depth + Slice - 1) / Slice;
        int row = thread / 8;
        int column = thread % 8;
        int end = shape.Causal != 0 ? Math.Min(shape.Keys, firstQuery + TileQueries) : shape.Keys;

        Rows4 near = default;
        Rows4 far = default;
        float maximum = float.NegativeInfinity;
        float sum = 0f;

        for (int firstKey = 0; firstKey < end; firstKey += TileKeys)
        {
            Rows4 tile = default;
            for (int inner = 0; inner < shape.Depth; inner += Inner)
            {
                for (int i = thread; i < TileQueries * Inner / 4; i += Threads)
                {
                    int line = i / 4;
                    int channel = i % 4 * 4;
                    StoreTurned(Load(q, queryBase, firstQuery + line, shape.Queries, inner + channel, stride, shape.Depth), queries, channel, line);
                    StoreTurned(Load(k, keyBase, firstKey + line, shape.Keys, inner + channel, stride, shape.Depth), keys, channel, line);
                }
                Group.Barrier();
                for (int i = 0; i < Inner; i++) tile = Rows4.MultiplyAdd(sharedQueries[i * Line + row], sharedKeys[i * Line + column], tile);
                Group.Barrier();
            }
            StoreScores(tile, scores, row * 4, column * 4);
            Group.Barrier();

            if (thread < TileQueries)
            {
                int query = firstQuery + thread;
                int visible = shape.Causal != 0 ? Math.Min(shape.Keys, query + 1) : shape.Keys;
                visible = Math.Min(TileKeys, visible - firstKey);
                float grown = maximum;
                for (int i = 0; i < visible; i++) grown = Math.Max(grown, scores[i * (Line * 4) + thread] * shape.Scale);
                float factor = visible > 0 ? KernelMath.Exp(maximum - grown) : 1f;
                sum *= factor;
                for (int i = 0; i < TileKeys; i++)
                {
                    float weight = i < visible ? KernelMath.Exp(scores[i * (Line * 4) + thread] * shape.Scale - grown) : 0f;
                    scores[i * (Line * 4) + thread] = weight;
                    sum += weight;
                }
                correction[thread] = factor;
                maximum = grown;
            }
            Group.Barrier();

            var factors = sharedCorrection[row];
            for (int slice = 0; slice < slices; slice++)
            {
                int start = slice * Slice;
                for (int i = thread; i < TileKeys * Slice / 4; i += Threads)
                    sharedValues[i] = Load(v, keyBase, firstKey + i / (Slice / 4), shape.Keys, start + i % (Slice / 4) * 4, stride, shape.Depth);
                Group.Barrier();
                if (slices > 1 && firstKey > 0)
                {
                    near = LoadRows(sums, queryBase, firstQuery + row * 4, shape.Queries, start + column * 4, stride, shape.Depth);
                    far = LoadRows(sums, queryBase, firstQuery + row * 4, shape.Queries, start + 32 + column * 4, stride, shape.Depth);
                }
                if (slices > 1 && firstKey == 0)
                {
                    near = default;
                    far = default;
                }
                near = Rows4.Scale(factors, near);
                far = Rows4.Scale(factors, far);
                for (int i = 0; i < TileKeys; i++)
                {
                    var weights = sharedScores[i * Line + row];
                    near = Rows4.MultiplyAdd(weights, sharedValues[i * (Slice / 4) + column], near);
                    far = Rows4.MultiplyAdd(weights, sharedValues[i * (Slice / 4) + 8 + column], far);
                }
                if (slices > 1)
                {
                    StoreRows(near, sums, queryBase, firstQuery + row * 4, shape.Queries, start + column * 4, stride, shape.Depth);
                    StoreRows(far, sums, queryBase, firstQuery + row * 4, shape.Queries, start + 32 + column * 4, stride, shape.Depth);
                }
                Group.Barrier();
            }
        }

        if (thread < TileQueries) correction[thread] = 1f / sum;
        Group.Barrier();
        var inverse = sharedCorrection[row];
        for (int slice = 0; slice < slices; slice++)
        {
            int start = slice * Slice + column * 4;
            if (slices > 1)
            {
                near = LoadRows(sums, queryBase, firstQuery + row * 4, shape.Queries, start, stride, shape.Depth);
                far = LoadRows(sums, queryBase, firstQuery + row * 4, shape.Queries, start + 32, stride, shape.Depth);
            }
            near = Rows4.Scale(inverse, near);
            far = Rows4.Scale(inverse, far);
            StoreRows(near, y, queryBase, firstQuery + row * 4, shape.Queries, start, stride, shape.Depth);
            StoreRows(far, y, queryBase, firstQuery + row * 4, shape.Queries, start + 32, stride, shape.Depth);
        }
    }

    static Float4 Load<TE>(ArrayView<TE> view, long origin, int token, int tokens, int channel, int stride, int depth)
        where TE : unmanaged, IElement<TE>
    {
        Float4 value = default;
        if (token >= tokens || channel >= depth) return value;
        long at = origin + (long)token * stride + channel;
        if (depth % 4 == 0) return TE.WidenQuad(view, at);
        value.X = view.Load(at);
        if (channel + 1 < depth) value.Y = view.Load(at + 1);
        if (channel + 2 < depth) value.Z = view.Load(at + 2);
        if (channel + 3 < depth) value.W = view.Load(at + 3);
        return value;
    }

    static void Store<TE>(Float4 value, ArrayView<TE> view, long origin, int token, int tokens, int channel, int stride, int depth)
        where TE : unmanaged, IElement<TE>
    {
        if (token >= tokens || channel >= depth) return;
        long at = origin + (long)token * stride + channel;
        view.Store(at, value.X);
        if (channel + 1 < depth) view.Store(at + 1, value.Y);
        if (channel + 2 < depth) view.Store(at + 2, value.Z);
        if (channel + 3 < depth) view.Store(at + 3, value.W);
    }

    static Rows4 LoadRows<TE>(ArrayView<TE> y, long origin, int query, int queries, int channel, int stride, int depth)
        where TE : unmanaged, IElement<TE> => new()
        {
            R0 = Load(y, origin, query, queries, channel, stride, depth),
            R1 = Load(y, origin, query + 1, queries, channel, stride, depth),
            R2 = Load(y, origin, query + 2, queries, channel, stride, depth),
            R3 = Load(y, origin, query + 3, queries, channel, stride, depth),
        };

    static void StoreRows<TE>(Rows4 value, ArrayView<TE> y, long origin, int query, int queries, int channel, int stride, int depth)
        where TE : unmanaged, IElement<TE>
    {
        Store(value.R0, y, origin, query, queries, channel, stride, depth);
        Store(value.R1, y, origin, query + 1, queries, channel, stride, depth);
        Store(value.R2, y, origin, query + 2, queries, channel, stride, depth);
        Store(value.R3, y, origin, query + 3, queries, channel, stride, depth);
    }

    static void StoreTurned(Float4 value, ArrayView<float> shared, int channel, int line)
    {
        shared[channel * (Line * 4) + line] = value.X;
        shared[(channel + 1) * (Line * 4) + line] = value.Y;
        shared[(channel + 2) * (Line * 4) + line] = value.Z;
        shared[(channel + 3) * (Line * 4) + line] = value.W;
    }

    /// <summary>Scores lie key by key, so that a softmax thread walks down its query's column without conflicts and four queries are one vector.</summary>
    static void StoreScores(Rows4 tile, ArrayView<float> scores, int query, int key)
    {
        StoreTurned(tile.R0, scores, key, query);
        StoreTurned(tile.R1, scores, key, query + 1);
        StoreTurned(tile.R2, scores, key, query + 2);
        StoreTurned(tile.R3, scores, key, query + 3);
    }
}
