using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>
/// y[rows, outputs] = x[rows, inputs] * weight[outputs, inputs]ᵀ + bias; a gated one has twice the columns, the second half's GELU times the first.
/// Shape: <c>rows x inputs x outputs</c>.
/// </summary>
sealed record LinearWork(int Rows, int Inputs, int Outputs, bool Gated = false) : Work(Gated ? "geglu" : "linear", $"{Rows}x{Inputs}x{Outputs}")
{
    int Columns => Gated ? 2 * Outputs : Outputs;

    public override double Flops => 2.0 * Rows * Inputs * Columns;

    public override double Bytes => 4.0 * Rows * (Inputs + Outputs) + 2.0 * Inputs * Columns;

    public override bool HasWeights => true;

    protected override Action Prepared(BackendWork work)
    {
        Tensor x = work.Filled(new(Rows, Inputs)), y = work.Output(new(Rows, Outputs));
        PackedLinear packed = work.Own(work.Backend.PackLinear(
            work.Weight(new(Columns, Inputs)), work.Weight(new(Columns)), Gated ? LinearForm.Geglu : LinearForm.Plain));
        return () => work.Backend.Linear(x, packed, default, y);
    }

    internal static Work? Parse(string operation, string shape) =>
        operation is "linear" or "geglu" && Sizes(shape, "x", 3) is [1, .. var s] ? new LinearWork(s[0], s[1], s[2], operation == "geglu") : null;
}
