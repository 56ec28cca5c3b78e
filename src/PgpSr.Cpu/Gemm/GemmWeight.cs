using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>
/// A weight [rows, inputs, taps] as the micro-kernel reads it: panels of output columns in the element type of the file, each panel with its
/// inputs tap by tap, and the bias in panel order. A matrix is a weight with one tap.
/// </summary>
/// <remarks>
/// float32 elements lie as the kernel loads them. 16-bit elements lie in pairs of two consecutive inputs for each column, because two loads'
/// worth widens from one register with shifts and masks only; an odd number of inputs is padded to an even one.
/// For GEGLU a panel holds vectors of values and then as many of gates, so that a tile has both.
/// </remarks>
sealed unsafe class GemmWeight : IDisposable
{
    // Of 512 bits.
    const int MostLanes = 16;

    readonly NativeMemoryBlock _elements;
    readonly NativeMemoryBlock _bias;

    /// <param name="type">Element type.</param>
    /// <param name="inputs">Inner size of each tap.</param>
    /// <param name="taps">Kernel positions; 1 for a matrix.</param>
    /// <param name="rows">Rows of the stored weight.</param>
    /// <param name="form">How rows become outputs.</param>
    /// <param name="lanes">Lanes of a vector.</param>
    /// <param name="panelVectors">Vectors of a full panel.</param>
    /// <param name="padding">16-bit weights: inputs of each tap are padded with zeros to a multiple of this even number.</param>
    public GemmWeight(DType type, int inputs, int taps, int rows, LinearForm form, int lanes, int panelVectors, int padding = 2)
    {
        Type = type;
        Inputs = inputs;
        Taps = taps;
        Form = form;
        Lanes = lanes;
        PanelVectors = panelVectors;
        Outputs = form == LinearForm.Geglu ? rows / 2 : rows;
        StoredInputs = type == DType.F32 ? inputs : checked(inputs + padding - 1) / padding * padding;
        HasWholeSteps = type == DType.BF16 && padding == Bfloat16Kernels.InputPadding && StoredInputs > 0;
        int padded = checked(Outputs + lanes - 1) / lanes * lanes;
        PaddedColumns = form == LinearForm.Geglu ? checked(2 * padded) : padded;
        PanelElements = checked((long)StoredInputs * taps * panelVectors * lanes);
        ByteCount = BytesOf(type, inputs, taps, rows, form, padding);
        _elements = new NativeMemoryBlock(checked((long)StoredInputs * taps * PaddedColumns * type.Size()));
        _bias = new NativeMemoryBlock((long)PaddedColumns * sizeof(float));
    }

    public DType Type { get; }

    public int Inputs { get; }

    public int Taps { get; }

    public LinearForm Form { get; }

    public int Lanes { get; }

    public int PanelVectors { get; }

    /// <summary>Channels of the result.</summary>
    public int Outputs { get; }

    /// <summary>Inputs of each tap as stored: even for 16-bit elements.</summary>
    public int StoredInputs { get; }

    /// <summary>Whether the assembled bfloat16 kernels can read it as well: bfloat16 elements, inputs padded to their steps.</summary>
    public bool HasWholeSteps { get; }

    /// <summary>Columns of all panels: values and gates, padded to whole vectors.</summary>
    public int PaddedColumns { get; }

    /// <summary>Elements from one panel to the next.</summary>
    public long PanelElements { get; }

    /// <summary>False if an infinity or NaN is among the elements: then 16-bit ones are widened the slow way.</summary>
    public bool IsFinite { get; set; } = true;

    public int Panels => (PaddedColumns / Lanes + PanelVectors - 1) / PanelVectors;

    /// <summary>Elements in panel order.</summary>
    public byte* Elements => _elements.Pointer;

    /// <summary>Bias in panel order, zeros where there is none.</summary>
    public float* Bias => (float*)_bias.Pointer;

    /// <summary>See <see cref="BytesOf"/>.</summary>
    public long ByteCount { get; }

    /// <summary>Bytes as the widest kernels hold them; narrower ones pad less. Plans count on it, which are the same on every machine.</summary>
    public static long BytesOf(DType type, int inputs, int taps, int rows, LinearForm form, int padding = 2)
    {
        int outputs = form == LinearForm.Geglu ? rows / 2 : rows, stored = type == DType.F32 ? inputs : checked(inputs + padding - 1) / padding * padding;
        int padded = checked(outputs + MostLanes - 1) / MostLanes * MostLanes * (form == LinearForm.Geglu ? 2 : 1);
        return checked((long)stored * taps * padded * type.Size() + (long)padded * sizeof(float));
    }

    /// <summary>Vectors of one panel: all, but for the last.</summary>
    public int Vectors(int panel) => Math.Min(PanelVectors, PaddedColumns / Lanes - panel * PanelVectors);

    /// <summary>Output channels before those of a panel.</summary>
    public int FirstOutput(int panel) => panel * PanelVectors * Lanes / (Form == LinearForm.Geglu ? 2 : 1);

    /// <summary>Row of the stored weight that is column <paramref name="column"/> of a panel, or -1 for padding.</summary>
    public int SourceRow(int panel, int column)
    {
        int first = FirstOutput(panel);
        if (Form == LinearForm.Plain) return first + column < Outputs ? first + column : -1;
        int half = Vectors(panel) / 2 * Lanes, output = first + column % half;
        return output >= Outputs ? -1 : column < half ? output : Outputs + output;
    }

    public void Dispose()
    {
        _elements.Dispose();
        _bias.Dispose();
    }
}

/// <summary>A matrix packed for the CPU's kernels.</summary>
sealed class CpuPackedLinear(string name, GemmWeight weight) : PackedLinear(name, weight.Inputs, weight.Outputs, weight.Form)
{
    public GemmWeight Weight { get; } = weight;

    public override long ByteCount => Weight.ByteCount;

    protected override void Dispose(bool disposing) => Weight.Dispose();
}
