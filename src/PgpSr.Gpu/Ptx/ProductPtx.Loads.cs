using static PgpSr.Gpu.Ptx.PtxWriter;

namespace PgpSr.Gpu.Ptx;

sealed partial class ProductPtx
{
    // What a thread brings in one step: chunk t mod 4 of the lines t/4, t/4 + 32, ... of both operands, and where that is in the next step.
    sealed class Loads
    {
        readonly ProductPtx _owner;
        readonly PtxWriter _w;
        readonly string _x;
        readonly string _weight;
        readonly string _firstRow;
        readonly string _firstColumn;
        readonly string _rows;
        readonly string _columns;
        readonly string _channels;
        readonly string _kernelWidth;
        readonly string _taps;
        readonly string _line;
        readonly string _chunkChannel;
        readonly string _destination;
        readonly string[] _left;
        readonly string[] _right;
        readonly string[] _leftInside;
        readonly string[] _rightInside;
        readonly string[] _y;
        readonly string[] _x0;
        readonly string _channel;
        readonly string _tapY;
        readonly string _tapX;
        readonly string _leftOffset;
        readonly string _rightOffset;
        readonly string _issued;

        public Loads(
            ProductPtx owner, string x, string weight, string firstRow, string firstColumn, string thread, string rows, string columns, string channels, string kernelWidth,
            string taps)
        {
            _owner = owner;
            _w = owner._w;
            _x = x;
            _weight = weight;
            _firstRow = firstRow;
            _firstColumn = firstColumn;
            _rows = rows;
            _columns = columns;
            _channels = channels;
            _kernelWidth = kernelWidth;
            _taps = taps;
            int leftChunks = owner._tile.Rows / RowsInFlight;
            int rightChunks = owner._tile.Columns / RowsInFlight;
            _left = new string[leftChunks];
            _leftInside = new string[leftChunks];
            _y = new string[leftChunks];
            _x0 = new string[leftChunks];
            _right = new string[rightChunks];
            _rightInside = new string[rightChunks];

            SharedBase = _w.Word("mov.u32", "tile");
            _line = _w.Word("shr.u32", thread, "2");
            string chunk = _w.Word("and.b32", thread, "3");
            _chunkChannel = _w.Word("shl.b32", chunk, "3");
            string turn = _w.Word("and.b32", _w.Word("shr.u32", _line, "1"), "3");
            string place = _w.Word("xor.b32", chunk, turn);
            _destination = _w.Word("mad.lo.s32", _line, Constant(RowBytes), _w.Word("mad.lo.s32", place, "16", SharedBase));

            string stepsOfTap = _w.Word("shr.u32", _w.Word("add.s32", channels, Constant(ProductTile.Inner - 1)), "5");
            Steps = _w.Word("mul.lo.s32", stepsOfTap, taps);
            _channel = _w.Word("mov.u32", "0");
            _tapY = _w.Word("mov.u32", "0");
            _tapX = _w.Word("mov.u32", "0");
            _issued = _w.Word("mov.u32", "0");
            _leftOffset = _w.Long("mov.u64", "0");
            _rightOffset = _w.Long("mov.u64", "0");
        }

        public required string Height { get; init; }

        public required string Width { get; init; }

        public string SharedBase { get; }

        /// <summary>Inner steps of the whole product.</summary>
        public string Steps { get; }

        public void PreparePointwise()
        {
            for (int i = 0; i < _left.Length; i++)
            {
                string row = _w.Word("add.s32", _firstRow, _w.Word("add.s32", _line, Constant(i * RowsInFlight)));
                _leftInside[i] = _w.Predicate("setp.lt.s32", row, _rows);
                _left[i] = Pointer(_x, _w.Long("mul.wide.s32", row, _channels));
            }
        }

        public void PrepareTaps(string outputHeight, string outputWidth, string stride, string padTop, string padLeft)
        {
            string perSample = _w.Word("mul.lo.s32", outputHeight, outputWidth);
            string samplePixels = _w.Word("mul.lo.s32", Height, Width);
            for (int i = 0; i < _left.Length; i++)
            {
                string row = _w.Word("add.s32", _firstRow, _w.Word("add.s32", _line, Constant(i * RowsInFlight)));
                string sample = _w.Word("div.u32", row, perSample);
                string pixel = _w.Word("sub.s32", row, _w.Word("mul.lo.s32", sample, perSample));
                string outputY = _w.Word("div.u32", pixel, outputWidth);
                string outputX = _w.Word("sub.s32", pixel, _w.Word("mul.lo.s32", outputY, outputWidth));
                string y = _w.Word("sub.s32", _w.Word("mul.lo.s32", outputY, stride), padTop);
                _x0[i] = _w.Word("sub.s32", _w.Word("mul.lo.s32", outputX, stride), padLeft);
                // The pixel under the first tap, which may lie outside; then the address is not read.
                string first = _w.Word("mad.lo.s32", y, Width, _x0[i]);
                string at = _w.Word("mad.lo.s32", sample, samplePixels, first);
                _left[i] = Pointer(_x, _w.Long("mul.wide.s32", at, _channels));
                string inside = _w.Predicate("setp.lt.s32", row, _rows);
                _y[i] = _w.Word("selp.b32", y, Constant(Outside), inside);
            }
        }

        public void PrepareWeights()
        {
            string inner = _w.Word("mul.lo.s32", _taps, _channels);
            for (int i = 0; i < _right.Length; i++)
            {
                string column = _w.Word("add.s32", _firstColumn, _w.Word("add.s32", _line, Constant(i * RowsInFlight)));
                _rightInside[i] = _w.Predicate("setp.lt.s32", column, _columns);
                _right[i] = Pointer(_weight, _w.Long("mul.wide.s32", column, inner));
            }
        }

        /// <summary>Asks for the next step's chunks if there is one, and closes the group of copies either way: groups are counted by the wait.</summary>
        public void IssueIfAny(string stage)
        {
            string skip = _w.Label();
            _w.When(_w.Predicate("setp.ge.s32", _issued, Steps), "bra.uni", skip);
            Issue(stage);
            Advance();
            _w.Mark(skip);
            _w.Op("cp.async.commit_group");
        }

        void Issue(string stage)
        {
            string destination = _w.Word("add.s32", _destination, stage);
            string inChannels = _w.Predicate("setp.lt.s32", _w.Word("add.s32", _channel, _chunkChannel), _channels);
            for (int i = 0; i < _left.Length; i++)
            {
                string inside = _owner._variant.Pointwise ? _leftInside[i] : InImage(i);
                Copy(At(destination, i * RowsInFlight * RowBytes), _left[i], _leftOffset, inside, inChannels);
            }
            for (int i = 0; i < _right.Length; i++)
                Copy(At(destination, (_owner._tile.Rows + i * RowsInFlight) * RowBytes), _right[i], _rightOffset, _rightInside[i], inChannels);
        }

        string InImage(int i)
        {
            // Unsigned comparisons refuse negative coordinates too.
            string inRows = _w.Predicate("setp.lt.u32", _w.Word("add.s32", _y[i], _tapY), Height);
            string inColumns = _w.Predicate("setp.lt.u32", _w.Word("add.s32", _x0[i], _tapX), Width);
            return _w.Predicate("and.pred", inRows, inColumns);
        }

        void Copy(string destination, string source, string offset, string inside, string inChannels)
        {
            string bytes = _w.Word("selp.b32", "16", "0", _w.Predicate("and.pred", inside, inChannels));
            _w.Op("cp.async.cg.shared.global", destination, At(_w.Long("add.s64", source, offset)), "16", bytes);
        }

        // 32 channels on; past the last of them, to the next tap.
        void Advance()
        {
            _w.Op("add.s32", _issued, _issued, "1");
            _w.Op("add.s32", _channel, _channel, Constant(ProductTile.Inner));
            string next = _w.Predicate("setp.ge.s32", _channel, _channels);
            _w.Op("selp.b32", _channel, "0", _channel, next);
            if (_owner._variant.Pointwise)
            {
                _w.Op("add.s64", _leftOffset, _leftOffset, Constant(RowBytes));
                _w.Op("add.s64", _rightOffset, _rightOffset, Constant(RowBytes));
                return;
            }
            _w.When(next, "add.s32", _tapX, _tapX, "1");
            string wrapped = _w.Predicate("setp.ge.s32", _tapX, _kernelWidth);
            _w.When(wrapped, "add.s32", _tapY, _tapY, "1");
            _w.Op("selp.b32", _tapX, "0", _tapX, wrapped);
            string pixel = _w.Word("mad.lo.s32", _tapY, Width, _tapX);
            string left = _w.Word("mad.lo.s32", pixel, _channels, _channel);
            _w.Op("mul.wide.s32", _leftOffset, left, "2");
            string tap = _w.Word("mad.lo.s32", _tapY, _kernelWidth, _tapX);
            string right = _w.Word("mad.lo.s32", tap, _channels, _channel);
            _w.Op("mul.wide.s32", _rightOffset, right, "2");
        }

        // base + 2 (elements + the thread's chunk): halves take two bytes.
        string Pointer(string origin, string elements)
        {
            string chunk = _w.Long("cvt.u64.u32", _chunkChannel);
            string bytes = _w.Long("shl.b64", _w.Long("add.s64", elements, chunk), "1");
            return _w.Long("add.s64", origin, bytes);
        }
    }
}
