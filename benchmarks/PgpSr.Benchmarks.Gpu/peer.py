# The same operations in PyTorch: one JSON request a line on standard input, one JSON answer a line on standard output.
import json
import sys

import torch
import torch.nn.functional as F

DEVICE = "cuda"
HALF = torch.float16


def random(*shape, dtype=HALF, scale=1.0):
    return (torch.rand(*shape, device=DEVICE, dtype=torch.float32) * 2 - 1).mul_(scale).to(dtype)


def seconds(run, target=0.2, rounds=5):
    run()
    run()
    torch.cuda.synchronize()

    def once(count):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        for _ in range(count):
            run()
        end.record()
        torch.cuda.synchronize()
        return begin.elapsed_time(end) * 1e-3 / count

    count = max(1, min(10000, int(target / max(once(3), 1e-7))))
    return sorted(once(count) for _ in range(rounds))[rounds // 2]


def linear(rows, inputs, outputs):
    x, w = random(rows, inputs), random(outputs, inputs)
    return seconds(lambda: F.linear(x, w))


def geglu(rows, inputs, outputs):
    x, w = random(rows, inputs), random(2 * outputs, inputs)

    def run():
        value, gate = F.linear(x, w).chunk(2, dim=-1)
        return value * F.gelu(gate)

    return seconds(run)


def conv(samples, side, inputs, outputs, kernel, stride):
    # Both layouts; the faster counts.
    torch.backends.cudnn.benchmark = True
    times = []
    for layout in (torch.contiguous_format, torch.channels_last):
        x = random(samples, inputs, side, side).to(memory_format=layout)
        w = random(outputs, inputs, kernel, kernel).to(memory_format=layout)
        times.append(seconds(lambda: F.conv2d(x, w, stride=stride, padding=kernel // 2)))
    return min(times)


def attention(samples, queries, keys, heads, depth):
    q = random(samples, heads, queries, depth)
    k, v = random(samples, heads, keys, depth), random(samples, heads, keys, depth)
    return seconds(lambda: F.scaled_dot_product_attention(q, k, v))


def memory(operation, samples, side, channels):
    # float32, as the tensors that it is compared with.
    x, z = random(samples, channels, side, side, dtype=torch.float32), random(samples, channels, side, side, dtype=torch.float32)
    y = torch.empty_like(x)
    gamma, beta = random(channels, dtype=torch.float32), random(channels, dtype=torch.float32)
    tokens = random(samples * side * side, channels, dtype=torch.float32)
    return seconds({
        "copy": lambda: y.copy_(x),
        "add": lambda: torch.add(x, z, out=y),
        "silu": lambda: F.silu(x),
        "group norm": lambda: F.silu(F.group_norm(x, 32, gamma, beta)),
        "layer norm": lambda: F.layer_norm(tokens, (channels,), gamma, beta),
    }[operation])


def fft(samples, side, channels):
    x = random(samples, channels, side, side, dtype=torch.float32)
    return seconds(lambda: torch.fft.irfft2(torch.fft.rfft2(x), s=(side, side)))


class Unet:
    """SDXL's UNet in eager mode; weights are random and made at the first evaluation."""

    def __init__(self):
        self.weights = {}

    def w(self, *shape):
        key = (self.index, shape)
        self.index += 1
        if key not in self.weights:
            terms = 1
            for axis in shape[1:]:
                terms *= axis
            self.weights[key] = random(*shape, scale=(3.0 / terms) ** 0.5) if len(shape) > 1 else torch.full(shape, 0.5, device=DEVICE, dtype=HALF)
        return self.weights[key]

    def linear(self, x, outputs, bias=True):
        return F.linear(x, self.w(outputs, x.shape[-1]), self.w(outputs) if bias else None)

    def conv(self, x, outputs, kernel=3, stride=1):
        return F.conv2d(x, self.w(outputs, x.shape[1], kernel, kernel), self.w(outputs), stride=stride, padding=kernel // 2)

    def norm(self, x):
        return F.group_norm(x, 32, self.w(x.shape[1]), self.w(x.shape[1]))

    def resnet(self, x, time, outputs):
        h = self.conv(F.silu(self.norm(x)), outputs)
        h = h + self.linear(F.silu(time), outputs)[:, :, None, None]
        h = self.conv(F.silu(self.norm(h)), outputs)
        return h + (x if x.shape[1] == outputs else self.conv(x, outputs, 1))

    def attend(self, x, context):
        n, t, c = x.shape
        heads = c // 64
        q = self.linear(x, c, False).view(n, t, heads, 64).transpose(1, 2)
        k = self.linear(context, c, False).view(n, -1, heads, 64).transpose(1, 2)
        v = self.linear(context, c, False).view(n, -1, heads, 64).transpose(1, 2)
        return self.linear(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, c), c)

    def layer(self, x):
        return F.layer_norm(x, (x.shape[-1],), self.w(x.shape[-1]), self.w(x.shape[-1]))

    def transformer(self, x, context, depth):
        n, c, height, width = x.shape
        h = self.norm(x).permute(0, 2, 3, 1).reshape(n, height * width, c)
        h = self.linear(h, c)
        for _ in range(depth):
            y = self.layer(h)
            h = h + self.attend(y, y)
            h = h + self.attend(self.layer(h), context)
            value, gate = self.linear(self.layer(h), 8 * c).chunk(2, dim=-1)
            h = h + self.linear(value * F.gelu(gate), c)
        return x + self.linear(h, c).reshape(n, height, width, c).permute(0, 3, 1, 2)

    def forward(self, x, context, time):
        self.index = 0
        time = self.linear(F.silu(self.linear(time, 1280)), 1280)
        h = self.conv(x, 320)
        skips = [h]
        for level, (channels, depth) in enumerate([(320, 0), (640, 2), (1280, 10)]):
            for _ in range(2):
                h = self.resnet(h, time, channels)
                h = self.transformer(h, context, depth) if depth else h
                skips.append(h)
            if level < 2:
                h = self.conv(h, channels, stride=2)
                skips.append(h)
        h = self.resnet(self.transformer(self.resnet(h, time, 1280), context, 10), time, 1280)
        for level, (channels, depth) in enumerate([(1280, 10), (640, 2), (320, 0)]):
            for _ in range(3):
                h = self.resnet(torch.cat([h, skips.pop()], dim=1), time, channels)
                h = self.transformer(h, context, depth) if depth else h
            if level < 2:
                h = self.conv(F.interpolate(h, scale_factor=2.0, mode="nearest"), channels)
        return self.conv(F.silu(self.norm(h)), 4)


def unet(samples, side):
    network, x, context, time = Unet(), random(samples, 4, side, side), random(samples, 77, 2048), random(samples, 320)
    return seconds(lambda: network.forward(x, context, time), rounds=3)


OPERATIONS = {"linear": linear, "geglu": geglu, "conv": conv, "attention": attention, "memory": memory, "fft": fft, "unet": unet}

with torch.inference_mode():
    torch.backends.cuda.matmul.allow_tf32 = True
    print(json.dumps({"torch": torch.__version__, "device": torch.cuda.get_device_name(0)}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"seconds": OPERATIONS[request["operation"]](*request["sizes"])}
        except Exception as error:  # whatever it is, it is the row's answer
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        torch.cuda.empty_cache()
        print(json.dumps(answer), flush=True)
