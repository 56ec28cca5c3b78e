using System.Globalization;

namespace PgpSr.Benchmarks;

/// <summary>
/// What Python is told: the same work in PyTorch, products in binary16, what memory limits in float32. Written when it is needed, since the repository
/// holds no Python; it is asked by calls of the functions below.
/// </summary>
static class TorchScript
{
    const string Script = """
        import json, time
        import torch
        F = torch.nn.functional
        device = "cuda" if torch.cuda.is_available() else "cpu"
        half, single = torch.float16, torch.float32
        torch.backends.cuda.matmul.allow_tf32 = True

        def rand(*sizes, dtype=half, spread=1.0):
            return ((torch.rand(sizes, device=device) * 2 - 1) * spread).to(dtype)

        def wait():
            if device == "cuda": torch.cuda.synchronize()

        def seconds(run, rounds=5):
            def once(count):
                wait()
                began = time.perf_counter()
                for _ in range(count): run()
                wait()
                return (time.perf_counter() - began) / count
            first = once(1)  # chooses algorithms, takes memory
            count = int(min(max(ROUND / max(once(1) if first > ROUND else once(3), 1e-7), 1), 10000))
            return sorted(once(count) for _ in range(rounds))[rounds // 2]

        def image(n, c, h, w, dtype, last):
            x = rand(n, c, h, w, dtype=dtype)
            return x.to(memory_format=torch.channels_last) if last else x

        def linear(rows, inputs, outputs, gated):
            columns = 2 * outputs if gated else outputs
            x, weight, bias = rand(rows, inputs), rand(columns, inputs, spread=(3 / inputs) ** 0.5), rand(columns)
            def run():
                y = F.linear(x, weight, bias)
                if not gated: return y
                value, gate = y.chunk(2, dim=-1)
                return value * F.gelu(gate)
            return seconds(run)

        def conv(n, inputs, outputs, h, w, kernel, stride):
            def form(last):
                x, weight, bias = image(n, inputs, h, w, half, last), image(outputs, inputs, kernel, kernel, half, last), rand(outputs)
                return seconds(lambda: F.conv2d(x, weight, bias, stride, kernel // 2))
            return min(form(False), form(True))

        def attention(n, heads, queries, keys, size):
            def form(contiguous):
                q, k, v = (rand(n, tokens, heads, size).transpose(1, 2) for tokens in (queries, keys, keys))
                if contiguous: q, k, v = q.contiguous(), k.contiguous(), v.contiguous()
                return seconds(lambda: F.scaled_dot_product_attention(q, k, v))
            return min(form(False), form(True))

        def maps(kind, n, c, h, w, groups):
            gamma, beta = rand(c, dtype=single), rand(c, dtype=single)
            def form(last):
                x, other = image(n, c, h, w, single, last), image(n, c, h, w, single, last)
                runs = {
                    "group_norm_silu": lambda: F.silu(F.group_norm(x, groups, gamma, beta), inplace=True),
                    "layer_norm": lambda: F.layer_norm(x.permute(0, 2, 3, 1), [c], gamma, beta),
                    "silu": lambda: F.silu(x),
                    "add": lambda: x + other,
                    "copy": lambda: x.clone(),
                    "rfft2_irfft2": lambda: torch.fft.irfft2(torch.fft.rfft2(x), s=(h, w)),
                }
                return seconds(runs[kind])
            return form(True) if kind == "layer_norm" else min(form(False), form(True))

        # SDXL's UNet as eager operations in binary16; weights are random and made at the first evaluation, which asks in the same order as every other.
        class Unet:
            levels = [(320, 0), (640, 2), (1280, 10)]

            def __init__(self): self.weights = []

            def weight(self, *sizes):
                if self.next == len(self.weights):
                    terms = 1
                    for size in sizes[1:]: terms *= size
                    self.weights.append(rand(*sizes, spread=(3 / terms) ** 0.5 if len(sizes) > 1 else 0.5))
                self.next += 1
                return self.weights[self.next - 1]

            def linear(self, x, outputs, bias=True):
                return F.linear(x, self.weight(outputs, x.shape[-1]), self.weight(outputs) if bias else None)

            def conv(self, x, outputs, kernel=3, stride=1):
                return F.conv2d(x, self.weight(outputs, x.shape[1], kernel, kernel), self.weight(outputs), stride, kernel // 2)

            def norm(self, x): return F.group_norm(x, 32, self.weight(x.shape[1]), self.weight(x.shape[1]))

            def layer(self, x): return F.layer_norm(x, [x.shape[-1]], self.weight(x.shape[-1]), self.weight(x.shape[-1]))

            def attend(self, x, context):
                n, _, c = x.shape
                q, k, v = (self.linear(y, c, False).view(n, -1, c // 64, 64).transpose(1, 2) for y in (x, context, context))
                return self.linear(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, -1, c), c)

            def resnet(self, x, time, outputs):
                h = self.conv(F.silu(self.norm(x)), outputs)
                h = h + self.linear(F.silu(time), outputs)[:, :, None, None]
                h = self.conv(F.silu(self.norm(h)), outputs)
                return h + (x if x.shape[1] == outputs else self.conv(x, outputs, 1))

            def transformer(self, x, context, depth):
                n, c, height, width = x.shape
                h = self.linear(self.norm(x).permute(0, 2, 3, 1).reshape(n, height * width, c), c)
                for _ in range(depth):
                    y = self.layer(h)
                    h = h + self.attend(y, y)
                    h = h + self.attend(self.layer(h), context)
                    value, gate = self.linear(self.layer(h), 8 * c).chunk(2, dim=-1)
                    h = h + self.linear(value * F.gelu(gate), c)
                return x + self.linear(h, c).reshape(n, height, width, c).permute(0, 3, 1, 2)

            def block(self, x, time, context, channels, depth):
                h = self.resnet(x, time, channels)
                return self.transformer(h, context, depth) if depth else h

            def forward(self, x, context, time):
                self.next = 0
                time = self.linear(F.silu(self.linear(time, 1280)), 1280)
                h = self.conv(x, 320)
                skips = [h]
                for level, (channels, depth) in enumerate(self.levels):
                    for _ in range(2):
                        h = self.block(h, time, context, channels, depth)
                        skips.append(h)
                    if level == 2: break
                    h = self.conv(h, channels, stride=2)
                    skips.append(h)
                h = self.resnet(self.transformer(self.resnet(h, time, 1280), context, 10), time, 1280)
                for level, (channels, depth) in reversed(list(enumerate(self.levels))):
                    for _ in range(3): h = self.block(torch.cat([h, skips.pop()], 1), time, context, channels, depth)
                    if level > 0: h = self.conv(F.interpolate(h, scale_factor=2.0), channels)
                return self.conv(F.silu(self.norm(h)), 4)

        def sdxl(side):
            unet, x, context, time = Unet(), rand(1, 4, side, side), rand(1, 77, 2048), rand(1, 320)
            return seconds(lambda: unet.forward(x, context, time), rounds=3)

        print(json.dumps({"name": f"PyTorch {torch.__version__} on {torch.cuda.get_device_name() if device == 'cuda' else 'the processor'}"}))
        with torch.inference_mode():
            for call in CALLS:
                try:
                    answer = {"seconds": eval(call)}
                except Exception as e:
                    answer = {"error": f"{type(e).__name__}: {str(e).splitlines()[0] if str(e) else ''}"}
                print(json.dumps(answer))
        """;

    /// <summary>The script that makes these calls.</summary>
    public static string Text(double roundSeconds, IEnumerable<string> calls) =>
        string.Create(CultureInfo.InvariantCulture, $"ROUND = {roundSeconds}\nCALLS = [{string.Join(", ", calls.Select(call => $"\"{call}\""))}]\n{Script}");

    /// <summary>The call that measures a work; null where PyTorch has no counterpart here.</summary>
    public static string? Call(Work work) => work switch
    {
        LinearWork w => $"linear({w.Rows}, {w.Inputs}, {w.Outputs}, {(w.Gated ? "True" : "False")})",
        ConvWork w => $"conv({w.Samples}, {w.Inputs}, {w.Outputs}, {w.Height}, {w.Width}, {w.Kernel}, {w.Stride})",
        AttentionWork w => $"attention({w.Samples}, {w.Heads}, {w.Queries}, {w.Keys}, {w.HeadSize})",
        MapWork w => $"maps('{w.Kind}', {w.Samples}, {w.Channels}, {w.Height}, {w.Width}, {w.Groups})",
        NetworkWork { Network.Name: "sdxl" } w => $"sdxl({w.Side})",
        _ => null,
    };
}
