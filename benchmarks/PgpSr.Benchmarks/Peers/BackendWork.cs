using System.Runtime.InteropServices;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Benchmarks;

/// <summary>A work on a backend: its tensors, its packed weights, and what is done with them. Numbers are the same every time.</summary>
sealed class BackendWork(string form, Backend backend, DType weightType, bool owned) : PreparedWork(form)
{
    readonly List<IDisposable> _owned = [];
    Tensor? _small;
    int _seed;

    public Backend Backend => backend;

    public DType WeightType => weightType;

    /// <summary>Of one run; 0 if unknown.</summary>
    public double Flops { get; set; }

    /// <summary>Of a network or picture: activations at the worst moment; otherwise 0.</summary>
    public long PeakBytes { get; set; }

    /// <summary>Of a network, packed.</summary>
    public long WeightBytes { get; set; }

    /// <summary>Where a network is evaluated, for profiles; otherwise null.</summary>
    public Workspace? Workspace { get; set; }

    /// <summary>What a run is.</summary>
    public Action Does { get; set; } = () => { };

    /// <summary>How the result is read where it is no tensor.</summary>
    public Func<float[]>? Read { get; set; }

    /// <summary>What a run writes; null where that is no tensor.</summary>
    public Tensor? Written { get; private set; }

    public override void Run() => Does();

    /// <summary>Waits until everything that was queued is done.</summary>
    public void Drain()
    {
        if (_small is null) backend.Fill(0f, _small = Empty(new(1)));
        Values(_small);
    }

    public override float[] Result() => Read?.Invoke() ?? Values(Written!);

    float[] Values(Tensor tensor)
    {
        var values = new float[tensor.Shape.Count];
        backend.Download(tensor, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    public Tensor Output(Shape shape) => Written = Empty(shape);

    public Tensor Empty(Shape shape) => Own(backend.CreateTensor(shape));

    /// <summary>Noise in [-scale, scale).</summary>
    public Tensor Filled(Shape shape, float scale = 1)
    {
        Tensor tensor = Empty(shape);
        backend.Upload(MemoryMarshal.AsBytes<float>(Noise(shape, scale, ++_seed)), tensor);
        return tensor;
    }

    /// <summary>What <see cref="Filled"/> fills in; the first tensor of a work has seed 1.</summary>
    public static float[] Noise(Shape shape, float scale, int seed) => new SeededData(seed).Uniform(shape.Count, -scale, scale);

    /// <summary>A weight or a bias whose values all types hold exactly, so that each computes the same; sums of products are near 1.</summary>
    public HostTensor Weight(Shape shape)
    {
        float scale = shape.Rank == 1 ? 1 : float.Sqrt(3f * shape[0] / shape.Count);
        float[] values = Noise(shape, scale, ++_seed);
        foreach (ref float value in values.AsSpan())
            value = (float)(Half)BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000);
        byte[] bytes = new byte[values.Length * weightType.Size()];
        Narrow.FromSingle(weightType, values, bytes);
        return new(shape.Rank == 1 ? "bias" : "weight", weightType, shape, bytes);
    }

    /// <summary>A shape's sizes, as libraries take them.</summary>
    public static long[] Axes(Shape shape) => [.. Enumerable.Range(0, shape.Rank).Select(axis => (long)shape[axis])];

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
