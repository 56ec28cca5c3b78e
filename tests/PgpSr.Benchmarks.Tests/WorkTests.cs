using PgpSr.Cpu;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks.Tests;

/// <summary>The list of work: what is spelled is what is measured, and every kernel set computes the same.</summary>
public sealed class WorkTests
{
    static IEnumerable<Work> All =>
        [.. WorkList.Categories.Values.SelectMany(list => list), .. WorkList.Device, .. WorkList.DeviceSmall];

    [Fact]
    public void Every_work_is_found_again_by_its_spelling()
    {
        foreach (Work work in All) Assert.Equal(work, WorkList.Parse(work.Operation, work.Shape));
    }

    [Theory, InlineData("linear", "3x4"), InlineData("conv3x3", "1-2@0x4"), InlineData("nosuch", "1x1x1"), InlineData("network", "nosuch@4"), InlineData("picture", "pgp-s1-x4@4")]
    public void What_is_misspelled_is_refused(string operation, string shape) =>
        Assert.Throws<FormatException>(() => WorkList.Parse(operation, shape));

    [Fact]
    public void Kernel_sets_agree_on_every_operation()
    {
        using var wide = CpuBackend.Create(new CpuBackendOptions { Threads = 1 });
        using var narrow = CpuBackend.Create(new CpuBackendOptions { Threads = 1, KernelSet = "v128" });
        foreach (Work work in WorkList.DeviceSmall)
        {
            using BackendWork a = work.Prepare(wide, DType.F16), b = work.Prepare(narrow, DType.F16);
            a.Run();
            b.Run();
            double difference = Difference.Of(a.Result(), b.Result()).Mean;
            Assert.True(difference <= work.Tolerance, $"{work.Operation} {work.Shape}: {difference:E1}");
        }
    }

    [Theory, InlineData("block", "resnet-320@4"), InlineData("block", "transformer-640@4"), InlineData("block", "vae-128@8"), InlineData("network", "pgp-s1-x4@16"),
        InlineData("network", "srvgg@4"), InlineData("network", "taesd@4"), InlineData("picture", "pgp-s1-x4@16")]
    public void Networks_blocks_and_pictures_run(string operation, string shape)
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 1 });
        using BackendWork work = WorkList.Parse(operation, shape).Prepare(backend, DType.F32);
        work.Run();
        float[] first = work.Result();
        Assert.All(first, value => Assert.True(float.IsFinite(value)));
        Assert.True(first.Distinct().Count() > first.Length / 100);
        work.Run();
        Assert.Equal(first, work.Result());
        Assert.True(work.Flops > 0 && work.PeakBytes > 0);
    }

    [Theory, InlineData("linear", "33x40x24"), InlineData("geglu", "33x40x24"), InlineData("conv3x3s2", "8-16@9x11"), InlineData("attention", "2x20x12x8"),
        InlineData("group_norm_silu", "64x9x9"), InlineData("layer_norm", "64x9x9"), InlineData("block", "transformer-640@4"), InlineData("network", "pgp-s1-x4@16"),
        InlineData("picture", "pgp-s1-x4@16")]
    public void ONNX_Runtime_computes_the_same_in_each_of_its_forms(string operation, string shape)
    {
        Work work = WorkList.Parse(operation, shape);
        using var peer = new OrtPeer();
        using PreparedWork ours = new CpuPeer(null, "f32").Prepare(work, "ours", 1)!;
        Assert.NotEmpty(peer.Forms(work));
        foreach (string form in peer.Forms(work))
        {
            using PreparedWork theirs = peer.Prepare(work, form, 1)!;
            // The first run makes the session, the second takes it.
            theirs.Run();
            theirs.Run();
            ours.Run();
            double difference = Difference.Of(theirs.Result(), ours.Result()).Mean;
            Assert.True(difference <= work.Tolerance, $"{form}: {difference:E1}");
        }
    }

    [Fact]
    public void A_gate_closes_where_a_ratio_is_missed()
    {
        if (CpuBackend.AcceleratedKernelSets.Count < 2) Assert.Skip("this processor has one kernel set");
        Work work = new LinearWork(16, 64, 64);
        Assert.True(Gate.Run([new(work, "f32", 0, 0)], TextWriter.Null));
        var told = new StringWriter();
        Assert.False(Gate.Run([new(work, "f32", 1000, 1000)], told));
        Assert.Contains("LOST", told.ToString(), StringComparison.Ordinal);
    }
}
