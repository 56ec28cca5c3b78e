using ILGPU;
using PgpSr.Gpu.Gemm;
using static PgpSr.Gpu.Ptx.PtxWriter;

namespace PgpSr.Gpu.Ptx;

/// <summary>
/// The matrix product on tensor cores, for linear layers and, with the left operand's rows gathered tap by tap, for convolutions
/// (implicit GEMM). cp.async brings both operands into shared memory several steps ahead (a chunk that lies outside the image or past the
/// channels is filled with zeros), ldmatrix takes fragments from there, mma.m16n8k16 multiplies.
/// </summary>
/// <remarks>
/// Operands are [row or column][inner] with 16-byte chunks of 8 halves. A tile's row holds 4 chunks; chunk c of row r lies at c xor (r/2 mod 4),
/// so that the 8 rows that one ldmatrix phase reads, and the 2 rows that 8 threads write, touch every bank once.
/// The grid is (8, column tiles, row tiles / 8): groups that run together share columns of the right operand and 8 row tiles of the left one,
/// which keeps both in the second-level cache.
/// </remarks>
sealed partial class ProductPtx
{
    /// <summary>Row tiles that are walked together.</summary>
    public const int RowTilesInGroup = 8;

    const int RowBytes = ProductTile.Inner * 2;
    const int RowsInFlight = ProductTile.Threads / 4;

    /// <summary>The vertical coordinate of rows past the end: above any image.</summary>
    const int Outside = -(1 << 24);

    readonly PtxWriter _w = new();
    readonly ProductVariant _variant;
    readonly ProductTile _tile;

    ProductPtx(ProductVariant variant)
    {
        _variant = variant;
        _tile = variant.Tile;
    }

    /// <summary>Groups along each axis.</summary>
    public static Index3D Grid(ProductTile tile, int rows, int columns) =>
        new(RowTilesInGroup, tile.CountColumns(columns), (tile.CountRows(rows) + RowTilesInGroup - 1) / RowTilesInGroup);

    /// <summary>What a launch passes, in the order of the kernel's parameters.</summary>
    /// <param name="shape">The product; its channels are the padded ones in memory.</param>
    /// <param name="x">Rounded left factors [pixels][padded channels].</param>
    /// <param name="weight">Rounded right factors [columns][taps][padded channels].</param>
    /// <param name="bias">float32, as long as whole tiles.</param>
    /// <param name="perChannel">[samples][result columns], or null.</param>
    /// <param name="perChannelStride">From one sample's line to the next.</param>
    /// <param name="residual">As the result, or null.</param>
    /// <param name="y">The result, float32 or, for a variant of that kind, binary16.</param>
    public static ulong[] Arguments(in ProductShape shape, ulong x, ulong weight, ulong bias, ulong? perChannel, int perChannelStride, ulong? residual, ulong y) =>
    [
        x, weight, bias, perChannel ?? y, residual ?? y, y, (uint)shape.Rows, (uint)shape.Columns, (uint)shape.PaddedChannels, (uint)shape.Height, (uint)shape.Width,
        (uint)shape.OutputHeight, (uint)shape.OutputWidth, (uint)shape.KernelWidth, (uint)shape.Taps, (uint)shape.Stride, (uint)shape.PadTop, (uint)shape.PadLeft,
        (uint)shape.RowsPerSample, (uint)perChannelStride, perChannel is null ? 0u : 1u, residual is null ? 0u : 1u,
    ];

    public static string Emit(ProductVariant variant) => new ProductPtx(variant).Emit();

    string Emit()
    {
        _w.SharedBytes = _tile.SharedBytes;
        string x = _w.PointerParameter("x");
        string weight = _w.PointerParameter("weight");
        string bias = _w.PointerParameter("bias");
        string perChannel = _w.PointerParameter("per_channel");
        string residual = _w.PointerParameter("residual");
        string y = _w.PointerParameter("y");
        string rows = _w.WordParameter("rows");
        string columns = _w.WordParameter("columns");
        string channels = _w.WordParameter("channels");
        string height = _w.WordParameter("height");
        string width = _w.WordParameter("width");
        string outputHeight = _w.WordParameter("output_height");
        string outputWidth = _w.WordParameter("output_width");
        string kernelWidth = _w.WordParameter("kernel_width");
        string taps = _w.WordParameter("taps");
        string stride = _w.WordParameter("stride");
        string padTop = _w.WordParameter("pad_top");
        string padLeft = _w.WordParameter("pad_left");
        string rowsPerSample = _w.WordParameter("rows_per_sample");
        string perChannelStride = _w.WordParameter("per_channel_stride");
        string hasPerChannel = _w.WordParameter("has_per_channel");
        string hasResidual = _w.WordParameter("has_residual");

        string thread = _w.Word("mov.u32", "%tid.x");
        string tileInGroup = _w.Word("mov.u32", "%ctaid.x");
        string columnTile = _w.Word("mov.u32", "%ctaid.y");
        string group = _w.Word("mov.u32", "%ctaid.z");
        string rowTile = _w.Word("mad.lo.s32", group, Constant(RowTilesInGroup), tileInGroup);
        string firstRow = _w.Word("mul.lo.s32", rowTile, Constant(_tile.Rows));
        string firstColumn = _w.Word("mul.lo.s32", columnTile, Constant(_tile.Columns));
        string end = _w.Label();
        _w.When(_w.Predicate("setp.ge.s32", firstRow, rows), "bra.uni", end);

        var loads = new Loads(this, x, weight, firstRow, firstColumn, thread, rows, columns, channels, kernelWidth, taps)
        {
            Height = height,
            Width = width,
        };
        if (_variant.Pointwise) loads.PreparePointwise();
        else loads.PrepareTaps(outputHeight, outputWidth, stride, padTop, padLeft);
        loads.PrepareWeights();

        var sums = Multiply(loads, thread);
        var target = new Target(y, bias, perChannel, hasPerChannel, perChannelStride, residual, hasResidual, rows, columns, rowsPerSample);
        Store(sums, target, firstRow, firstColumn, thread);
        _w.Mark(end);
        return _w.Finish(_variant.Name, ProductTile.Threads);
    }

    // The pipeline: wait for the step's chunks, let every thread see them, ask for those of a later step into the place just freed, multiply.
    string[] Multiply(Loads loads, string thread)
    {
        string shared = loads.SharedBase;
        string lane = _w.Word("and.b32", thread, "31");
        string warp = _w.Word("shr.u32", thread, "5");
        string warpRow = _w.Word("and.b32", warp, "1");
        string warpColumn = _w.Word("shr.u32", warp, "1");

        // Lanes 0-15 give the addresses of rows 0-15 at the first chunk of 8 inner indices, lanes 16-31 of the same rows at the second.
        string leftRow = _w.Word("and.b32", lane, "15");
        string leftChunk = _w.Word("shr.u32", lane, "4");
        string left = FragmentAddress(shared, warpRow, _tile.WarpRows, leftRow, leftChunk, out string leftSecond);
        // Lanes 0-7 and 16-23 give columns 0-7 and 8-15 at the first chunk, the other lanes the same columns at the second.
        string high = _w.Word("shr.u32", lane, "4");
        string rightRow = _w.Word("mad.lo.s32", high, "8", _w.Word("and.b32", lane, "7"));
        string rightChunk = _w.Word("and.b32", _w.Word("shr.u32", lane, "3"), "1");
        string right = FragmentAddress(shared, warpColumn, _tile.WarpColumns, rightRow, rightChunk, out string rightSecond);

        int rowTiles = _tile.WarpRows / 16;
        int columnTiles = _tile.WarpColumns / 8;
        string[] sums = _w.Floats(rowTiles * columnTiles * 4);
        foreach (string sum in sums) _w.Op("mov.f32", sum, Constant(0f));

        string writeStage = _w.Word("mov.u32", "0");
        for (int stage = 0; stage < _tile.Stages - 1; stage++)
        {
            loads.IssueIfAny(writeStage);
            _w.Op("add.s32", writeStage, writeStage, Constant(_tile.StageBytes));
        }
        string readStage = _w.Word("mov.u32", "0");
        string step = _w.Word("mov.u32", "0");
        string loop = _w.Label();
        _w.Mark(loop);
        _w.Op("cp.async.wait_group", Constant(_tile.Stages - 2));
        _w.Op("bar.sync", "0");
        loads.IssueIfAny(writeStage);
        AdvanceStage(writeStage);

        for (int k = 0; k < ProductTile.Inner / 16; k++)
        {
            string leftAt = _w.Word("add.s32", k == 0 ? left : leftSecond, readStage);
            string rightAt = _w.Word("add.s32", k == 0 ? right : rightSecond, readStage);
            var a = new string[rowTiles][];
            for (int i = 0; i < rowTiles; i++) a[i] = LoadFragment(leftAt, i * 16 * RowBytes);
            for (int j = 0; j < columnTiles; j += 2)
            {
                string[] b = LoadFragment(rightAt, _tile.Rows * RowBytes + j * 8 * RowBytes);
                for (int i = 0; i < rowTiles; i++)
                {
                    MultiplyAdd(sums.AsSpan((i * columnTiles + j) * 4, 4), a[i], b[0], b[1]);
                    MultiplyAdd(sums.AsSpan((i * columnTiles + j + 1) * 4, 4), a[i], b[2], b[3]);
                }
            }
        }

        AdvanceStage(readStage);
        _w.Op("add.s32", step, step, "1");
        _w.When(_w.Predicate("setp.lt.s32", step, loads.Steps), "bra.uni", loop);
        return sums;
    }

    void AdvanceStage(string stage)
    {
        _w.Op("add.s32", stage, stage, Constant(_tile.StageBytes));
        string past = _w.Predicate("setp.ge.s32", stage, Constant(_tile.SharedBytes));
        _w.Op("selp.b32", stage, "0", stage, past);
    }

    // Address of a lane's line for the first 16 inner indices, and for the second: chunks 0, 1 and 2, 3 before the exclusive or.
    string FragmentAddress(string shared, string warp, int warpLines, string line, string chunk, out string second)
    {
        string at = _w.Word("mad.lo.s32", warp, Constant(warpLines), line);
        string row = _w.Word("mad.lo.s32", at, Constant(RowBytes), shared);
        string turn = _w.Word("and.b32", _w.Word("shr.u32", line, "1"), "3");
        string place = _w.Word("xor.b32", chunk, turn);
        string first = _w.Word("mad.lo.s32", place, "16", row);
        second = _w.Word("mad.lo.s32", _w.Word("xor.b32", place, "2"), "16", row);
        return first;
    }

    string[] LoadFragment(string address, int offset)
    {
        string[] fragment = _w.Words(4);
        _w.Op("ldmatrix.sync.aligned.m8n8.x4.shared.b16", Vector(fragment), At(address, offset));
        return fragment;
    }

    void MultiplyAdd(ReadOnlySpan<string> sum, ReadOnlySpan<string> a, string b0, string b1) => Mma(_w, sum, a, b0, b1);

    /// <summary>sum [16, 8] += a [16, 16] * b [16, 8].</summary>
    internal static void Mma(PtxWriter w, ReadOnlySpan<string> sum, ReadOnlySpan<string> a, string b0, string b1) =>
        w.Op("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", Vector(sum), Vector(a), Vector(b0, b1), Vector(sum));
}
