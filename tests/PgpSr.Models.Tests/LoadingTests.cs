using System.Runtime.InteropServices;
using PgpSr.Safetensors;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Models.Tests;

public sealed class LoadingTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr-loading").FullName;
    readonly ReferenceBackend _backend = new();

    public void Dispose()
    {
        _backend.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Everything_that_is_wrong_is_listed_by_key_and_nothing_is_packed()
    {
        string path = Save(tensors =>
        {
            tensors.Remove("conv_out.bias");
            tensors.Remove("down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight");
            tensors["time_embedding.linear_1.weight"] = ([64, 17], new float[64 * 17]);
            tensors["up_blocks.0.attentions.0.transformer_blocks.7.norm1.weight"] = ([32], new float[32]);
            tensors["conv_in.weight"].Values[5] = float.NaN;
            tensors["mid_block.resnets.0.norm1.bias"].Values[31] = float.NegativeInfinity;
        });
        using var source = SafetensorsSource.Open(path);
        using var counting = new CountingBackend();
        var error = Assert.Throws<WeightsException>(() => Unet.Load(source, counting, Topologies.Tiny));
        Assert.Equal(0, counting.Packed);
        Assert.Equal(path, error.Checkpoint);
        Assert.Equal(
            [
                (WeightProblemKind.Missing, "conv_out.bias"),
                (WeightProblemKind.Missing, "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight"),
                (WeightProblemKind.Unexpected, "up_blocks.0.attentions.0.transformer_blocks.7.norm1.weight"),
                (WeightProblemKind.Misshapen, "time_embedding.linear_1.weight"),
                (WeightProblemKind.NonFinite, "conv_in.weight"),
                (WeightProblemKind.NonFinite, "mid_block.resnets.0.norm1.bias"),
            ],
            error.Problems.Select(p => (p.Kind, p.Name)));
        Assert.All(error.Problems, problem => Assert.Contains(problem.ToString(), error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_shape_that_no_network_has_is_listed_and_not_thrown()
    {
        foreach (long[] axes in (long[][])[[1, 1, 1, 1, 1, 1], [1L << 40, 0], [int.MaxValue, int.MaxValue, int.MaxValue, 0]])
            Assert.Equal(new Shape(0), WeightDescription.OfStored(SafetensorsDType.Float32, [.. axes]).Shape);
        Assert.Equal((new Shape(3, 0), DType.F16),
            (WeightDescription.OfStored(SafetensorsDType.Float16, [3, 0]).Shape, WeightDescription.OfStored(SafetensorsDType.Float16, [3, 0]).Type));
        Assert.Equal((new Shape(), null),
            (WeightDescription.OfStored(SafetensorsDType.Int8, []).Shape, WeightDescription.OfStored(SafetensorsDType.Int8, []).Type));
    }

    [Fact]
    public void Tensors_that_are_not_finite_are_all_listed_though_everything_else_fits()
    {
        using var source = SafetensorsSource.Open(Save(tensors =>
        {
            tensors["conv_in.weight"].Values[0] = float.PositiveInfinity;
            tensors["conv_out.bias"].Values[3] = float.NaN;
        }));
        using var counting = new CountingBackend();
        var error = Assert.Throws<WeightsException>(() => Unet.Load(source, counting, Topologies.Tiny));
        Assert.Equal(["conv_in.weight", "conv_out.bias"], error.Problems.Select(p => p.Name));
        Assert.Equal(counting.Packed, counting.Disposed);
    }

    [Theory]
    [InlineData(DType.F16, (ushort)0x7c00)]
    [InlineData(DType.F16, (ushort)0xfe01)]
    [InlineData(DType.BF16, (ushort)0x7f80)]
    [InlineData(DType.BF16, (ushort)0xffc0)]
    public void Half_width_tensors_are_looked_through_to_the_last_element(DType type, ushort bits)
    {
        var shapes = Unet.Declare(Topologies.Tiny).ToDictionary(t => t.Name, t => t.Shape);
        string path = Path.Combine(_folder, "half.safetensors");
        var writer = new SafetensorsWriter();
        foreach (var (name, shape) in shapes)
        {
            var values = MemoryMarshal.Cast<byte, ushort>(TestWeights.Encode(GeneratedWeights.Create(1, name, Axes(shape)), type)).ToArray();
            if (name == "conv_in.weight") values[^1] = bits;
            writer.Add(name, type == DType.F16 ? SafetensorsDType.Float16 : SafetensorsDType.BFloat16, [.. Axes(shape)],
                MemoryMarshal.AsBytes<ushort>(values).ToArray());
        }
        writer.Write(path);
        using var source = SafetensorsSource.Open(path);
        Assert.Equal("conv_in.weight",
            Assert.Single(Assert.Throws<WeightsException>(() => Unet.Load(source, _backend, Topologies.Tiny)).Problems).Name);
    }

    [Fact]
    public void A_type_that_is_no_weight_is_named()
    {
        string path = Path.Combine(_folder, "integers.safetensors");
        var writer = new SafetensorsWriter();
        foreach (var (name, shape) in Unet.Declare(Topologies.Tiny))
        {
            bool odd = name == "conv_in.bias";
            writer.Add(name, odd ? SafetensorsDType.Int32 : SafetensorsDType.Float32, [.. Axes(shape)], new byte[shape.Count * 4]);
        }
        writer.Write(path);
        using var source = SafetensorsSource.Open(path);
        var problem = Assert.Single(Assert.Throws<WeightsException>(() => Unet.Load(source, _backend, Topologies.Tiny)).Problems);
        Assert.Equal((WeightProblemKind.Mistyped, "conv_in.bias"), (problem.Kind, problem.Name));
    }

    [Theory]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    public void A_file_of_half_width_computes_what_its_rounded_weights_say(DType type)
    {
        var tensors = Unet.Declare(Topologies.Tiny);
        using var narrow = new GeneratedSource(1, tensors, type: type);
        using var unet = Unet.Load(narrow, _backend, Topologies.Tiny);
        string path = Save(values =>
        {
            foreach (var (key, (_, numbers)) in values) Widen.ToSingle(type, TestWeights.Encode(numbers, type), numbers);
        });
        using var wide = SafetensorsSource.Open(path);
        using var expected = Unet.Load(wide, _backend, Topologies.Tiny);
        if (type == DType.F16) Assert.Equal(TinyRun.Output(_backend, expected), TinyRun.Output(_backend, unet));
        else new Tolerance(1e-2).Assert("bf16", TinyRun.Output(_backend, expected), TinyRun.Output(_backend, unet));
    }

    [Fact]
    public void A_checkpoint_over_another_replaces_what_it_holds()
    {
        string basis = Save(_ => { }), overlay = Path.Combine(_folder, "overlay.safetensors");
        var writer = new SafetensorsWriter();
        writer.Add("conv_out.bias", SafetensorsDType.Float32, [4], MemoryMarshal.AsBytes<float>([10, 20, 30, 40]).ToArray());
        writer.Write(overlay);
        using var source = new OverlaySource(SafetensorsSource.Open(basis), SafetensorsSource.Open(overlay));
        using var unet = Unet.Load(source, _backend, Topologies.Tiny);
        using var plainSource = SafetensorsSource.Open(basis);
        using var plain = Unet.Load(plainSource, _backend, Topologies.Tiny);
        float[] with = TinyRun.Output(_backend, unet), without = TinyRun.Output(_backend, plain), bias = plainSource.Read("conv_out.bias").ToArray();
        for (int i = 0; i < with.Length; i++) Assert.Equal(10 * (i % 4 + 1), with[i] - without[i] + bias[i % 4], 1e-5);
        Assert.Equal(plainSource.Keys.Order(StringComparer.Ordinal), source.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Old_names_and_1x1_convolutions_of_the_autoencoders_attention_are_understood()
    {
        var config = new AutoencoderConfig { Channels = [8, 16], LayersPerBlock = 1, NormGroups = 4 };
        var tensors = AutoencoderKl.Declare(config);
        using var source = new GeneratedSource(1, tensors);
        string path = Path.Combine(_folder, "old.safetensors");
        var writer = new SafetensorsWriter();
        foreach (var (name, shape) in tensors)
        {
            string old = name.Replace(".to_q.", ".query.", StringComparison.Ordinal).Replace(".to_k.", ".key.", StringComparison.Ordinal)
                .Replace(".to_v.", ".value.", StringComparison.Ordinal).Replace(".to_out.0.", ".proj_attn.", StringComparison.Ordinal);
            long[] axes = old != name && shape.Rank == 2 ? [shape[0], shape[1], 1, 1] : [.. Axes(shape)];
            writer.Add(old, SafetensorsDType.Float32, axes, source.Read(name).Bytes.ToArray());
        }
        writer.Write(path);
        using var oldSource = SafetensorsSource.Open(path);
        using AutoencoderKl expected = AutoencoderKl.Load(source, _backend, config), actual = AutoencoderKl.Load(oldSource, _backend, config);
        using var ws = new Workspace(_backend);
        var x = ws.Upload(new SeededData(1).Uniform(8 * 8 * 3), new Shape(1, 8, 8, 3));
        Assert.Equal(ws.Download(expected.Encode(ws, x, null)), ws.Download(actual.Encode(ws, x, null)));
    }

    [Fact]
    public void A_cancelled_load_gives_everything_back()
    {
        using var cancellation = new CancellationTokenSource();
        using var backend = new CountingBackend { OnPack = count => { if (count == 7) cancellation.Cancel(); } };
        using var source = new GeneratedSource(1, Unet.Declare(Topologies.Tiny));
        Assert.Throws<OperationCanceledException>(() => Unet.Load(source, backend, Topologies.Tiny, cancellation.Token));
        Assert.Equal(7, backend.Packed);
        Assert.Equal(7, backend.Disposed);
    }

    [Fact]
    public void A_network_reports_its_parameters_and_gives_its_weights_back()
    {
        var tensors = Unet.Declare(Topologies.Tiny);
        using var backend = new CountingBackend();
        using var source = new GeneratedSource(1, tensors);
        using (var unet = Unet.Load(source, backend, Topologies.Tiny))
        {
            Assert.Equal(tensors.Parameters(), unet.ParameterCount);
            Assert.Equal(4 * tensors.Parameters(), unet.WeightBytes);
            Assert.Equal(0, backend.Disposed);
        }
        Assert.Equal(backend.Packed, backend.Disposed);
    }

    static int[] Axes(Shape shape) => [.. Enumerable.Range(0, shape.Rank).Select(i => shape[i])];

    // A tiny UNet's checkpoint, changed.
    string Save(Action<Dictionary<string, (long[] Shape, float[] Values)>> change)
    {
        var tensors = Unet.Declare(Topologies.Tiny).ToDictionary(
            t => t.Name, t => (Shape: Axes(t.Shape).Select(a => (long)a).ToArray(), Values: GeneratedWeights.Create(1, t.Name, Axes(t.Shape))));
        change(tensors);
        string path = Path.Combine(_folder, $"{Guid.NewGuid():N}.safetensors");
        var writer = new SafetensorsWriter();
        foreach (var (name, (shape, values)) in tensors)
            writer.Add(name, SafetensorsDType.Float32, shape, MemoryMarshal.AsBytes<float>(values).ToArray());
        writer.Write(path);
        return path;
    }

    // Counts what is packed and what is given back.
    sealed class CountingBackend : ReferenceBackend
    {
        public int Packed { get; private set; }

        public int Disposed { get; private set; }

        public Action<int>? OnPack { get; init; }

        protected override PackedConv2d PackConv2dCore(HostTensor weight, HostTensor bias, Conv2dGeometry geometry) =>
            new Conv(this, weight.Name!, weight.Shape, 4 * (weight.Shape.Count + bias.Shape.Count), geometry);

        protected override PackedLinear PackLinearCore(HostTensor weight, HostTensor bias, LinearForm form) =>
            new Matrix(this, weight.Name!, weight.Shape, 4 * (weight.Shape.Count + (bias.IsAbsent ? 0 : bias.Shape.Count)), form);

        void Count()
        {
            Packed++;
            OnPack?.Invoke(Packed);
        }

        sealed class Conv : PackedConv2d
        {
            readonly CountingBackend _backend;

            public Conv(CountingBackend backend, string name, Shape shape, long bytes, Conv2dGeometry geometry)
                : base(name, shape[1], shape[0], geometry)
            {
                _backend = backend;
                ByteCount = bytes;
                backend.Count();
            }

            public override long ByteCount { get; }

            protected override void Dispose(bool disposing) => _backend.Disposed++;
        }

        sealed class Matrix : PackedLinear
        {
            readonly CountingBackend _backend;

            public Matrix(CountingBackend backend, string name, Shape shape, long bytes, LinearForm form)
                : base(name, shape[1], form == LinearForm.Geglu ? shape[0] / 2 : shape[0], form)
            {
                _backend = backend;
                ByteCount = bytes;
                backend.Count();
            }

            public override long ByteCount { get; }

            protected override void Dispose(bool disposing) => _backend.Disposed++;
        }
    }
}
