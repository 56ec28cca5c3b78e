using System.Runtime.InteropServices;

namespace PgpSr.Tensors.Tests;

public sealed class WidenTests
{
    static readonly ushort[] s_patterns = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];

    [Fact]
    public void Every_half_widens_exactly() => Check(DType.F16, bits => (float)BitConverter.UInt16BitsToHalf(bits));

    [Fact]
    public void Every_bfloat16_widens_exactly() => Check(DType.BF16, bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));

    [Fact]
    public void Singles_stay_what_they_are()
    {
        float[] values = [1, -0f, float.NaN, float.Epsilon, float.NegativeInfinity];
        var widened = new float[5];
        Widen.ToSingle(DType.F32, MemoryMarshal.AsBytes<float>(values), widened);
        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), widened.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void A_host_tensor_must_have_the_bytes_of_its_shape()
    {
        Assert.Throws<ArgumentException>(() => new HostTensor("a", DType.F16, new Shape(3), new byte[7]));
        Assert.Equal([1f, 2f], new HostTensor("a", DType.F32, new Shape(2), MemoryMarshal.AsBytes<float>([1f, 2f])).ToArray());
        Assert.True(default(HostTensor).IsAbsent);
    }

    // All patterns at every alignment of a vector, so that tails are walked as well.
    static void Check(DType type, Func<ushort, float> expected)
    {
        foreach (int skip in new[] { 0, 1, 5 })
        {
            var patterns = s_patterns.AsSpan(skip);
            var widened = new float[patterns.Length];
            Widen.ToSingle(type, MemoryMarshal.AsBytes(patterns), widened);
            for (int i = 0; i < widened.Length; i++)
            {
                float e = expected(patterns[i]);
                if (float.IsNaN(e)) Assert.True(float.IsNaN(widened[i]), $"{patterns[i]:x4}");
                else Assert.Equal(BitConverter.SingleToInt32Bits(e), BitConverter.SingleToInt32Bits(widened[i]));
            }
        }
    }
}
