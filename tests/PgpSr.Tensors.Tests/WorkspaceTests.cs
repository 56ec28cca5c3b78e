using PgpSr.Testing;

namespace PgpSr.Tensors.Tests;

public sealed class WorkspaceTests : IDisposable
{
    static readonly Shape s_shape = new(4, 16);

    readonly ReferenceBackend _backend = new();
    readonly Workspace _ws;

    public WorkspaceTests() => _ws = new Workspace(_backend, new WorkspaceOptions { Poison = true });

    public void Dispose()
    {
        _ws.Dispose();
        _backend.Dispose();
    }

    [Fact]
    public void A_scope_returns_what_was_rented_inside_and_keeps_what_is_handed_out()
    {
        Tensor kept, dropped;
        using (var scope = _ws.Scope())
        {
            dropped = _ws.Rent(s_shape);
            kept = scope.Return(_ws.Rent(s_shape));
            _ws.Rent(s_shape);
        }
        Assert.True(dropped.IsReturned);
        Assert.False(kept.IsReturned);
        Assert.Equal(256, _ws.LiveBytes);
        Assert.Equal(3 * 256, _ws.PeakBytes);
        kept.Dispose();
        Assert.Equal(0, _ws.LiveBytes);
    }

    [Fact]
    public void A_tensor_passes_through_scopes_that_each_hand_it_out()
    {
        Tensor Inner()
        {
            using var scope = _ws.Scope();
            return scope.Return(_ws.Rent(s_shape));
        }

        Tensor Outer()
        {
            using var scope = _ws.Scope();
            _ws.Rent(s_shape);
            return scope.Return(Inner());
        }

        Assert.False(Outer().IsReturned);
        Assert.Equal(256, _ws.LiveBytes);
    }

    [Fact]
    public void An_outer_scope_can_hand_out_a_tensor_while_an_inner_one_is_open()
    {
        Tensor tensor;
        using (var outer = _ws.Scope())
        {
            using (_ws.Scope())
            {
                using (_ws.Scope()) tensor = outer.Return(_ws.Rent(s_shape));
                Assert.False(tensor.IsReturned);
            }
            Assert.False(tensor.IsReturned);
        }
        Assert.False(tensor.IsReturned);
        using (_ws.Scope()) { }
        Assert.False(tensor.IsReturned);
    }

    [Fact]
    public void A_forward_may_return_its_input()
    {
        using var outer = _ws.Scope();
        var x = _ws.Rent(s_shape);
        using (var scope = _ws.Scope()) Assert.Same(x, scope.Return(x));
        Assert.False(x.IsReturned);
        using (_ws.Scope()) { }
        Assert.False(x.IsReturned);
    }

    [Fact]
    public void A_view_lives_and_dies_with_its_tensor()
    {
        Tensor view;
        using (var scope = _ws.Scope())
        {
            var x = _ws.Upload(Enumerable.Range(0, 64).Select(i => (float)i).ToArray(), s_shape);
            view = scope.Return(x.Slice(1, 2).Reshape(new Shape(32)));
        }
        Assert.Equal(256, _ws.LiveBytes);
        Assert.Equal(Enumerable.Range(16, 32).Select(i => (float)i), _ws.Download(view));
        view.Dispose();
        Assert.False(view.IsReturned);
        Assert.Throws<ArgumentException>(() => view.Reshape(new Shape(31)));
        Assert.Throws<ArgumentOutOfRangeException>(() => view.Slice(30, 3));
    }

    [Fact]
    public void A_tensor_given_back_early_is_used_again_at_once()
    {
        using var scope = _ws.Scope();
        var first = _ws.Rent(s_shape);
        long offset = first.Offset;
        first.Dispose();
        Assert.Equal(offset, _ws.Rent(s_shape).Offset);
        Assert.Equal(256, _ws.PeakBytes);
    }

    [Fact]
    public void Giving_back_twice_is_an_error_but_disposing_twice_is_not()
    {
        var x = _ws.Rent(s_shape);
        x.Dispose();
        x.Dispose();
        Assert.Throws<InvalidOperationException>(() => _ws.Return(x));
        using var scope = _ws.Scope();
        var y = _ws.Rent(s_shape);
        y.Dispose();
        Assert.Throws<InvalidOperationException>(() => { using var inner = _ws.Scope(); inner.Return(y); });
    }

    [Fact]
    public void A_tensor_of_another_workspace_is_refused()
    {
        using var other = new Workspace(_backend);
        Assert.Throws<InvalidOperationException>(() => _ws.Return(other.Rent(s_shape)));
    }

    [Fact]
    public void Reading_a_returned_tensor_is_an_error_through_views_too()
    {
        var x = _ws.Rent(s_shape);
        var view = x.Reshape(new Shape(64));
        x.Dispose();
        Assert.Throws<InvalidOperationException>(() => _ws.Download(x));
        Assert.Throws<InvalidOperationException>(() => _ws.Silu(view));
    }

    [Fact]
    public void Poison_shows_memory_that_was_not_written() => Assert.All(_ws.Download(_ws.Rent(s_shape)), x => Assert.True(float.IsNaN(x)));

    [Fact]
    public void Poison_shows_memory_that_went_back()
    {
        var x = _ws.Upload(new float[64], s_shape);
        var stolen = new Tensor(x.Buffer, x.Offset, s_shape, DType.F32);
        x.Dispose();
        Assert.All(_ws.Download(stolen), value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void A_second_identical_run_takes_no_memory()
    {
        Network(_ws);
        int count = _ws.AllocationCount;
        long reserved = _ws.ReservedBytes, peak = _ws.PeakBytes;
        for (int i = 0; i < 3; i++) Network(_ws);
        Assert.Equal((count, reserved, peak), (_ws.AllocationCount, _ws.ReservedBytes, _ws.PeakBytes));
        Assert.Equal(0, _ws.LiveBytes);
    }

    [Fact]
    public void A_plan_is_exactly_what_the_run_takes()
    {
        var plan = Workspace.Plan(_backend, Network);
        using var ws = new Workspace(_backend, new WorkspaceOptions { LimitBytes = plan.ArenaBytes });
        ws.Reserve(plan);
        Network(ws);
        Assert.Equal(plan.PeakBytes, ws.PeakBytes);
        Assert.Equal(plan.ArenaBytes, ws.ReservedBytes);
        Assert.Equal(1, ws.AllocationCount);
    }

    [Fact]
    public void A_plan_counts_the_multiply_adds_of_direct_algorithms()
    {
        using var conv = TestWeights.PackConv2d(_backend, 1, "conv", 3, 8, Conv2dGeometry.Square(3, 1, 1));
        using var geglu = TestWeights.PackLinear(_backend, 1, "linear", 8, 32, form: LinearForm.Geglu);
        var plan = Workspace.Plan(_backend, ws =>
        {
            using var scope = ws.Scope();
            var x = ws.Conv2d(ws.Rent(new Shape(2, 5, 4, 3)), conv).Reshape(new Shape(2, 20, 8));
            ws.Linear(ws.Attention(x, x, x, 2), geglu);
        });
        Assert.Equal((40 * 8 * 27) + (2 * 40 * 8 * 20) + (40 * 8 * 32), plan.MultiplyAdds);
    }

    [Fact]
    public void A_plan_over_the_limit_is_refused_before_anything_is_taken()
    {
        var plan = Workspace.Plan(_backend, Network);
        using var ws = new Workspace(_backend, new WorkspaceOptions { LimitBytes = plan.ArenaBytes - 1 });
        var error = Assert.Throws<MemoryLimitException>(() => ws.Reserve(plan));
        Assert.Equal((plan.ArenaBytes, plan.ArenaBytes - 1), (error.NeededBytes, error.LimitBytes));
        Assert.Equal(0, ws.ReservedBytes);
    }

    [Fact]
    public void An_unplanned_run_stops_at_the_limit()
    {
        using var ws = new Workspace(_backend, new WorkspaceOptions { LimitBytes = 1024 });
        ws.Rent(new Shape(192));
        ws.Rent(new Shape(64));
        Assert.Throws<MemoryLimitException>(() => ws.Rent(new Shape(1)));
        Assert.Equal(1024, ws.ReservedBytes);
    }

    [Fact]
    public void A_plan_on_top_of_live_tensors_counts_them()
    {
        using var ws = new Workspace(_backend, new WorkspaceOptions { LimitBytes = 1024 });
        ws.Rent(s_shape);
        var plan = Workspace.Plan(_backend, w => w.Rent(new Shape(256)));
        Assert.Throws<MemoryLimitException>(() => ws.Reserve(plan));
    }

    [Fact]
    public void A_profile_adds_up_times_by_path()
    {
        var profile = new Profile();
        _ws.Profile = profile;
        for (int i = 0; i < 3; i++)
        {
            using var outer = _ws.Scope("outer");
            using var inner = _ws.Scope("inner");
        }
        Assert.Equal(["outer", "outer/inner"], profile.Zones.Select(z => z.Zone).Order(StringComparer.Ordinal));
        Assert.All(profile.Zones, z => Assert.Equal(3, z.Count));
        Assert.True(profile.Zones.Single(z => z.Zone == "outer").Time >= profile.Zones.Single(z => z.Zone != "outer").Time);
        Assert.Contains("3 x  outer/inner", profile.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_of_their_own_outlive_workspaces_until_disposed()
    {
        var x = _backend.CreateTensor(new HostTensor("a", DType.F32, new Shape(1), new byte[4]));
        Assert.Equal([0f], _ws.Download(x));
        x.Dispose();
        Assert.Throws<InvalidOperationException>(() => _ws.Download(x));
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_named()
    {
        using var conv = TestWeights.PackConv2d(_backend, 1, "down.conv", 3, 8, Conv2dGeometry.Square(3));
        var error = Assert.Throws<ArgumentException>(() => _ws.Conv2d(_ws.Rent(new Shape(1, 9, 9, 4)), conv));
        Assert.Equal("down.conv.weight: expected a feature map [N, H, W, 3], got F32 [1, 9, 9, 4]", error.Message);
        Assert.Throws<ArgumentException>(() => _ws.Conv2d(_ws.Rent(new Shape(1, 2, 9, 3)), conv));
        Assert.Throws<ArgumentException>(() => _ws.Add(_ws.Rent(new Shape(2, 3)), _ws.Rent(new Shape(3, 2))));
        Assert.Throws<ArgumentException>(() => _ws.GroupNorm(_ws.Rent(new Shape(2, 3)), _ws.Rent(new Shape(3)), _ws.Rent(new Shape(3)), 2, 1e-5f));
        Assert.Throws<ArgumentException>(() =>
            _ws.Attention(_ws.Rent(new Shape(1, 3, 4)), _ws.Rent(new Shape(1, 2, 4)), _ws.Rent(new Shape(1, 2, 4)), 2, causal: true));
        Assert.Throws<ArgumentException>(() => _ws.InverseRealFft2d(_ws.Rent(new Shape(1, 3, 3, 2, 1)), 6));
        Assert.Throws<ArgumentException>(() => _ws.DepthToSpace(_ws.Rent(new Shape(1, 2, 2, 6)), 2));
    }

    [Theory]
    [InlineData(6, true, 0f)]
    [InlineData(7, false, 1f)]
    public void Timestep_embeddings_are_sines_and_cosines(int dimension, bool flip, float shift)
    {
        var values = _ws.Download(_ws.TimestepEmbedding([10.5f], dimension, flip, shift));
        int half = dimension / 2;
        for (int i = 0; i < half; i++)
        {
            double angle = 10.5 * Math.Exp(-Math.Log(10000) * i / (half - shift));
            Assert.Equal(Math.Cos(angle), values[flip ? i : half + i], 1e-5);
            Assert.Equal(Math.Sin(angle), values[flip ? half + i : i], 1e-5);
        }
        if (dimension % 2 == 1) Assert.Equal(0, values[^1]);
    }

    // Some nesting, early returns and different sizes.
    static void Network(Workspace ws)
    {
        using var scope = ws.Scope();
        var x = ws.Upload(new float[4 * 96], new Shape(4, 96));
        for (int i = 1; i < 5; i++)
        {
            var h = Layer(ws, x, i);
            x.Dispose();
            x = h;
        }
        ws.Silu(x);
    }

    static Tensor Layer(Workspace ws, Tensor x, int width)
    {
        using var scope = ws.Scope();
        var wide = ws.ConcatChannels(x, ws.Silu(x));
        for (int i = 0; i < width; i++)
        {
            using var inner = ws.Scope();
            ws.Add(wide, wide);
        }
        var y = ws.SliceChannels(wide, width, 96);
        wide.Dispose();
        return scope.Return(ws.Add(x, y));
    }
}
