using ILGPU;
using PgpSr.Gpu.Attention;
using static PgpSr.Gpu.Ptx.PtxWriter;

namespace PgpSr.Gpu.Ptx;

/// <summary>
/// Attention on tensor cores with the online softmax (Dao et al. 2022, FlashAttention-2's arrangement): a warp owns whole rows of queries, so
/// that maxima and sums stay within four lanes; scores never leave registers, because the layout in which mma leaves 16 x 16 scores is the one
/// in which it takes a left factor.
/// </summary>
/// <remarks>
/// q, k, v are halves [samples, tokens, heads * depth]. Keys and values of 64 tokens lie in shared memory, two pairs in turn; a token's line
/// is 128 bytes (256 for depths above 64), and its 16-byte chunk c lies at c xor (token mod 8): conflict-free for ldmatrix along either axis.
/// A NaN among the scores reaches the result: max.f32 ignores it, but e^NaN enters the sums.
/// </remarks>
sealed class AttentionPtx
{
    public const int Threads = 128;
    public const int LargestDepth = 128;
    const int TileKeys = 64;

    /// <summary>1 / ln 2: the kernel takes the scale times this, because its exponentials are powers of two.</summary>
    const float PowerOfTwo = 1.44269504f;

    readonly PtxWriter _w = new();
    readonly int _depth;
    readonly bool _causal;
    readonly bool _halfResult;

    /// <summary>16-row tiles of a warp: two while the sums of both fit in registers (64 scores + 64 sums + 32 words of queries).</summary>
    readonly int _rowTiles;

    readonly int _lineBytes;

    AttentionPtx(int depth, bool causal, bool halfResult)
    {
        _depth = depth;
        _causal = causal;
        _halfResult = halfResult;
        _rowTiles = RowTiles(depth);
        _lineBytes = depth <= 64 ? 128 : 256;
    }

    public static bool Serves(int depth) => depth % 16 == 0 && depth is >= 16 and <= LargestDepth;

    /// <summary>Queries of a group.</summary>
    static int TileQueries(int depth) => 4 * 16 * RowTiles(depth);

    public static string Name(int depth, bool causal, bool halfResult) =>
        $"attention_F16_{depth}{(causal ? "_causal" : "")}{(halfResult ? "_half" : "")}";

    /// <summary>Groups along each axis.</summary>
    public static Index3D Grid(in AttentionShape shape) =>
        new((shape.Queries + TileQueries(shape.Depth) - 1) / TileQueries(shape.Depth), shape.Heads, shape.Samples);

    /// <summary>What a launch passes, in the order of the kernel's parameters.</summary>
    public static ulong[] Arguments(in AttentionShape shape, ulong q, ulong k, ulong v, ulong y) =>
        [q, k, v, y, (uint)shape.Queries, (uint)shape.Keys, (uint)shape.Heads, BitConverter.SingleToUInt32Bits(shape.Scale * PowerOfTwo)];

    /// <param name="depth">Of a head.</param>
    /// <param name="causal">Query i sees keys 0..i.</param>
    /// <param name="halfResult">y is binary16, not float32: a mean of values that were, so it is in range.</param>
    public static string Emit(int depth, bool causal, bool halfResult) => new AttentionPtx(depth, causal, halfResult).Emit();

    static int RowTiles(int depth) => depth <= 64 ? 2 : 1;

    int TileBytes => TileKeys * _lineBytes;

    string Emit()
    {
        // Depth 128 with two pairs in turn would be 64 KiB; it has one pair, and waits for it.
        int pairs = _depth <= 64 ? 2 : 1;
        _w.SharedBytes = pairs * 2 * TileBytes;
        string q = _w.PointerParameter("q");
        string k = _w.PointerParameter("k");
        string v = _w.PointerParameter("v");
        string y = _w.PointerParameter("y");
        string queries = _w.WordParameter("queries");
        string keys = _w.WordParameter("keys");
        string heads = _w.WordParameter("heads");
        string scale = _w.FloatParameter("scale"); // times PowerOfTwo

        string thread = _w.Word("mov.u32", "%tid.x");
        string lane = _w.Word("and.b32", thread, "31");
        string warp = _w.Word("shr.u32", thread, "5");
        string head = _w.Word("mov.u32", "%ctaid.y");
        string sample = _w.Word("mov.u32", "%ctaid.z");
        string firstQuery = _w.Word("mul.lo.s32", _w.Word("mov.u32", "%ctaid.x"), Constant(TileQueries(_depth)));
        string tokenElements = _w.Word("mul.lo.s32", heads, Constant(_depth));
        string headElement = _w.Long("cvt.u64.u32", _w.Word("mul.lo.s32", head, Constant(_depth)));

        string firstToken = _w.Word("mul.lo.s32", sample, queries);
        string warpRow = _w.Word("mad.lo.s32", warp, Constant(16 * _rowTiles), firstQuery);
        string row = _w.Word("add.s32", warpRow, _w.Word("shr.u32", lane, "2"));
        string column = _w.Word("shl.b32", _w.Word("and.b32", lane, "3"), "1");
        string[][] left = LoadQueries(q, row, column, firstToken, queries, tokenElements, headElement);

        string end = keys;
        if (_causal) end = _w.Word("min.s32", keys, _w.Word("add.s32", firstQuery, Constant(TileQueries(_depth))));
        var tiles = new KeyTiles(this, k, v, sample, keys, end, tokenElements, headElement, thread);

        string[] sums = Zeros(_rowTiles * (_depth / 8) * 4);
        string[] maxima = _w.Floats(_rowTiles * 2);
        string[] totals = Zeros(_rowTiles * 2);
        foreach (string maximum in maxima) _w.Op("mov.f32", maximum, Constant(float.NegativeInfinity));

        string firstKey = _w.Word("mov.u32", "0");
        tiles.Issue();
        string loop = _w.Label();
        _w.Mark(loop);
        _w.Op("cp.async.wait_group", "0");
        _w.Op("bar.sync", "0");
        if (pairs == 2) tiles.IssueIfAny();

        string[] scores = Scores(left, tiles, lane);
        Mask(scores, firstKey, end, keys, row, column);
        UpdateSoftmax(scores, sums, maxima, totals, scale);
        AddValues(scores, sums, tiles, lane);

        _w.Op("add.s32", firstKey, firstKey, Constant(TileKeys));
        if (pairs == 2) tiles.Turn();
        else
        {
            _w.Op("bar.sync", "0");
            tiles.IssueIfAny();
        }
        _w.When(_w.Predicate("setp.lt.s32", firstKey, end), "bra.uni", loop);

        Store(sums, totals, y, row, column, firstToken, queries, tokenElements, headElement);
        return _w.Finish(Name(_depth, _causal, _halfResult), Threads);
    }

    // Left factors straight from memory, once: rows g and g + 8, inner indices 2t, 2t + 1 and 8 further.
    string[][] LoadQueries(string q, string row, string column, string firstToken, string queries, string tokenElements, string headElement)
    {
        int steps = _depth / 16;
        var left = new string[_rowTiles * steps][];
        for (int i = 0; i < left.Length; i++) left[i] = _w.Words(4);
        for (int i = 0; i < _rowTiles; i++)
        {
            for (int half = 0; half < 2; half++)
            {
                string query = _w.Word("add.s32", row, Constant(i * 16 + half * 8));
                string exists = _w.Predicate("setp.lt.s32", query, queries);
                string at = Address(q, query, firstToken, tokenElements, headElement, column, "1");
                for (int step = 0; step < steps; step++)
                {
                    for (int chunk = 0; chunk < 2; chunk++)
                    {
                        string word = left[i * steps + step][chunk * 2 + half];
                        _w.Op("mov.u32", word, "0");
                        _w.When(exists, "ld.global.b32", word, At(at, (step * 16 + chunk * 8) * 2));
                    }
                }
            }
        }
        return left;
    }

    // origin + ((firstToken + token) * tokenElements + headElement + column) << shift
    string Address(string origin, string token, string firstToken, string tokenElements, string headElement, string column, string shift)
    {
        string line = _w.Long("mul.wide.u32", _w.Word("add.s32", firstToken, token), tokenElements);
        string element = _w.Long("add.s64", _w.Long("add.s64", line, headElement), _w.Long("cvt.u64.u32", column));
        return _w.Long("add.s64", origin, _w.Long("shl.b64", element, shift));
    }

    // scores [rows, 64] = q k^T: keys are columns of the right factor, and contiguous along the inner index.
    string[] Scores(string[][] left, KeyTiles tiles, string lane)
    {
        int steps = _depth / 16;
        string[] scores = Zeros(_rowTiles * (TileKeys / 8) * 4);
        string high = _w.Word("shr.u32", lane, "4");
        string token = _w.Word("mad.lo.s32", high, "8", _w.Word("and.b32", lane, "7"));
        string chunk = _w.Word("and.b32", _w.Word("shr.u32", lane, "3"), "1");
        string line = _w.Word("mad.lo.s32", token, Constant(_lineBytes), tiles.Keys);
        for (int step = 0; step < steps; step++)
        {
            string at = ChunkAddress(line, token, _w.Word("add.s32", chunk, Constant(step * 2)));
            for (int j = 0; j < TileKeys / 8; j += 2)
            {
                string[] b = _w.Words(4);
                _w.Op("ldmatrix.sync.aligned.m8n8.x4.shared.b16", Vector(b), At(at, j * 8 * _lineBytes));
                for (int i = 0; i < _rowTiles; i++)
                {
                    int sum = (i * (TileKeys / 8) + j) * 4;
                    ProductPtx.Mma(_w, scores.AsSpan(sum, 4), left[i * steps + step], b[0], b[1]);
                    ProductPtx.Mma(_w, scores.AsSpan(sum + 4, 4), left[i * steps + step], b[2], b[3]);
                }
            }
        }
        return scores;
    }

    string ChunkAddress(string line, string token, string chunk)
    {
        string place = _w.Word("xor.b32", chunk, _w.Word("and.b32", token, "7"));
        return _w.Word("mad.lo.s32", place, "16", line);
    }

    // Keys past the end, and later than the query where order matters, weigh nothing. Whole tiles of visible keys skip this.
    void Mask(string[] scores, string firstKey, string end, string keys, string row, string column)
    {
        string past = _w.Word("add.s32", firstKey, Constant(TileKeys));
        string skip = _w.Label();
        string firstHidden = end;
        if (_causal)
        {
            // Tiles that end at or before the group's first query are visible to all of its queries.
            string firstQuery = _w.Word("mul.lo.s32", _w.Word("mov.u32", "%ctaid.x"), Constant(TileQueries(_depth)));
            firstHidden = _w.Word("min.s32", keys, _w.Word("add.s32", firstQuery, "1"));
        }
        _w.When(_w.Predicate("setp.le.s32", past, firstHidden), "bra.uni", skip);
        string key = _w.Word("add.s32", firstKey, column);
        for (int i = 0; i < _rowTiles; i++)
        {
            for (int half = 0; half < 2; half++)
            {
                string visible = keys;
                if (_causal) visible = _w.Word("min.s32", keys, _w.Word("add.s32", row, Constant(i * 16 + half * 8 + 1)));
                for (int j = 0; j < TileKeys / 8; j++)
                {
                    for (int c = 0; c < 2; c++)
                    {
                        string score = scores[(i * (TileKeys / 8) + j) * 4 + half * 2 + c];
                        string seen = _w.Predicate("setp.lt.s32", _w.Word("add.s32", key, Constant(j * 8 + c)), visible);
                        _w.Op("selp.f32", score, score, Constant(float.NegativeInfinity), seen);
                    }
                }
            }
        }
        _w.Mark(skip);
    }

    // For each row: m' = max(m, scores), weights = 2^(scale (scores - m')), earlier sums shrink by 2^(scale (m - m')).
    void UpdateSoftmax(string[] scores, string[] sums, string[] maxima, string[] totals, string scale)
    {
        for (int i = 0; i < _rowTiles; i++)
        {
            for (int half = 0; half < 2; half++)
            {
                int r = i * 2 + half;
                string grown = maxima[r];
                for (int j = 0; j < TileKeys / 8; j++)
                {
                    int at = (i * (TileKeys / 8) + j) * 4 + half * 2;
                    grown = _w.Float("max.f32", _w.Float("max.f32", grown, scores[at]), scores[at + 1]);
                }
                grown = _w.Float("max.f32", grown, Neighbor(grown, 1));
                grown = _w.Float("max.f32", grown, Neighbor(grown, 2));
                string factor = _w.Float("ex2.approx.ftz.f32", _w.Float("mul.f32", _w.Float("sub.f32", maxima[r], grown), scale));
                _w.Op("mov.f32", maxima[r], grown);
                string shift = _w.Float("neg.f32", _w.Float("mul.f32", grown, scale));
                _w.Op("mul.f32", totals[r], totals[r], factor);
                for (int j = 0; j < TileKeys / 8; j++)
                {
                    for (int c = 0; c < 2; c++)
                    {
                        string score = scores[(i * (TileKeys / 8) + j) * 4 + half * 2 + c];
                        _w.Op("ex2.approx.ftz.f32", score, _w.Float("fma.rn.f32", score, scale, shift));
                        _w.Op("add.f32", totals[r], totals[r], score);
                    }
                }
                for (int j = 0; j < _depth / 8; j++)
                {
                    for (int c = 0; c < 2; c++)
                    {
                        string sum = sums[(i * (_depth / 8) + j) * 4 + half * 2 + c];
                        _w.Op("mul.f32", sum, sum, factor);
                    }
                }
            }
        }
    }

    // sums [rows, depth] += weights v: values are [key, depth], so their fragments are taken transposed.
    void AddValues(string[] scores, string[] sums, KeyTiles tiles, string lane)
    {
        string quarter = _w.Word("and.b32", _w.Word("shr.u32", lane, "3"), "1");
        string token = _w.Word("mad.lo.s32", quarter, "8", _w.Word("and.b32", lane, "7"));
        string chunk = _w.Word("shr.u32", lane, "4");
        string line = _w.Word("mad.lo.s32", token, Constant(_lineBytes), tiles.Values);
        for (int j = 0; j < _depth / 8; j += 2)
        {
            string at = ChunkAddress(line, token, _w.Word("add.s32", chunk, Constant(j)));
            for (int step = 0; step < TileKeys / 16; step++)
            {
                string[] b = _w.Words(4);
                _w.Op("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16", Vector(b), At(at, step * 16 * _lineBytes));
                for (int i = 0; i < _rowTiles; i++)
                {
                    string[] a = Weights(scores, i, step);
                    int sum = (i * (_depth / 8) + j) * 4;
                    ProductPtx.Mma(_w, sums.AsSpan(sum, 4), a, b[0], b[1]);
                    ProductPtx.Mma(_w, sums.AsSpan(sum + 4, 4), a, b[2], b[3]);
                }
            }
        }
        _weights.Clear();
    }

    readonly Dictionary<(int Row, int Step), string[]> _weights = [];

    // 16 keys' weights as a left factor, rounded once.
    string[] Weights(string[] scores, int row, int step)
    {
        if (_weights.TryGetValue((row, step), out string[]? packed)) return packed;
        int at = (row * (TileKeys / 8) + step * 2) * 4;
        packed =
        [
            ConversionPtx.Pack(_w, scores[at], scores[at + 1]),
            ConversionPtx.Pack(_w, scores[at + 2], scores[at + 3]),
            ConversionPtx.Pack(_w, scores[at + 4], scores[at + 5]),
            ConversionPtx.Pack(_w, scores[at + 6], scores[at + 7]),
        ];
        _weights.Add((row, step), packed);
        return packed;
    }

    void Store(
        string[] sums, string[] totals, string y, string row, string column, string firstToken, string queries, string tokenElements, string headElement)
    {
        for (int i = 0; i < _rowTiles; i++)
        {
            for (int half = 0; half < 2; half++)
            {
                string total = totals[i * 2 + half];
                total = _w.Float("add.f32", total, Neighbor(total, 1));
                total = _w.Float("add.f32", total, Neighbor(total, 2));
                string inverse = _w.Float("rcp.approx.ftz.f32", total);
                string query = _w.Word("add.s32", row, Constant(i * 16 + half * 8));
                string exists = _w.Predicate("setp.lt.s32", query, queries);
                string at = Address(y, query, firstToken, tokenElements, headElement, column, _halfResult ? "1" : "2");
                for (int j = 0; j < _depth / 8; j++)
                {
                    int sum = (i * (_depth / 8) + j) * 4 + half * 2;
                    string a = _w.Float("mul.f32", sums[sum], inverse);
                    string b = _w.Float("mul.f32", sums[sum + 1], inverse);
                    if (_halfResult) _w.When(exists, "st.global.b32", At(at, j * 16), ConversionPtx.Pack(_w, a, b));
                    else _w.When(exists, "st.global.v2.f32", At(at, j * 32), Vector(a, b));
                }
            }
        }
    }

    // The value of the lane whose number differs in one bit.
    string Neighbor(string value, int mask)
    {
        string other = _w.Word();
        _w.Op("shfl.sync.bfly.b32", other, _w.Word("mov.b32", value), Constant(mask), "31", "0xffffffff");
        return _w.Float("mov.b32", other);
    }

    string[] Zeros(int count)
    {
        string[] registers = _w.Floats(count);
        foreach (string register in registers) _w.Op("mov.f32", register, Constant(0f));
        return registers;
    }

    // The tiles of keys and values in shared memory, and the copies that fill them.
    sealed class KeyTiles
    {
        readonly AttentionPtx _owner;
        readonly PtxWriter _w;
        readonly string _keys;
        readonly string _end;
        readonly string _token;
        readonly string _keyPointer;
        readonly string _valuePointer;
        readonly string _advance;
        readonly string _destination;
        readonly string _writeOffset;
        readonly string _step;
        readonly int _linesInFlight;

        public KeyTiles(
            AttentionPtx owner, string k, string v, string sample, string keys, string end, string tokenElements, string headElement, string thread)
        {
            _owner = owner;
            _w = owner._w;
            _keys = keys;
            _end = end;
            int chunks = owner._lineBytes / 16;
            _linesInFlight = Threads / chunks;
            string line = _w.Word("shr.u32", thread, Constant(chunks == 8 ? 3 : 4));
            string chunk = _w.Word("and.b32", thread, Constant(chunks - 1));
            _token = _w.Word("mov.u32", line);
            string element = _w.Word("shl.b32", chunk, "3");
            // Depths below the line's length leave chunks that nobody reads.
            ReadsChunk = _w.Predicate("setp.lt.s32", element, Constant(owner._depth));
            string firstToken = _w.Word("mul.lo.s32", sample, keys);
            _keyPointer = owner.Address(k, line, firstToken, tokenElements, headElement, element, "1");
            _valuePointer = owner.Address(v, line, firstToken, tokenElements, headElement, element, "1");
            // Bytes from one line in flight to the next.
            _step = _w.Long("mul.wide.u32", tokenElements, Constant(2 * _linesInFlight));
            _advance = _w.Long("mul.wide.u32", tokenElements, Constant(2 * TileKeys));
            string shared = _w.Word("mov.u32", "tile");
            string lineAt = _w.Word("mad.lo.s32", line, Constant(owner._lineBytes), shared);
            _destination = owner.ChunkAddress(lineAt, line, chunk);
            _writeOffset = _w.Word("mov.u32", "0");
            Keys = _w.Word("mov.u32", shared);
            Values = _w.Word("add.s32", shared, Constant(owner.TileBytes));
            Shared = shared;
        }

        /// <summary>Shared addresses of the tiles being read.</summary>
        public string Keys { get; }

        public string Values { get; }

        string Shared { get; }

        string ReadsChunk { get; }

        public void Issue()
        {
            string destination = _w.Word("add.s32", _destination, _writeOffset);
            Copy(destination, _keyPointer, 0);
            Copy(destination, _valuePointer, _owner.TileBytes);
            _w.Op("cp.async.commit_group");
            _w.Op("add.s32", _token, _token, Constant(TileKeys));
            _w.Op("add.s64", _keyPointer, _keyPointer, _advance);
            _w.Op("add.s64", _valuePointer, _valuePointer, _advance);
            if (_owner._depth <= 64) _w.Op("xor.b32", _writeOffset, _writeOffset, Constant(2 * _owner.TileBytes));
        }

        /// <summary>The next pair, if there is one. The line's number tells: it is the thread's own, but its tile is everybody's.</summary>
        public void IssueIfAny()
        {
            string skip = _w.Label();
            string firstToken = _w.Word("and.b32", _token, Constant(-TileKeys));
            _w.When(_w.Predicate("setp.ge.s32", firstToken, _end), "bra.uni", skip);
            Issue();
            _w.Mark(skip);
        }

        /// <summary>Reads from the other pair from now on.</summary>
        public void Turn()
        {
            string other = Constant(2 * _owner.TileBytes);
            foreach (string tile in (ReadOnlySpan<string>)[Keys, Values])
            {
                string offset = _w.Word("xor.b32", _w.Word("sub.s32", tile, Shared), other);
                _w.Op("add.s32", tile, Shared, offset);
            }
        }

        void Copy(string destination, string pointer, int offset)
        {
            string from = pointer;
            for (int i = 0; i < TileKeys / _linesInFlight; i++)
            {
                string exists = _w.Predicate("setp.lt.s32", _w.Word("add.s32", _token, Constant(i * _linesInFlight)), _keys);
                string bytes = _w.Word("selp.b32", "16", "0", _w.Predicate("and.pred", exists, ReadsChunk));
                _w.Op("cp.async.cg.shared.global", At(destination, offset + i * _linesInFlight * _owner._lineBytes), At(from), "16", bytes);
                if (i + 1 < TileKeys / _linesInFlight) from = _w.Long("add.s64", from, _step);
            }
        }
    }
}
