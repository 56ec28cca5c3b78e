using System.Globalization;
using System.Text;
using PgpSr.Gpu.Ptx;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Gpu.Tests.Ptx;

/// <summary>
/// Every kernel that CUDA runs, as the assembly carries it or as its emitter writes it, compared with benchmarks/results/ptx.md. A difference that is
/// meant: run with PGPSR_WRITE_PTX_TABLE=1, look at the table's difference, and commit it.
/// </summary>
public sealed class PtxTableTests
{
    /// <summary>Growth of instructions or registers that is not worth a look.</summary>
    const double Slack = 1.1;

    /// <summary>What a thread has on every NVIDIA GPU since compute capability 3.5.</summary>
    const int MostRegisters = 255;

    static string TablePath => Path.Combine(Goldens.RepositoryRoot, "benchmarks", "results", "ptx.md");

    [Fact]
    public void Kernels_cost_what_the_table_says()
    {
        var rows = Rows();
        Assert.All(rows, r => Assert.True(r.Value.Local == 0, $"{r.Key} uses local memory {r.Value.Local} times"));
        Assert.All(rows, r => Assert.True(r.Value.LiveRegisters <= MostRegisters, $"{r.Key} has {r.Value.LiveRegisters} live registers"));
        Assert.All(rows, r => Assert.True(r.Value.SharedBytes <= 48 << 10, $"{r.Key} declares {r.Value.SharedBytes} bytes of shared memory"));
        if (Environment.GetEnvironmentVariable("PGPSR_WRITE_PTX_TABLE") == "1") File.WriteAllText(TablePath, Table(rows));

        var recorded = Recorded();
        var changed = rows.Keys.Except(recorded.Keys).Concat(recorded.Keys.Except(rows.Keys)).ToList();
        Assert.True(changed.Count == 0, $"kernels that only the code or only the table has; run once with PGPSR_WRITE_PTX_TABLE=1: {string.Join("; ", changed)}");
        Assert.All(rows, r =>
        {
            var (registers, instructions) = recorded[r.Key];
            Assert.True(r.Value.LiveRegisters <= registers * Slack, $"{r.Key}: {r.Value.LiveRegisters} live registers, the table has {registers}");
            Assert.True(r.Value.Instructions <= instructions * Slack, $"{r.Key}: {r.Value.Instructions} instructions, the table has {instructions}");
        });
    }

    [Fact]
    public void Live_registers_of_a_small_text()
    {
        // a and b (64-bit: 2 each) are live together with c, then a falls away.
        var report = PtxReport.Of(
            ".target sm_80\n{\n\tmov.u64 %rd0, 1;\n\tmov.u64 %rd1, 2;\n\tmov.u32 %r0, 3;\nL0:\n\tadd.s64 %rd1, %rd1, %rd0;\n\tsetp.lt.s32 %p0, %r0, 4;\n\t@%p0 bra L0;\n"
            + "\tst.global.b32 [%rd1], %r0;\n\tst.local.b32 [%rd1], %r0;\n\tret;\n}\n");
        Assert.Equal(5, report.LiveRegisters);
        Assert.Equal(1, report.Local);
        Assert.Equal(9, report.Instructions);
    }

    static SortedDictionary<string, PtxReport> Rows()
    {
        var rows = new SortedDictionary<string, PtxReport>(StringComparer.Ordinal);
        foreach (var (name, text) in OwnTexts()) rows.Add($"{name} | sm_80", PtxReport.Of(text));

        foreach (var kernel in CompiledKernels.All.Where(k => !k.PtxText.IsAbsent))
        {
            var report = PtxReport.Of(Encoding.ASCII.GetString(kernel.Ptx.Span));
            rows.Add($"{kernel.Name.Replace(",", ", ", StringComparison.Ordinal)} | {report.Target}", report);
        }
        return rows;
    }

    /// <summary>The tensor-core kernels that a diffusion network uses.</summary>
    static IEnumerable<(string Name, string Text)> OwnTexts()
    {
        foreach (var tile in ProductTile.All)
        {
            var plain = new ProductVariant(tile, Pointwise: true, Activation.None, Geglu: false, OddColumns: false);
            ProductVariant[] variants = [plain, plain with { Geglu = true }, plain with { Pointwise = false }];
            foreach (var variant in variants.Concat(variants.Select(v => v with { HalfResult = true })))
                yield return (variant.Name, ProductPtx.Emit(variant));
        }
        foreach (bool half in (bool[])[false, true])
        {
            foreach (var (depth, causal) in ((int, bool)[])[(32, false), (64, false), (128, false), (64, true)])
                yield return (AttentionPtx.Name(depth, causal, half), AttentionPtx.Emit(depth, causal, half));
        }
        foreach (var (aligned, halves) in ((bool, bool)[])[(true, false), (false, false), (false, true)])
            yield return (ConversionPtx.Name(aligned, halves), ConversionPtx.Emit(aligned, halves));
    }

    static string Table(SortedDictionary<string, PtxReport> rows)
    {
        var text = new StringBuilder(
            """
            # PTX of every kernel

            Written by the tests of PgpSr.Gpu (PGPSR_WRITE_PTX_TABLE=1) without a GPU, from ILGPU 1.5.3 at O2 and from our own emitters; compared at every
            run. Registers are the most that are live at one place, in 32 bits each: near what a device allocates. Instructions are those in the text,
            not those executed.

            | kernel | target | live registers | shared bytes | local | instructions | mma | ldmatrix | float multiply, add | global loads (of 16 bytes) | global stores | async copies | shared accesses | branches | barriers |
            |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|

            """);
        foreach (var (key, report) in rows) text.Append(CultureInfo.InvariantCulture, $"| {key} | {Cells(report)} |\n");
        return text.ToString();
    }

    static string Cells(PtxReport r) => string.Join(" | ", (object[])
    [
        r.LiveRegisters, r.SharedBytes, r.Local, r.Instructions, r.Count("^mma"), r.Count("^ldmatrix"), r.Count(@"^(mul|add|fma|mad|sub)\..*f32$"),
        $"{r.Count(@"^ld\.global")} ({r.Count(@"^ld\.global.*v4")})", r.Count(@"^st\.global"), r.Count(@"^cp\.async\.cg"), r.Count(@"^(ld|st)\.shared"),
        r.Count("^bra"), r.Count(@"^bar\."),
    ]);

    static Dictionary<string, (int Registers, int Instructions)> Recorded() => File.ReadLines(TablePath)
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .Where(cells => cells.Length > 6 && cells[2].StartsWith("sm_", StringComparison.Ordinal))
        .ToDictionary(
            cells => $"{cells[1]} | {cells[2]}",
            cells => (int.Parse(cells[3], CultureInfo.InvariantCulture), int.Parse(cells[6], CultureInfo.InvariantCulture)), StringComparer.Ordinal);
}
