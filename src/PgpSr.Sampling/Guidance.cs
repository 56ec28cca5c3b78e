using PgpSr.Tensors;

namespace PgpSr.Sampling;

/// <summary>Classifier-free guidance (Ho and Salimans 2022) over a batch whose first half is unconditional, its second conditional.</summary>
static class Guidance
{
    /// <summary>u + scale (c - u) of rows [2N, ...], to [N, ...].</summary>
    /// <exception cref="ArgumentException">An odd number of rows.</exception>
    public static Tensor Apply(Workspace ws, Tensor rows, float scale)
    {
        ArgumentNullException.ThrowIfNull(ws);
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Shape[0] % 2 != 0)
            throw new ArgumentException($"guidance takes unconditional and conditional rows in equal number, not {rows.Shape}", nameof(rows));
        int half = rows.Shape[0] / 2;
        return ws.Combine(1 - scale, rows.Slice(0, half), scale, rows.Slice(half, half));
    }
}
