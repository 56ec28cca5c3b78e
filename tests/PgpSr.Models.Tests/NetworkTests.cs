using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Models.Tests;

public sealed class NetworkTests : IDisposable
{
    readonly ReferenceBackend _backend = new();

    public void Dispose() => _backend.Dispose();

    [Fact]
    public void Rows_of_a_batch_do_not_see_each_other()
    {
        using var unet = Tiny(Topologies.Tiny);
        float[] one = TinyRun.Output(_backend, unet), three = TinyRun.Output(_backend, unet, rows: 3);
        for (int row = 0; row < 3; row++) Assert.Equal(one, three.AsSpan(row * one.Length, one.Length).ToArray());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(2, 7)]
    public void Any_latent_size_comes_back_as_it_went_in(int height, int width)
    {
        using var unet = Tiny(Topologies.Tiny);
        var y = TinyRun.Output(_backend, unet, 1, height, width);
        Assert.Equal(height * width * 4, y.Length);
        Assert.All(y, value => Assert.True(float.IsFinite(value)));
    }

    public static TheoryData<string> Forms() =>
        ["no middle", "one ResNet in the middle", "no context", "no added numbers", "four levels", "no attention at all"];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_form_runs_and_leaves_no_memory_behind(string form)
    {
        var tiny = Topologies.Tiny;
        var config = form switch
        {
            "no middle" => tiny with { Middle = null },
            "one ResNet in the middle" => tiny with { Middle = new(32, 2, UnetStageConfig.NoTransformer) },
            "no context" => tiny with { ContextChannels = 0 },
            "no added numbers" => tiny with { AddedCondition = null },
            "no attention at all" => tiny with
            {
                ContextChannels = 0,
                Down = [new(16, 1, [-1], true), new(32, 2, [-1], false)],
                Middle = new(32, 2, -1),
                Up = [new(32, 2, [-1, -1], true), new(16, 1, [-1, -1], false)],
            },
            _ => tiny with
            {
                Down = [new(16, 1, [-1], true), new(16, 1, [1], true), new(32, 2, [1], true), new(32, 2, [0], false)],
                Up = [new(32, 2, [1, 1], true), new(32, 2, [2, -1], true), new(16, 1, [1, 1], true), new(16, 1, [-1, 0], false)],
            },
        };
        using var unet = Tiny(config);
        using var ws = new Workspace(_backend, new WorkspaceOptions { Poison = true });
        var x = ws.Upload(new SeededData(1).Uniform(9 * 8 * 4), new Shape(1, 9, 8, 4));
        var condition = TinyRun.Condition(ws, config, 1);
        long before = ws.LiveBytes;
        using (ws.Scope())
        {
            var y = unet.Forward(ws, x, 10, condition);
            Assert.Equal(x.Shape, y.Shape);
            Assert.All(ws.Download(y), value => Assert.True(float.IsFinite(value)));
            // All that the forward pass leaves is its result.
            Assert.Equal(before + ((y.ByteCount + 63) & -64), ws.LiveBytes);
        }
        Assert.False(x.IsReturned);
    }

    [Fact]
    public void Text_projected_once_gives_the_same_bytes()
    {
        using var unet = Tiny(Topologies.Tiny);
        using var other = Tiny(Topologies.Tiny);
        using var ws = new Workspace(_backend, new WorkspaceOptions { Poison = true });
        var x = ws.Upload(new SeededData(1).Uniform(2 * 6 * 5 * 4), new Shape(2, 6, 5, 4));
        var condition = TinyRun.Condition(ws, Topologies.Tiny, 2);
        long before = ws.LiveBytes;
        using (var keys = unet.ProjectText(ws, condition.Context!))
        {
            float[] expected = ws.Download(unet.Forward(ws, x, 10, condition));
            for (int step = 0; step < 2; step++) Assert.Equal(expected, ws.Download(unet.Forward(ws, x, 10, condition with { TextKeys = keys })));
            Assert.Throws<InvalidOperationException>(() => other.Forward(ws, x, 10, condition with { TextKeys = keys }));
        }
        Assert.Equal(before + 3 * 2 * 6 * 5 * 4 * 4, ws.LiveBytes);
    }

    [Fact]
    public void What_a_condition_lacks_is_named()
    {
        using var unet = Tiny(Topologies.Tiny);
        using var ws = new Workspace(_backend);
        var x = ws.Rent(new Shape(1, 4, 4, 4));
        var condition = TinyRun.Condition(ws, Topologies.Tiny, 1);
        Assert.Contains("text states [1, T, 12]",
            Assert.Throws<ArgumentException>(() => unet.Forward(ws, x, 1, condition with { Context = null })).Message, StringComparison.Ordinal);
        Assert.Contains("pooled text [1, 8]",
            Assert.Throws<ArgumentException>(() => unet.Forward(ws, x, 1, condition with { Pooled = null })).Message, StringComparison.Ordinal);
        Assert.Contains("6 sizes", Assert.Throws<ArgumentException>(() => unet.Forward(ws, x, 1, condition with { Numbers = [1, 2] })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_probe_sees_every_level_and_block_and_changes_nothing()
    {
        using var unet = Tiny(Topologies.Tiny);
        var probe = new Recorder();
        Assert.Equal(TinyRun.Output(_backend, unet), TinyRun.Output(_backend, unet, probe: probe));
        Assert.Equal(["down_blocks.0 [1, 6, 4, 16]", "down_blocks.1 [1, 3, 2, 32]", "mid_block [1, 3, 2, 32]", "up_blocks.0 [1, 3, 2, 32]",
            "up_blocks.1 [1, 6, 4, 16]"], probe.Stages);
        Assert.Equal(
            [
                "down_blocks.1.attentions.0.transformer_blocks.0", "mid_block.attentions.0.transformer_blocks.0",
                    "up_blocks.0.attentions.0.transformer_blocks.0",
                "up_blocks.0.attentions.0.transformer_blocks.1", "up_blocks.0.attentions.1.transformer_blocks.0",
            ],
            probe.Blocks);
    }

    [Theory]
    [InlineData(64, 64, 1)]
    [InlineData(64, 64, 2)]
    [InlineData(128, 128, 2)]
    public void Activation_memory_of_SDXL_is_what_lives_at_the_worst_moment(int height, int width, int rows)
    {
        using var backend = new WeightlessBackend();
        using var source = new ZeroSource(Unet.Declare(UnetConfig.Sdxl));
        using var unet = Unet.Load(source, backend, UnetConfig.Sdxl);
        var plan = Workspace.Plan(backend, ws =>
        {
            using var scope = ws.Scope();
            unet.Forward(ws, ws.Rent(new Shape(rows, height, width, 4)), 1, new UnetCondition(
                ws.Rent(new Shape(rows, 77, 2048)), ws.Rent(new Shape(rows, 1280)), [.. Enumerable.Repeat(0f, 6 * rows)]));
        });
        // In the first ResNet of the outermost level up: its input of 960 channels, that normalized, conv1's 320, and two skips of 320 that wait.
        long worst = 4L * rows * height * width * (960 + 960 + 320 + 2 * 320);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{height}x{width} x {rows}: live {worst:N0}, peak {plan.PeakBytes:N0}, arena {plan.ArenaBytes:N0}, {plan.MultiplyAdds / 1e9:N1} GMAC");
        Assert.InRange(plan.PeakBytes, worst, worst * 1.1);
        Assert.InRange(plan.ArenaBytes, plan.PeakBytes, worst * 1.3);
        // 794.4 and 3380.6 GMAC a row (method 2.2) at 64x64 and 128x128.
        Assert.Equal(rows * (height == 64 ? 794.4e9 : 3380.6e9), plan.MultiplyAdds, rows * 0.2e9);
    }

    [Fact]
    public void Pruning_saves_the_multiply_adds_it_should()
    {
        Assert.Equal(555.4e9, MultiplyAdds(Topologies.Coarse), 0.1e9);
        Assert.Equal(375.4e9, MultiplyAdds(Topologies.PairsRemoved), 0.1e9);
    }

    static double MultiplyAdds(UnetConfig config)
    {
        using var backend = new WeightlessBackend();
        using var source = new ZeroSource(Unet.Declare(config));
        using var unet = Unet.Load(source, backend, config);
        return Workspace.Plan(backend, ws => unet.Forward(
            ws, ws.Rent(new Shape(1, 64, 64, 4)), 1,
                new UnetCondition(ws.Rent(new Shape(1, 77, 2048)), ws.Rent(new Shape(1, 1280)), [0, 0, 0, 0, 0, 0]))).MultiplyAdds;
    }

    Unet Tiny(UnetConfig config)
    {
        using var source = new GeneratedSource(1, Unet.Declare(config));
        return Unet.Load(source, _backend, config);
    }

    sealed class Recorder : FeatureProbe
    {
        public List<string> Stages { get; } = [];

        public List<string> Blocks { get; } = [];

        public override void OnStage(Workspace ws, string path, Tensor output) => Stages.Add($"{path} {output.Shape}");

        public override void OnBlock(Workspace ws, string path, Tensor input, Tensor output)
        {
            Blocks.Add(path);
            Assert.Equal(input.Shape, output.Shape);
            Assert.NotEqual(ws.Download(input), ws.Download(output));
            Assert.All(ws.Download(input), value => Assert.True(float.IsFinite(value)));
        }
    }
}
