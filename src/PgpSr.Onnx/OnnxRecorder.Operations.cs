using PgpSr.Tensors;

namespace PgpSr.Onnx;

partial class OnnxRecorder
{
    /// <inheritdoc/>
    public override void Conv2d(Tensor x, PackedConv2d weight, in Epilogue epilogue, Tensor y)
    {
        var packed = (OnnxConv2d)weight;
        Conv2dGeometry g = weight.Geometry;
        string h = Node("Conv", packed.Bias is { } bias ? [First(Get(x)), packed.Weight, bias] : [First(Get(x)), packed.Weight],
            ("kernel_shape", new long[] { g.KernelHeight, g.KernelWidth }), ("strides", new long[] { g.Stride, g.Stride }),
            ("pads", new long[] { g.PadTop, g.PadLeft, g.PadBottom, g.PadRight }));
        Set(y, new OnnxValue(y.Shape) { First = Finish(h, epilogue, first: true) });
    }

    /// <inheritdoc/>
    public override void Linear(Tensor x, PackedLinear weight, in Epilogue epilogue, Tensor y)
    {
        var packed = (OnnxLinear)weight;
        string h = Node("MatMul", [Last(Get(x)), packed.Weight]);
        if (packed.Bias is { } bias) h = Node("Add", [h, bias]);
        if (weight.Form == LinearForm.Geglu) h = Gated(h);
        Set(y, new OnnxValue(y.Shape) { Last = Finish(h, epilogue, first: false) });
    }

    /// <inheritdoc/>
    public override void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y)
    {
        if (causal) throw new OnnxException("causal attention", "is not supported");
        long depth = q.Shape[-1] / heads;
        OnnxValue query = Raw(q);
        string Heads(Tensor tensor, params long[] order) =>
            Node("Transpose", [Node("Reshape", [Last(Raw(tensor)), Numbers(0, -1, heads, depth)])], ("perm", order));
        string scores = Node("MatMul", [Node("Mul", [Heads(q, 0, 2, 1, 3), Number(scale)]), Heads(k, 0, 2, 3, 1)]);
        string seen = Node("MatMul", [Node("Softmax", [scores], ("axis", -1L)), Heads(v, 0, 2, 1, 3)]);
        // Back to the queries' own shape, whatever it is.
        string joined = Node("Reshape", [Node("Transpose", [seen], ("perm", new long[] { 0, 2, 1, 3 })), Node("Shape", [Last(query)])]);
        Set(y, new OnnxValue(query.Shape) { Last = joined });
    }

    /// <inheritdoc/>
    public override void GroupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float epsilon, Activation activation, Tensor y)
    {
        if (x.Shape.Rank != 4) throw new OnnxException("group norm", $"{x.Shape} is not a map [N, H, W, C]");
        string map = First(Get(x));
        float[] ones = new float[groups];
        Array.Fill(ones, 1f);
        string one = Fresh("one"), zero = Fresh("zero");
        Model.Constant(one, ones, groups).Constant(zero, new float[groups], groups);
        string normed = Node("InstanceNormalization", [Node("Reshape", [map, Numbers(0, groups, -1)]), one, zero], ("epsilon", epsilon));
        string h = Node("Reshape", [normed, Node("Shape", [map])]);
        h = Node("Add", [Node("Mul", [h, PerMap(gamma)]), PerMap(beta)]);
        Set(y, new OnnxValue(y.Shape) { First = Activated(h, activation) });
    }

    /// <inheritdoc/>
    public override void LayerNorm(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y) => Set(y, new OnnxValue(y.Shape)
    {
        Last = Node("LayerNormalization", [Last(Get(x)), Last(Get(gamma)), Last(Get(beta))], ("axis", -1L), ("epsilon", epsilon)),
    });

    /// <inheritdoc/>
    public override void Activate(Tensor x, Activation activation, Tensor y) => Unary(Get(x), y, p => Activated(p, activation));

    /// <inheritdoc/>
    public override void PRelu(Tensor x, Tensor slopes, Tensor y)
    {
        if (x.Shape.Rank != 4) throw new OnnxException("PReLU", $"{x.Shape} is not a map [N, H, W, C]");
        Set(y, new OnnxValue(y.Shape) { First = Node("PRelu", [First(Get(x)), Node("Reshape", [Last(Get(slopes)), Numbers(-1, 1, 1)])]) });
    }

    /// <inheritdoc/>
    public override void Combine(float a, Tensor x, float b, Tensor z, Tensor y)
    {
        string Times(float factor, string name) => factor == 1 ? name : Node("Mul", [name, Number(factor)]);
        Pairwise(Get(x), Get(z), y, (p, q) => Node("Add", [Times(a, p), Times(b, q)]));
    }

    /// <inheritdoc/>
    public override void Scale(float a, Tensor x, Tensor y) => Unary(Get(x), y, p => Node("Mul", [p, Number(a)]));

    /// <inheritdoc/>
    public override void ConcatChannels(Tensor a, Tensor b, Tensor y)
    {
        OnnxValue first = Get(a), second = Get(b);
        if (y.Shape.Rank == 4 && (first.First is not null || second.First is not null))
            Set(y, new OnnxValue(y.Shape) { First = Node("Concat", [First(first), First(second)], ("axis", 1L)) });
        else Set(y, new OnnxValue(y.Shape) { Last = Node("Concat", [Last(first), Last(second)], ("axis", -1L)) });
    }

    /// <inheritdoc/>
    public override void SliceChannels(Tensor x, int start, Tensor y)
    {
        OnnxValue value = Get(x);
        string Slice(string name, long axis) => Node("Slice", [name, Numbers(start), Numbers(start + y.Shape[-1]), Numbers(axis)]);
        Set(y, value.First is not null ? new OnnxValue(y.Shape) { First = Slice(value.First, 1) } : new OnnxValue(y.Shape) { Last = Slice(Last(value), -1) });
    }

    /// <inheritdoc/>
    public override void ResizeNearest(Tensor x, Tensor y)
    {
        int rows = y.Shape[1] / x.Shape[1], columns = y.Shape[2] / x.Shape[2];
        if (rows * x.Shape[1] != y.Shape[1] || columns * x.Shape[2] != y.Shape[2])
            throw new OnnxException("resize", $"{x.Shape} to {y.Shape} is not by a whole number; give the example sides that every halving divides");
        string scales = Fresh("scales");
        Model.Constant(scales, [1f, 1f, rows, columns], 4);
        Set(y, new OnnxValue(y.Shape)
        {
            First = Node("Resize", [First(Get(x)), "", scales],
                ("mode", "nearest"), ("nearest_mode", "floor"), ("coordinate_transformation_mode", "asymmetric")),
        });
    }

    /// <inheritdoc/>
    public override void SpaceToDepth(Tensor x, int factor, Tensor y)
    {
        // ONNX numbers channels by the place in the block first; torch, and these networks, by the channel.
        int channels = x.Shape[3], places = factor * factor;
        string order = Numbers([.. Enumerable.Range(0, channels * places).Select(k => (long)(k % places * channels + k / places))]);
        string blocks = Node("SpaceToDepth", [First(Get(x))], ("blocksize", (long)factor));
        Set(y, new OnnxValue(y.Shape) { First = Node("Gather", [blocks, order], ("axis", 1L)) });
    }

    /// <inheritdoc/>
    public override void DepthToSpace(Tensor x, int factor, Tensor y) =>
        Set(y, new OnnxValue(y.Shape) { First = Node("DepthToSpace", [First(Get(x))], ("blocksize", (long)factor), ("mode", "CRD")) });

    /// <inheritdoc/>
    public override void Fill(float value, Tensor y)
    {
        OnnxValue map = _maps.TryGetValue(y.Shape.WithLast(1), out OnnxValue? found) && found.Shape == y.Shape ? found
            : throw new OnnxException("fill", $"no map of {y.Shape} was seen whose sizes could be taken");
        Set(y, new OnnxValue(y.Shape) { First = Node("Expand", [Number(value), Node("Shape", [First(map)])]) });
    }

    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y) => Set(y, Get(x));

    void Unary(OnnxValue value, Tensor y, Func<string, string> node) => Set(y, value.First is not null
        ? new OnnxValue(y.Shape) { First = node(value.First) } : new OnnxValue(y.Shape) { Last = node(Last(value)) });

    // In the layout that both have, channels first if none is common.
    void Pairwise(OnnxValue a, OnnxValue b, Tensor y, Func<string, string, string> node)
    {
        bool first = y.Shape.Rank == 4 && !(a.Last is not null && b.Last is not null && (a.First is null || b.First is null));
        Set(y, first ? new OnnxValue(y.Shape) { First = node(First(a), First(b)) }
            : new OnnxValue(y.Shape) { Last = node(Last(a), Last(b)) });
    }

    string Finish(string h, in Epilogue epilogue, bool first)
    {
        if (epilogue.PerChannel is { } perChannel)
        {
            if (!first) throw new OnnxException("linear layer", "a per-channel term is not supported");
            h = Node("Add", [h, PerMap(perChannel)]);
        }
        h = Activated(h, epilogue.Activation);
        return epilogue.Residual is { } residual ? Node("Add", [h, first ? First(Get(residual)) : Last(Get(residual))]) : h;
    }

    // [N, C] or [C] as [N or 1, C, 1, 1].
    string PerMap(Tensor vector) => Node("Reshape", [Last(Get(vector)), Numbers(vector.Shape.Rank == 2 ? 0 : 1, vector.Shape[-1], 1, 1)]);

    string Gated(string h)
    {
        string value = Fresh("value"), gate = Fresh("gate");
        Model.Add("Split", [h], [value, gate], "", ("axis", -1L), ("num_outputs", 2L));
        return Node("Mul", [value, Node("Gelu", [gate])]);
    }

    string Activated(string h, Activation activation) => activation switch
    {
        Activation.None => h,
        Activation.Silu => Node("Mul", [h, Node("Sigmoid", [h])]),
        Activation.Gelu => Node("Gelu", [h]),
        Activation.Relu => Node("Relu", [h]),
        Activation.LeakyRelu => Node("LeakyRelu", [h], ("alpha", 0.2f)),
        _ => Node("Mul", [h, Node("Sigmoid", [Node("Mul", [h, Number(1.702f)])])]),
    };
}
