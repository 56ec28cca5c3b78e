using System.Runtime.InteropServices;
using PgpSr.Tensors;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace PgpSr.Benchmarks.Gpu;

/// <summary>An operation with its tensors on a device.</summary>
sealed class PreparedWork(Backend backend) : IDisposable
{
    readonly List<IDisposable> _owned = [];
    int _seed = 1;

    public required Action Run { get; set; }

    public required Tensor Result { get; set; }

    /// <summary>A tensor of values in [-scale, scale], the same on every backend.</summary>
    public Tensor Random(float scale, params ReadOnlySpan<int> axes)
    {
        var tensor = Own(backend.CreateTensor(new Shape(axes)));
        float[] values = Values((int)tensor.Shape.Count, scale);
        backend.Upload(MemoryMarshal.AsBytes<float>(values), tensor);
        return tensor;
    }

    public Tensor Empty(params ReadOnlySpan<int> axes) => Own(backend.CreateTensor(new Shape(axes)));

    /// <summary>Binary16 weights as a checkpoint holds them, with a spread that keeps results near 1.</summary>
    public byte[] Weights(int count, int terms)
    {
        float[] values = Values(count, MathF.Sqrt(3f / terms));
        byte[] bytes = new byte[count * 2];
        TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<byte, Half>(bytes.AsSpan()));
        return bytes;
    }

    public T Own<T>(T resource)
        where T : IDisposable
    {
        _owned.Add(resource);
        return resource;
    }

    public void Dispose()
    {
        foreach (var resource in _owned) resource.Dispose();
    }

    // A linear congruential generator (Knuth's MMIX): fast, and equal everywhere.
    float[] Values(int count, float scale)
    {
        ulong state = (ulong)_seed++;
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            state = state * 6364136223846793005 + 1442695040888963407;
            values[i] = ((int)(state >> 40) - (1 << 23)) * (scale / (1 << 23));
        }
        return values;
    }
}
