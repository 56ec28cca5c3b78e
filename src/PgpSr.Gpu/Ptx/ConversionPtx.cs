using ILGPU;
using PgpSr.Gpu.Gemm;
using static PgpSr.Gpu.Ptx.PtxWriter;

namespace PgpSr.Gpu.Ptx;

/// <summary>
/// Activations to the factors of tensor cores, binary16: rows of channels, padded with zeros to a multiple of 8. One thread, eight neighbors.
/// Values beyond a half's range become its largest: an infinity would turn whole pictures into NaN, and PyTorch's half-precision autoencoder
/// is known for it. NaN stays NaN.
/// </summary>
static class ConversionPtx
{
    public const int Threads = 256;
    const float LargestHalf = 65504f;

    public static string Name(bool aligned, bool halves) => $"convert_F16{(aligned ? "" : "_padded")}{(halves ? "_half" : "")}";

    /// <summary>Groups along each axis for so many eights of values.</summary>
    public static Index3D Grid(int eights) => new((eights + Threads - 1) / Threads, 1, 1);

    /// <summary>Eights of the padded result of rounding <paramref name="count"/> values in rows of <paramref name="channels"/>.</summary>
    public static int Eights(long count, int channels) => checked((int)(count / channels * (ProductShape.Padded(channels) / 8)));

    /// <summary>What a launch passes, in the order of the kernel's parameters.</summary>
    public static ulong[] Arguments(ulong x, ulong y, int eights, int channels) => [x, y, (uint)eights, (uint)channels];

    /// <param name="aligned">The channels are a multiple of 8: rows follow each other without padding, and loads take 16 bytes.</param>
    /// <param name="halves">The activations are binary16 already and only have to be padded; of rows that need no padding, one by one.</param>
    public static string Emit(bool aligned, bool halves)
    {
        var w = new PtxWriter();
        string x = w.PointerParameter("x");
        string y = w.PointerParameter("y");
        string count = w.WordParameter("count"); // groups of eight
        string channels = w.WordParameter("channels");
        string group = w.Word("mad.lo.s32", w.Word("mov.u32", "%ctaid.x"), Constant(Threads), w.Word("mov.u32", "%tid.x"));
        string end = w.Label();
        w.When(w.Predicate("setp.ge.u32", group, count), "bra", end);

        string[] values = w.Floats(8);
        if (aligned && !halves)
        {
            string from = w.Long("add.s64", x, w.Long("mul.wide.u32", group, "32"));
            w.Op("ld.global.v4.f32", Vector(values.AsSpan(0, 4)), At(from));
            w.Op("ld.global.v4.f32", Vector(values.AsSpan(4, 4)), At(from, 16));
        }
        else
        {
            string groups = w.Word("shr.u32", w.Word("add.s32", channels, "7"), "3");
            string row = w.Word("div.u32", group, groups);
            string channel = w.Word("shl.b32", w.Word("sub.s32", group, w.Word("mul.lo.s32", row, groups)), "3");
            string element = w.Long("add.s64", w.Long("mul.wide.u32", row, channels), w.Long("cvt.u64.u32", channel));
            string from = w.Long("add.s64", x, w.Long("shl.b64", element, halves ? "1" : "2"));
            for (int i = 0; i < values.Length; i++)
            {
                w.Op("mov.f32", values[i], Constant(0f));
                string exists = w.Predicate("setp.lt.s32", w.Word("add.s32", channel, Constant(i)), channels);
                if (!halves)
                {
                    w.When(exists, "ld.global.f32", values[i], At(from, i * 4));
                    continue;
                }
                string stored = w.Half("mov.b16", "0");
                w.When(exists, "ld.global.b16", stored, At(from, i * 2));
                w.Op("cvt.f32.f16", values[i], stored);
            }
        }

        var packed = new string[4];
        for (int i = 0; i < packed.Length; i++) packed[i] = Pack(w, Clamp(w, values[i * 2]), Clamp(w, values[i * 2 + 1]));
        string to = w.Long("add.s64", y, w.Long("mul.wide.u32", group, "16"));
        w.Op("st.global.v4.b32", At(to), Vector(packed));
        w.Mark(end);
        return w.Finish(Name(aligned, halves), Threads);
    }

    /// <summary>Two floats rounded into one register, the first in its lower half.</summary>
    internal static string Pack(PtxWriter w, string low, string high) => w.Word("cvt.rn.f16x2.f32", high, low);

    internal static string Clamp(PtxWriter w, string value) =>
        w.Float("max.NaN.f32", w.Float("min.NaN.f32", value, Constant(LargestHalf)), Constant(-LargestHalf));
}
