using System.Runtime.InteropServices;

namespace PgpSr.Tensors.Tests;

public sealed class NarrowTests
{
    [Theory]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    public void Every_pattern_comes_back_from_its_width(DType type)
    {
        ushort[] patterns = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)], found = new ushort[patterns.Length];
        var widened = new float[patterns.Length];
        Widen.ToSingle(type, MemoryMarshal.AsBytes<ushort>(patterns), widened);
        Narrow.FromSingle(type, widened, MemoryMarshal.AsBytes(found.AsSpan()));
        var again = new float[patterns.Length];
        Widen.ToSingle(type, MemoryMarshal.AsBytes(found.AsSpan()), again);
        for (int i = 0; i < patterns.Length; i++)
            Assert.True(float.IsNaN(widened[i]) ? float.IsNaN(again[i]) : patterns[i] == found[i], $"{patterns[i]:x4} became {found[i]:x4}");
    }

    [Theory]
    [InlineData(DType.F16, 1 / 2048f)]
    [InlineData(DType.BF16, 1 / 256f)]
    public void Middles_go_to_the_even_neighbor(DType type, float half)
    {
        // 1 is even, its upper neighbor odd, the next one even.
        float[] values = [1 + half, MathF.BitIncrement(1 + half), 1 + 3 * half, -(1 + half)], back = new float[4];
        ushort[] narrow = new ushort[4];
        Narrow.FromSingle(type, values, MemoryMarshal.AsBytes(narrow.AsSpan()));
        Widen.ToSingle(type, MemoryMarshal.AsBytes<ushort>(narrow), back);
        Assert.Equal([1, 1 + 2 * half, 1 + 4 * half, -1], back);
    }
}
