using PgpSr.Tensors;
using static PgpSr.Gpu.Ptx.PtxWriter;

namespace PgpSr.Gpu.Ptx;

sealed partial class ProductPtx
{
    // Where results go and what joins them.
    sealed record Target(
        string Y, string Bias, string PerChannel, string HasPerChannel, string PerChannelStride, string Residual, string HasResidual, string Rows, string Columns, string RowsPerSample);

    // A thread holds, of every 16 x 8 tile, columns 2t and 2t + 1 of rows g and g + 8 (g = lane / 4, t = lane mod 4).
    void Store(string[] sums, Target target, string firstRow, string firstColumn, string thread)
    {
        string lane = _w.Word("and.b32", thread, "31");
        string warp = _w.Word("shr.u32", thread, "5");
        string warpRow = _w.Word("mad.lo.s32", _w.Word("and.b32", warp, "1"), Constant(_tile.WarpRows), firstRow);
        string warpColumn = _w.Word("mad.lo.s32", _w.Word("shr.u32", warp, "1"), Constant(_tile.WarpColumns), firstColumn);
        string topRow = _w.Word("add.s32", warpRow, _w.Word("shr.u32", lane, "2"));
        string column = _w.Word("mad.lo.s32", _w.Word("and.b32", lane, "3"), "2", warpColumn);

        int columnTiles = _tile.WarpColumns / 8;
        var first = new string[columnTiles];
        var second = new string[columnTiles];
        string[] bias = _w.Floats(columnTiles * 2);
        string biasAt = Element(target.Bias, _w.Long("cvt.u64.u32", column));
        for (int j = 0; j < columnTiles; j++)
        {
            string at = _w.Word("add.s32", column, Constant(j * 8));
            first[j] = _w.Predicate("setp.lt.s32", at, target.Columns);
            second[j] = _variant.OddColumns ? _w.Predicate("setp.lt.s32", _w.Word("add.s32", at, "1"), target.Columns) : first[j];
            // The packed bias is as long as whole tiles.
            _w.Op("ld.global.v2.f32", Vector(bias.AsSpan(j * 2, 2)), At(biasAt, j * 32));
        }
        string hasPerChannel = _w.Predicate("setp.ne.s32", target.HasPerChannel, "0");
        string hasResidual = _w.Predicate("setp.ne.s32", target.HasResidual, "0");

        for (int i = 0; i < _tile.WarpRows / 16; i++)
        {
            for (int half = 0; half < 2; half++)
            {
                string row = _w.Word("add.s32", topRow, Constant(i * 16 + half * 8));
                var line = new Line(
                    _w.Predicate("setp.lt.s32", row, target.Rows), PerChannelLine(target, row, column), ResultLine(target.Y, target, row, column),
                    ResultLine(target.Residual, target, row, column));
                for (int j = 0; j < columnTiles; j++)
                {
                    int sum = (i * columnTiles + j) * 4 + half * 2;
                    string a = _w.Float("add.f32", sums[sum], bias[j * 2]);
                    string b = _w.Float("add.f32", sums[sum + 1], bias[j * 2 + 1]);
                    StorePair(line, j, first[j], second[j], hasPerChannel, hasResidual, a, b);
                }
            }
        }
    }

    // Predicate of a row's existence and its addresses at the thread's first column.
    readonly record struct Line(string Exists, string PerChannel, string Y, string Residual);

    void StorePair(Line line, int tile, string first, string second, string hasPerChannel, string hasResidual, string a, string b)
    {
        string firstExists = _w.Predicate("and.pred", line.Exists, first);
        string secondExists = first == second ? firstExists : _w.Predicate("and.pred", line.Exists, second);
        bool half = _variant.HalfResult;
        if (_variant.Geglu)
        {
            string value = _w.Float("mul.f32", a, Gelu(b));
            int at = tile * 4 * ResultBytes;
            string joined = Join(value, line.Residual, at, _w.Predicate("and.pred", firstExists, hasResidual), half);
            StoreOne(line.Y, at, firstExists, joined);
            return;
        }
        (a, b) = JoinPair(a, b, line.PerChannel, tile * 32, firstExists, secondExists, hasPerChannel, half: false);
        a = Activate(a);
        b = Activate(b);
        int offset = tile * 8 * ResultBytes;
        (a, b) = JoinPair(a, b, line.Residual, offset, firstExists, secondExists, hasResidual, half);
        if (firstExists != secondExists)
        {
            StoreOne(line.Y, offset, firstExists, a);
            StoreOne(line.Y, offset + ResultBytes, secondExists, b);
        }
        else if (half) _w.When(firstExists, "st.global.b32", At(line.Y, offset), ConversionPtx.Pack(_w, Limited(a), Limited(b)));
        else _w.When(firstExists, "st.global.v2.f32", At(line.Y, offset), Vector(a, b));
    }

    int ResultBytes => _variant.HalfResult ? 2 : 4;

    string Limited(string value) => ConversionPtx.Clamp(_w, value);

    void StoreOne(string address, int offset, string exists, string value)
    {
        if (_variant.HalfResult) _w.When(exists, "st.global.b16", At(address, offset), _w.Half("cvt.rn.f16.f32", Limited(value)));
        else _w.When(exists, "st.global.f32", At(address, offset), value);
    }

    (string A, string B) JoinPair(string a, string b, string address, int offset, string firstExists, string secondExists, string has, bool half)
    {
        string firstRead = _w.Predicate("and.pred", firstExists, has);
        if (firstExists != secondExists)
        {
            return (
                Join(a, address, offset, firstRead, half),
                Join(b, address, offset + (half ? 2 : 4), _w.Predicate("and.pred", secondExists, has), half));
        }
        if (half)
        {
            string both = _w.Word("mov.u32", "0");
            _w.When(firstRead, "ld.global.b32", both, At(address, offset));
            string low = _w.Half(), high = _w.Half();
            _w.Op("mov.b32", Vector(low, high), both);
            return (_w.Float("add.f32", a, _w.Float("cvt.f32.f16", low)), _w.Float("add.f32", b, _w.Float("cvt.f32.f16", high)));
        }
        string[] read = _w.Floats(2);
        _w.Op("mov.f32", read[0], Constant(0f));
        _w.Op("mov.f32", read[1], Constant(0f));
        _w.When(firstRead, "ld.global.v2.f32", Vector(read), At(address, offset));
        return (_w.Float("add.f32", a, read[0]), _w.Float("add.f32", b, read[1]));
    }

    string Join(string value, string address, int offset, string exists, bool half)
    {
        if (half)
        {
            string stored = _w.Half("mov.b16", "0");
            _w.When(exists, "ld.global.b16", stored, At(address, offset));
            return _w.Float("add.f32", value, _w.Float("cvt.f32.f16", stored));
        }
        string read = _w.Float("mov.f32", Constant(0f));
        _w.When(exists, "ld.global.f32", read, At(address, offset));
        return _w.Float("add.f32", value, read);
    }

    string PerChannelLine(Target target, string row, string column)
    {
        string sample = _w.Word("div.u32", row, target.RowsPerSample);
        return Element(target.PerChannel, _w.Long("cvt.u64.u32", _w.Word("mad.lo.s32", sample, target.PerChannelStride, column)));
    }

    string ResultLine(string origin, Target target, string row, string column)
    {
        string width = _variant.Geglu ? _w.Word("shr.u32", target.Columns, "1") : target.Columns;
        string at = _variant.Geglu ? _w.Word("shr.u32", column, "1") : column;
        return Element(origin, _w.Long("add.s64", _w.Long("mul.wide.s32", row, width), _w.Long("cvt.u64.u32", at)), ResultBytes);
    }

    string Element(string origin, string index, int bytes = sizeof(float)) =>
        _w.Long("add.s64", origin, _w.Long("shl.b64", index, bytes == sizeof(float) ? "2" : "1"));

    string Activate(string x) => _variant.Activation switch
    {
        Activation.Silu => Sigmoid(x, 1f),
        Activation.QuickGelu => Sigmoid(x, 1.702f),
        Activation.Gelu => Gelu(x),
        Activation.Relu => _w.Float("max.f32", x, Constant(0f)),
        Activation.LeakyRelu => _w.Float("max.f32", x, _w.Float("mul.f32", x, Constant(0.2f))),
        _ => x,
    };

    // x / (1 + e^(-slope x)); e^.. = 2^(.. / ln 2).
    string Sigmoid(string x, float slope)
    {
        string power = _w.Float("ex2.approx.ftz.f32", _w.Float("mul.f32", x, Constant(-slope * 1.44269504f)));
        string inverse = _w.Float("rcp.approx.ftz.f32", _w.Float("add.f32", power, Constant(1f)));
        return _w.Float("mul.f32", x, inverse);
    }

    // x/2 (1 + erf(x / sqrt 2)), erf by Abramowitz and Stegun 7.1.26: absolute error below 1.5e-7, far below a half's rounding of the factors.
    string Gelu(string x)
    {
        string z = _w.Float("mul.f32", _w.Float("abs.f32", x), Constant(0.70710678f));
        string t = _w.Float("rcp.approx.ftz.f32", _w.Float("fma.rn.f32", z, Constant(0.3275911f), Constant(1f)));
        string p = _w.Float("fma.rn.f32", t, Constant(1.061405429f), Constant(-1.453152027f));
        p = _w.Float("fma.rn.f32", p, t, Constant(1.421413741f));
        p = _w.Float("fma.rn.f32", p, t, Constant(-0.284496736f));
        p = _w.Float("fma.rn.f32", p, t, Constant(0.254829592f));
        p = _w.Float("mul.f32", p, t);
        string square = _w.Float("mul.f32", z, z);
        string tail = _w.Float("ex2.approx.ftz.f32", _w.Float("mul.f32", square, Constant(-1.44269504f)));
        string erf = _w.Float("fma.rn.f32", _w.Float("neg.f32", p), tail, Constant(1f)); // erf |x|
        // x/2 + |x|/2 erf |x|
        string half = _w.Float("mul.f32", x, Constant(0.5f));
        return _w.Float("fma.rn.f32", _w.Float("abs.f32", half), erf, half);
    }
}
