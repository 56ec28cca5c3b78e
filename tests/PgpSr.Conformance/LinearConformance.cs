using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Conformance;

/// <summary><see cref="Backend.Linear"/>.</summary>
public abstract class LinearConformance(BackendFixture fixture) : BackendConformance(fixture)
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 7, 5)]
    [InlineData(2, 64, 16)]
    [InlineData(3, 80, 47)]
    [InlineData(5, 33, 48)]
    [InlineData(8, 48, 49)]
    [InlineData(13, 20, 96)]
    [InlineData(7, 100, 100)]
    [InlineData(33, 65, 31)]
    [InlineData(64, 12, 130)]
    [InlineData(200, 24, 40)]
    [InlineData(9, 600, 50)]
    public void Any_size(int rows, int inputs, int outputs) => Compare(inputs, ws => Apply(ws, new Shape(rows, inputs), outputs));

    [Fact]
    public void Rows_may_have_several_axes() => Compare(17, ws => Apply(ws, new Shape(2, 3, 5, 17), 33));

    [Theory]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    public void Weights_of_half_width(DType type)
    {
        Compare(37, ws => Apply(ws, new Shape(2, 9, 37), 61, type));
        Compare(37, ws => Apply(ws, new Shape(2, 9, 37), 2 * 21, type, form: LinearForm.Geglu));
    }

    [Fact]
    public void A_layer_without_bias()
    {
        Compare(30, ws => Apply(ws, new Shape(6, 30), 50, bias: false));
        Compare(30, ws => Apply(ws, new Shape(6, 30), 50, bias: false, form: LinearForm.Geglu));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(5, 6, 3)]
    [InlineData(4, 16, 8)]
    [InlineData(7, 20, 24)]
    [InlineData(19, 32, 40)]
    [InlineData(3, 64, 97)]
    public void Geglu_of_any_size(int rows, int inputs, int outputs) =>
        Compare(inputs, ws => Apply(ws, new Shape(rows, inputs), 2 * outputs, form: LinearForm.Geglu));

    [Theory]
    [CombinatorialEpilogues]
    public void Epilogues(Activation activation, bool perChannel, bool residual) =>
        Compare(22, ws =>
        {
            var data = new SeededData(3);
            using var weight = TestWeights.PackLinear(ws.Backend, 5, "linear", 22, 53);
            var epilogue = new Epilogue(
                activation,
                perChannel ? ws.Upload(data.Uniform(2 * 53), new Shape(2, 53)) : null,
                residual ? ws.Upload(data.Uniform(2 * 11 * 53), new Shape(2, 11, 53)) : null);
            return ws.Linear(ws.Upload(data.Uniform(2 * 11 * 22), new Shape(2, 11, 22)), weight, epilogue);
        });

    [Fact]
    public void Geglu_with_a_residual() =>
        Compare(22, ws =>
        {
            var data = new SeededData(4);
            using var weight = TestWeights.PackLinear(ws.Backend, 5, "linear", 22, 2 * 29, form: LinearForm.Geglu);
            var residual = ws.Upload(data.Uniform(11 * 29), new Shape(11, 29));
            return ws.Linear(ws.Upload(data.Uniform(11 * 22), new Shape(11, 22)), weight, new Epilogue(Residual: residual));
        });

    [Fact]
    public void Views_at_odd_offsets_and_nothing_written_around_the_result() =>
        Compare(18, ws =>
        {
            var data = new SeededData(5);
            using var weight = TestWeights.PackLinear(ws.Backend, 6, "linear", 18, 23);
            var x = Offset(ws, data.Uniform(10 * 18), new Shape(10, 18));
            var residual = Offset(ws, data.Uniform(10 * 23), new Shape(10, 23), 1);
            return Guarded(ws, new Shape(10, 23), y => ws.Backend.Linear(x, weight, new Epilogue(Residual: residual), y));
        });

    [Fact]
    public void A_matrix_of_no_row_is_empty() => Assert.Empty(Run(ws => Apply(ws, new Shape(0, 5), 7)));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_not_finite_fills_its_row_and_no_other(float value)
    {
        const int Rows = 15, Inputs = 20, Outputs = 33, Bad = 6;
        var y = Run(ws =>
        {
            using var weight = TestWeights.PackLinear(ws.Backend, 7, "linear", Inputs, Outputs);
            var x = new SeededData(6).Uniform(Rows * Inputs);
            x[Bad * Inputs + 19] = value;
            return ws.Linear(ws.Upload(x, new Shape(Rows, Inputs)), weight);
        });
        for (int i = 0; i < y.Length; i++)
            Assert.True(float.IsFinite(y[i]) == (i / Outputs != Bad), $"row {i / Outputs}, column {i % Outputs}: {y[i]}");
    }

    // The product of values up to 1 with weights up to sqrt(3/K); GEGLU multiplies two such sums, each at most sqrt(3 K).
    void Compare(int terms, Func<Workspace, Tensor> run) => Compare(Tolerance.Sum(terms, Math.Max(1, Math.Sqrt(3.0 / terms) * 2)), run);

    static Tensor Apply(Workspace ws, Shape shape, int rows, DType type = DType.F32, bool bias = true, LinearForm form = LinearForm.Plain)
    {
        using var weight = TestWeights.PackLinear(ws.Backend, 1, "linear", shape[-1], rows, type, bias, form);
        return ws.Linear(ws.Upload(new SeededData(2).Uniform(shape.Count), shape), weight);
    }
}
