using System.Runtime.InteropServices;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Cpu.Tests;

/// <summary>One linear layer or convolution with its data, to be run on any backend.</summary>
sealed class MatrixCase
{
    readonly Conv2dGeometry? _geometry;
    readonly LinearForm _form;
    readonly StoredWeights _weight;
    readonly float[]? _bias;
    readonly float[]? _perChannel;
    readonly float[]? _residual;
    readonly Activation _activation;
    readonly Shape _y;
    readonly int _samples;
    readonly double _norm;

    /// <param name="seed">Of all data.</param>
    /// <param name="x">Shape of the input.</param>
    /// <param name="type">Element type of the weight.</param>
    /// <param name="rows">Rows of the weight.</param>
    /// <param name="geometry">Of a convolution; null for a matrix.</param>
    /// <param name="form">Of a matrix.</param>
    /// <param name="activation">In the epilogue.</param>
    /// <param name="bias">With a bias.</param>
    /// <param name="perChannel">With a per-channel term.</param>
    /// <param name="residual">With a residual.</param>
    public MatrixCase(
        int seed, Shape x, DType type, int rows, Conv2dGeometry? geometry = null, LinearForm form = LinearForm.Plain,
        Activation activation = Activation.None, bool bias = true, bool perChannel = false, bool residual = false)
    {
        var data = new SeededData(seed);
        int inputs = x[-1], outputs = form == LinearForm.Geglu ? rows / 2 : rows;
        Terms = geometry is { } g ? g.KernelHeight * g.KernelWidth * inputs : inputs;
        // Results of about unit size, so that activations are tried where they bend.
        float scale = 2 / MathF.Sqrt(Math.Max(1, Terms));
        _norm = scale * (form == LinearForm.Geglu ? 8 : 1); // a gated product: each error times the other factor, a few units at most
        _geometry = geometry;
        _form = form;
        _activation = activation;
        _samples = x[0];
        X = data.Uniform(x.Count);
        XShape = x;
        var shape = geometry is { } c ? new Shape(rows, inputs, c.KernelHeight, c.KernelWidth) : new Shape(rows, inputs);
        _weight = StoredWeights.From(type, shape, data.Uniform(shape.Count, -scale, scale));
        _bias = bias ? data.Uniform(rows) : null;
        _y = geometry is { } o ? new Shape(x[0], o.OutputHeight(x[1]), o.OutputWidth(x[2]), rows) : x.WithLast(outputs);
        _perChannel = perChannel ? data.Uniform((long)_samples * outputs) : null;
        _residual = residual ? data.Uniform(_y.Count) : null;
    }

    public float[] X { get; }

    public Shape XShape { get; }

    public int Terms { get; }

    /// <summary>Of the sum, the bias and a smooth activation with a slope of at most 1.13.</summary>
    public Tolerance Tolerance => Tolerance.Sum(Terms, _norm) with { Relative = 16 * Tolerance.UnitRoundoff };

    public float[] Run(Backend backend)
    {
        using var x = backend.CreateTensor(XShape);
        Upload(backend, X, x);
        using var y = backend.CreateTensor(_y);
        var values = new float[_y.Count];
        Array.Fill(values, float.NaN);
        Upload(backend, values, y);
        using var perChannel = _perChannel is null ? null : backend.CreateTensor(new Shape(_samples, _y[-1]));
        if (perChannel is not null) Upload(backend, _perChannel!, perChannel);
        using var residual = _residual is null ? null : backend.CreateTensor(_y);
        if (residual is not null) Upload(backend, _residual!, residual);
        var epilogue = new Epilogue(_activation, perChannel, residual);
        if (_geometry is { } geometry)
        {
            using var packed = PackConv(backend, geometry);
            backend.Conv2d(x, packed, epilogue, y);
        }
        else
        {
            using var packed = PackLinear(backend);
            backend.Linear(x, packed, epilogue, y);
        }
        backend.Download(y, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    public PackedConv2d PackConv(Backend backend, Conv2dGeometry geometry) => backend.PackConv2d(_weight.Tensor, Bias(), geometry);

    public PackedLinear PackLinear(Backend backend) => backend.PackLinear(_weight.Tensor, Bias(), _form);

    HostTensor Bias() =>
        _bias is null ? default : new HostTensor("bias", DType.F32, new Shape(_bias.Length), MemoryMarshal.AsBytes(_bias.AsSpan()));

    static void Upload(Backend backend, float[] values, Tensor to) => backend.Upload(MemoryMarshal.AsBytes(values.AsSpan()), to);

    /// <summary>Compares every kernel set with the reference, a convolution in the direct way or in Winograd's.</summary>
    public void Check(string what, ConvMethod method = ConvMethod.Direct)
    {
        // Winograd's transforms make the error of white noise 4.8 times that of as long a sum: the root of what the matrices' squares add up to.
        var tolerance = method == ConvMethod.Direct ? Tolerance : Tolerance with { Absolute = 4.8 * Tolerance.Absolute };
        using var reference = new ReferenceBackend();
        float[] expected = Run(reference);
        foreach (string set in CpuBackend.AvailableKernelSets)
        {
            using var backend = CpuBackend.Create(new CpuBackendOptions { KernelSet = set, Threads = 2, ConvMethod = method });
            tolerance.Assert($"{what}, {set}", expected, Run(backend));
        }
    }
}
