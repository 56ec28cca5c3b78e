using System.Runtime.InteropServices;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Conformance;

/// <summary>Runs the same operations on the backend under test and on the reference, in poisoned memory, and compares.</summary>
public abstract class BackendConformance(BackendFixture fixture)
{
    // What surrounds a destination view; any write there shows. Representable in binary16.
    const float Sentinel = 12344f;

    // Roundoff of binary16's normal numbers, and half the distance of its subnormal ones.
    const double HalfRoundoff = 1.0 / (1 << 11), LeastHalfRoundoff = 1.0 / (1 << 25);

    /// <summary>The backend under test.</summary>
    protected BackendFixture Fixture { get; } = fixture;

    /// <summary>What the backend under test computes.</summary>
    protected float[] Run(Func<Workspace, Tensor> run)
    {
        var backend = Fixture.Create();
        return Run(Fixture.HalfStorage ? new HalfStorageBackend(backend, DType.F16) : backend, run);
    }

    /// <summary>What is right, for sources as they are stored.</summary>
    protected float[] Reference(Func<Workspace, Tensor> run)
    {
        var backend = new ReferenceBackend();
        return Run(Fixture.HalfStorage ? new HalfStorageBackend(backend, DType.F32) : backend, run);
    }

    /// <summary>Values as a source of the backend under test holds them.</summary>
    protected float[] Stored(float[] values) => Fixture.HalfStorage ? [.. values.Select(HalfStorageBackend.Round)] : values;

    /// <summary>A tolerance of float32 arithmetic as the backend under test needs it; a stored result is rounded once more.</summary>
    protected Tolerance Allowed(Tolerance tolerance) => new(
        tolerance.Absolute * Fixture.Precision + (Fixture.HalfStorage ? LeastHalfRoundoff : 0),
        tolerance.Relative * Fixture.Precision + (Fixture.HalfStorage ? HalfRoundoff : 0));

    /// <summary>Fails unless both backends agree within the tolerance.</summary>
    protected void Compare(Tolerance tolerance, Func<Workspace, Tensor> run) =>
        Allowed(tolerance).Assert(Fixture.Name, Reference(run), Run(run));

    /// <summary>Values in a view that begins an odd number of floats after the start of its buffer.</summary>
    protected static Tensor Offset(Workspace ws, ReadOnlySpan<float> values, Shape shape, int offset = 3)
    {
        var view = ws.Rent(new Shape(offset + checked((int)shape.Count))).Slice(offset, checked((int)shape.Count)).Reshape(shape);
        ws.Backend.Upload(MemoryMarshal.AsBytes(values), view);
        return view;
    }

    /// <summary>Gives an operation a destination inside a larger tensor and fails if anything around it changed.</summary>
    protected static Tensor Guarded(Workspace ws, Shape shape, Action<Tensor> write)
    {
        const int Before = 5, After = 67;
        int count = checked((int)shape.Count);
        var whole = ws.Rent(new Shape(Before + count + After));
        ws.Backend.Fill(Sentinel, whole);
        var view = whole.Slice(Before, count).Reshape(shape);
        write(view);
        var values = ws.Download(whole);
        Assert.All(values[..Before], x => Assert.Equal(Sentinel, x));
        Assert.All(values[(Before + count)..], x => Assert.Equal(Sentinel, x));
        return view;
    }

    static float[] Run(Backend backend, Func<Workspace, Tensor> run)
    {
        using (backend)
        {
            using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
            using var scope = ws.Scope();
            return ws.Download(run(ws));
        }
    }
}
