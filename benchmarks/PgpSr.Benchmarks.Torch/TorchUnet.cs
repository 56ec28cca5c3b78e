using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PgpSr.Benchmarks;

/// <summary>SDXL's UNet as eager operations in binary16; weights are random and made at the first evaluation.</summary>
sealed class TorchUnet(Device device)
{
    // Channels and transformer depth of each resolution.
    static readonly (long Channels, int Depth)[] s_levels = [(320, 0), (640, 2), (1280, 10)];

    readonly List<Tensor> _weights = [];
    int _next;

    public Tensor Forward(Tensor x, Tensor context, Tensor time)
    {
        _next = 0;
        time = Linear(functional.silu(Linear(time, 1280)), 1280);
        var h = Conv(x, 320);
        var skips = new Stack<Tensor>([h]);
        for (int level = 0; level < s_levels.Length; level++)
        {
            var (channels, depth) = s_levels[level];
            for (int block = 0; block < 2; block++)
            {
                h = Block(h, time, context, channels, depth);
                skips.Push(h);
            }
            if (level == s_levels.Length - 1) break;
            h = Conv(h, channels, stride: 2);
            skips.Push(h);
        }
        h = Resnet(Transformer(Resnet(h, time, 1280), context, 10), time, 1280);
        for (int level = s_levels.Length - 1; level >= 0; level--)
        {
            var (channels, depth) = s_levels[level];
            for (int block = 0; block < 3; block++) h = Block(cat([h, skips.Pop()], 1), time, context, channels, depth);
            if (level > 0) h = Conv(functional.interpolate(h, scale_factor: [2.0, 2.0], mode: InterpolationMode.Nearest), channels);
        }
        return Conv(functional.silu(Norm(h)), 4);
    }

    Tensor Block(Tensor x, Tensor time, Tensor context, long channels, int depth)
    {
        var h = Resnet(x, time, channels);
        return depth > 0 ? Transformer(h, context, depth) : h;
    }

    Tensor Resnet(Tensor x, Tensor time, long outputs)
    {
        var h = Conv(functional.silu(Norm(x)), outputs);
        h = h + Linear(functional.silu(time), outputs).unsqueeze(-1).unsqueeze(-1);
        h = Conv(functional.silu(Norm(h)), outputs);
        return h + (x.shape[1] == outputs ? x : Conv(x, outputs, kernel: 1));
    }

    Tensor Transformer(Tensor x, Tensor context, int depth)
    {
        long n = x.shape[0], c = x.shape[1], height = x.shape[2], width = x.shape[3];
        var h = Linear(Norm(x).permute(0, 2, 3, 1).reshape(n, height * width, c), c);
        for (int i = 0; i < depth; i++)
        {
            var y = Layer(h);
            h = h + Attend(y, y);
            h = h + Attend(Layer(h), context);
            var halves = Linear(Layer(h), 8 * c).chunk(2, dim: -1);
            h = h + Linear(halves[0] * functional.gelu(halves[1]), c);
        }
        return x + Linear(h, c).reshape(n, height, width, c).permute(0, 3, 1, 2);
    }

    Tensor Attend(Tensor x, Tensor context)
    {
        long n = x.shape[0], c = x.shape[2];
        Tensor Heads(Tensor from) => Linear(from, c, bias: false).view(n, -1, c / 64, 64).transpose(1, 2);
        Tensor q = Heads(x), k = Heads(context), v = Heads(context);
        return Linear(functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, -1, c), c);
    }

    Tensor Linear(Tensor x, long outputs, bool bias = true) => functional.linear(x, Weight(outputs, x.shape[^1]), bias ? Weight(outputs) : null);

    Tensor Conv(Tensor x, long outputs, long kernel = 3, long stride = 1) => functional.conv2d(
        x, Weight(outputs, x.shape[1], kernel, kernel), Weight(outputs), [stride, stride], [kernel / 2, kernel / 2]);

    Tensor Norm(Tensor x) => functional.group_norm(x, 32, Weight(x.shape[1]), Weight(x.shape[1]));

    Tensor Layer(Tensor x) => functional.layer_norm(x, [x.shape[^1]], Weight(x.shape[^1]), Weight(x.shape[^1]));

    // Every evaluation asks in the same order.
    Tensor Weight(params ReadOnlySpan<long> sizes)
    {
        if (_next == _weights.Count)
        {
            long terms = 1;
            foreach (long size in sizes[1..]) terms *= size;
            // A spread that keeps results near 1.
            float scale = sizes.Length > 1 ? MathF.Sqrt(3f / terms) : 0.5f;
            _weights.Add(((rand(sizes.ToArray(), device: device) * 2 - 1) * scale).to(ScalarType.Float16).DetachFromDisposeScope());
        }
        return _weights[_next++];
    }
}
