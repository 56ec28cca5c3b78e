using PgpSr.Tensors;

namespace PgpSr.Onnx;

/// <summary>The exchange of phases, by ONNX's transforms of complex numbers.</summary>
partial class OnnxRecorder
{
    /// <inheritdoc/>
    public override void RealFft2d(Tensor x, Tensor spectrum) => throw NoSpectra();

    /// <inheritdoc/>
    public override void InverseRealFft2d(Tensor spectrum, Tensor y) => throw NoSpectra();

    /// <inheritdoc/>
    public override void ExchangePhases(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV) => throw NoSpectra();

    /// <inheritdoc/>
    public override void PhaseExchange(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV)
    {
        string first = Spectrum(First(Get(u))), second = Spectrum(First(Get(v)));
        string firstAmplitude = Amplitude(first), secondAmplitude = Amplitude(second);
        Shape shape = u.Shape;
        string newFirst = Real(Node("Mul", [firstAmplitude, Phase(second, secondAmplitude)]));
        string newSecond = Real(Node("Mul", [secondAmplitude, Phase(first, firstAmplitude)]));
        Set(exchangedU, new OnnxValue(shape) { First = newFirst });
        Set(exchangedV, new OnnxValue(shape) { First = newSecond });
    }

    // [N, C, H, W] to the whole spectrum [N, C, H, W, 2].
    string Spectrum(string map) => Transform(Transform(Node("Unsqueeze", [map, Numbers(-1)]), 3, inverse: false), 2, inverse: false);

    string Real(string spectrum) =>
        Node("Squeeze", [
            Node("Slice", [Transform(Transform(spectrum, 2, inverse: true), 3, inverse: true), Numbers(0), Numbers(1), Numbers(-1)]),
            Numbers(-1),
        ]);

    string Transform(string x, long axis, bool inverse) => Node("DFT", [x, "", Scalar(axis)], ("inverse", inverse ? 1L : 0L), ("onesided", 0L));

    string Amplitude(string spectrum) => Node("ReduceL2", [spectrum, Numbers(-1)], ("keepdims", 1L));

    // V / |V|, and 1 where V is 0.
    string Phase(string spectrum, string amplitude)
    {
        string one = Fresh("one");
        Model.Constant(one, [1f, 0f], 2);
        return Node("Where", [Node("Greater", [amplitude, Number(0)]), Node("Div", [spectrum, amplitude]), one]);
    }

    // An axis is a number without axes of its own.
    string Scalar(long value) => Node("Squeeze", [Numbers(value)]);

    static OnnxException NoSpectra() => new("transform", "spectra are supported only within a phase exchange");
}
