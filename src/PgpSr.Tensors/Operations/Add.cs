namespace PgpSr.Tensors;

// An operation that others compute, whole in one file: every backend has it, rehearsals, recorders and tests' too. A backend that is faster overrides
// the first method.
public abstract partial class Backend
{
    /// <summary>y = a + b, same shapes. y may be either.</summary>
    public virtual void Add(Tensor a, Tensor b, Tensor y) => Combine(1, a, 1, b, y);
}

public sealed partial class Workspace
{
    /// <summary>a + b.</summary>
    public Tensor Add(Tensor a, Tensor b)
    {
        CheckSame(a, b);
        var y = Rent(a.Shape, a.Type);
        Backend.Add(a, b, y);
        return y;
    }
}
