using System.Runtime.InteropServices;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>Bytes of a prepared work.</summary>
/// <param name="Peak">Activations at the worst moment.</param>
/// <param name="Reserved">Held for them.</param>
/// <param name="Weights">Packed.</param>
readonly record struct WorkMemory(long Peak, long Reserved, long Weights);

/// <summary>A work on a backend: its tensors, its packed weights, and what is done with them.</summary>
sealed class BackendWork(string form, Backend backend, DType weightType, bool owned) : PreparedWork(form)
{
    readonly List<IDisposable> _owned = [];
    readonly byte[] _drain = new byte[sizeof(float)];
    Action _run = () => { };
    Func<float[]>? _read;
    Tensor? _small;

    /// <summary>Of one run; 0 if unknown.</summary>
    public double Flops { get; set; }

    /// <summary>Of a network; otherwise empty.</summary>
    public WorkMemory Memory { get; set; }

    /// <summary>Where a network is evaluated, for profiles; otherwise null.</summary>
    public Workspace? Workspace { get; set; }

    public Backend Backend => backend;

    /// <summary>What a run writes; null where that is no tensor.</summary>
    public Tensor? Written { get; private set; }

    public override void Run() => _run();

    /// <summary>Waits until everything that was queued is done.</summary>
    public void Drain()
    {
        if (_small is null) backend.Fill(0f, _small = Empty(1));
        backend.Download(_small, _drain);
    }

    public override float[] Result()
    {
        if (_read is not null) return _read();
        var values = new float[Written!.Shape.Count];
        backend.Download(Written, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>What a run is.</summary>
    public BackendWork Does(Action run)
    {
        _run = run;
        return this;
    }

    /// <summary>How the result is read where it is no tensor.</summary>
    public void ReadsResult(Func<float[]> read) => _read = read;

    public Tensor Output(params ReadOnlySpan<int> axes) => Written = Empty(axes);

    public Tensor Empty(params ReadOnlySpan<int> axes) => Own(backend.CreateTensor(new Shape(axes)));

    public Tensor Filled(float[] values, params ReadOnlySpan<int> axes)
    {
        Tensor tensor = Empty(axes);
        backend.Upload(MemoryMarshal.AsBytes<float>(values), tensor);
        return tensor;
    }

    public HostTensor Host(string name, float[] values, params ReadOnlySpan<int> axes) =>
        new(name, weightType, new Shape(axes), Noise.Narrow(values, weightType));

    public T Own<T>(T resource)
        where T : IDisposable
    {
        _owned.Add(resource);
        return resource;
    }

    public override void Dispose()
    {
        for (int i = _owned.Count - 1; i >= 0; i--) _owned[i].Dispose();
        if (owned) backend.Dispose();
    }
}
