using System.Text.RegularExpressions;
using PgpSr.Gpu.Attention;
using PgpSr.Gpu.Gemm;
using PgpSr.Gpu.Ptx;
using PgpSr.Tensors;

namespace PgpSr.Gpu.Tests.Ptx;

/// <summary>The interpreter notices what would go wrong on a device only sometimes.</summary>
public sealed class InterpreterTests
{
    static readonly string s_product = ProductPtx.Emit(
        new ProductVariant(ProductTile.Small, Pointwise: true, Activation.None, Geglu: false, OddColumns: false));

    [Theory]
    [InlineData("bar\\.sync 0;", "mov.u32 %r0, %r0;", "which nobody wrote")]
    [InlineData("cp\\.async\\.wait_group 2;", "cp.async.wait_group 3;", "before its copy was waited for")]
    [InlineData("xor\\.b32 (%r\\d+), (%r\\d+), (%r\\d+);", "mad.lo.s32 $1, $3, 0, $2;", "bank conflict")]
    public void Races_and_conflicts_are_errors(string original, string damaged, string message)
    {
        string text = Regex.Replace(s_product, original, damaged);
        Assert.NotEqual(s_product, text);
        Assert.Contains(message, Assert.Throws<InvalidOperationException>(() => Run(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_copy_into_a_place_still_being_read_is_an_error()
    {
        // Without the barrier at the head of a step, the copies of a later step meet the reads of the present one.
        var attention = AttentionPtx.Emit(128, causal: false, halfResult: false);
        int last = attention.LastIndexOf("\tbar.sync 0;\n", StringComparison.Ordinal);
        var memory = new PtxMemory();
        ushort[] tokens = new ushort[200 * 128];
        var error = Assert.Throws<InvalidOperationException>(() => PtxGroup.Launch(
            PtxProgram.Parse(attention.Remove(last, "\tbar.sync 0;\n".Length)), memory, new(1, 1, 1), AttentionPtx.Arguments(
                new AttentionShape(1, 64, 200, 1, 128, 1f, 0), memory.Upload<ushort>(tokens), memory.Upload<ushort>(tokens), memory.Upload<ushort>(tokens),
                memory.Upload<float>(new float[200 * 128]))));
        Assert.Contains("without a barrier between", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\tbar.sync 0;", "\tbar.synch 0;")]
    [InlineData("mov.u32 %r16", "mov.u32 %f16")]
    [InlineData("add.s32", "add.s64")]
    [InlineData(".target sm_80", ".target sm_70")]
    [InlineData("bra.uni L", "bra.uni M")]
    public void Text_that_no_assembler_would_take_is_refused(string original, string damaged) =>
        Assert.Throws<FormatException>(() => PtxProgram.Parse(s_product.Replace(original, damaged, StringComparison.Ordinal)));

    [Fact]
    public void Registers_are_written_before_they_are_read()
    {
        string text = s_product.Replace("\tmov.u32 %r16, %tid.x;\n", "", StringComparison.Ordinal);
        Assert.NotEqual(s_product, text);
        var error = Assert.Throws<InvalidOperationException>(() => Run(text));
        Assert.Contains("before it is written", error.Message, StringComparison.Ordinal);
    }

    static void Run(string text)
    {
        const int Size = 128;
        var memory = new PtxMemory();
        ulong factors = memory.Upload<ushort>(new ushort[Size * Size]);
        ulong floats = memory.Upload<float>(new float[Size * Size]);
        PtxGroup.Launch(
            PtxProgram.Parse(text), memory, new(1, 1, 1),
            ProductPtx.Arguments(ProductShape.Linear(Size, Size, Size, Size), factors, factors, floats, null, 0, null, floats));
    }
}
