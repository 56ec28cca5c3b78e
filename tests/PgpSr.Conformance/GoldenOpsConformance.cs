using System.Runtime.InteropServices;
using System.Text.Json;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Conformance;

/// <summary>Golden cases of kind <c>ops</c>.</summary>
public abstract class GoldenOpsConformance(BackendFixture fixture) : BackendConformance(fixture)
{
    /// <summary>Paths of the cases.</summary>
    public static TheoryData<string> Cases() => [.. Goldens.Of(GoldenKinds.Ops)];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Every_output_is_the_published_one(string path)
    {
        using var golden = GoldenCase.Open(path);
        using var backend = Fixture.Create();
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        var configured = golden.Config.GetProperty("cases").EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!);
        var failures = new List<string>();
        foreach (string name in golden.Outputs)
        {
            using var scope = ws.Scope();
            string op = name["output.".Length..];
            try
            {
                if (configured.TryGetValue(op, out var parameters)) golden.CheckMap(name, ws, Configured(ws, golden, op, parameters));
                else if (op.StartsWith("attention", StringComparison.Ordinal))
                    golden.Check(name, Heads(ws, Attention(ws, golden, op), golden.Shape(name)));
                else if (op.StartsWith("nearest", StringComparison.Ordinal)) golden.CheckMap(name, ws, Nearest(ws, golden, name));
                else golden.Check(name, ws, Plain(ws, golden, op));
            }
            catch (ToleranceException e)
            {
                failures.Add(e.Message);
            }
        }
        Assert.Empty(failures);
    }

    static Tensor Configured(Workspace ws, GoldenCase golden, string name, JsonElement parameters)
    {
        var x = golden.UploadMap(ws, parameters.TryGetProperty("input", out var input) ? input.GetString()! : "input.x");
        if (parameters.GetProperty("op").GetString() == "group_norm")
        {
            return ws.GroupNorm(
                x, Vector(ws, golden, $"{name}.weight", x.Shape[3]), Vector(ws, golden, $"{name}.bias", x.Shape[3]),
                parameters.GetProperty("groups").GetInt32(), parameters.GetProperty("eps").GetSingle());
        }
        int kernel = parameters.GetProperty("kernel").GetInt32(), stride = parameters.GetProperty("stride").GetInt32();
        var padding = parameters.GetProperty("padding");
        var geometry = padding.ValueKind == JsonValueKind.Number
            ? Conv2dGeometry.Square(kernel, stride, padding.GetInt32())
            : new Conv2dGeometry(kernel, kernel, stride, 0, 0, 1, 1);
        using var weight = TestWeights.PackConv2d(ws.Backend, golden.Seed, name, x.Shape[3], parameters.GetProperty("out").GetInt32(), geometry);
        return ws.Conv2d(x, weight);
    }

    static Tensor Plain(Workspace ws, GoldenCase golden, string op)
    {
        switch (op)
        {
            case "geglu":
                return Geglu(ws, golden.Upload(ws, "input.geglu"));
            case "silu":
                return ws.Silu(golden.Upload(ws, "input.act"));
            case "gelu_erf":
                return ws.Activate(golden.Upload(ws, "input.act"), Activation.Gelu);
            case "quick_gelu":
                return ws.Activate(golden.Upload(ws, "input.act"), Activation.QuickGelu);
            case "softmax":
                // Peaked on purpose: the case was computed from 20 times the tokens.
                return Softmax(ws, golden.Upload(ws, "input.tokens"), 20);
            case "timestep_embedding_320":
                return ws.TimestepEmbedding(golden.Singles("input.timesteps"), 320);
        }
        var tokens = golden.Upload(ws, "input.tokens");
        int channels = tokens.Shape[-1];
        switch (op)
        {
            case "ln":
                return ws.LayerNorm(tokens, Vector(ws, golden, "ln.weight", channels), Vector(ws, golden, "ln.bias", channels), 1e-5f);
            case "linear":
                using (var weight = TestWeights.PackLinear(ws.Backend, golden.Seed, "linear", channels, golden.Shape("output.linear")[^1]))
                    return ws.Linear(tokens, weight);
            default:
                throw new InvalidDataException($"{golden.Name}: no test knows the operation '{op}'");
        }
    }

    // Half of GEGLU is a product: here with the identity.
    static Tensor Geglu(Workspace ws, Tensor x)
    {
        int width = x.Shape[-1];
        using var identity = ws.Backend.PackLinear(
            new HostTensor("identity", DType.F32, new Shape(width, width), MemoryMarshal.AsBytes<float>(Identity(width))), default, LinearForm.Geglu);
        return ws.Linear(x, identity);
    }

    // The weights of an attention whose keys and values are unit vectors.
    static Tensor Softmax(Workspace ws, Tensor x, float scale)
    {
        int width = x.Shape[-1], samples = x.Shape[0];
        var units = ws.Upload([.. Enumerable.Repeat(Identity(width), samples).SelectMany(one => one)], new Shape(samples, width, width));
        return ws.Attention(x, units, units, heads: 1, scale: scale);
    }

    static float[] Identity(int width) => [.. Enumerable.Range(0, width * width).Select(i => i % (width + 1) == 0 ? 1f : 0)];

    static Tensor Nearest(Workspace ws, GoldenCase golden, string name)
    {
        int[] shape = golden.Shape(name);
        return ws.ResizeNearest(golden.UploadMap(ws, "input.x"), shape[2], shape[3]);
    }

    static Tensor Attention(Workspace ws, GoldenCase golden, string op)
    {
        if (op == "attention_causal")
        {
            var tokens = Tokens(ws, golden, "input.sq");
            return ws.Attention(tokens, tokens, tokens, golden.Shape("input.sq")[1], causal: true);
        }
        var q = Tokens(ws, golden, "input.q");
        if (op == "attention_peaked") q = ws.Scale(30, q);
        return ws.Attention(q, Tokens(ws, golden, "input.k"), Tokens(ws, golden, "input.v"), golden.Shape("input.q")[1]);
    }

    // Stored [N, heads, T, d]; tensors are [N, T, heads * d].
    static Tensor Tokens(Workspace ws, GoldenCase golden, string name)
    {
        int[] s = golden.Shape(name);
        var stored = golden.Singles(name);
        var turned = new float[stored.Length];
        for (int i = 0; i < stored.Length; i++)
            turned[((i / s[3] / s[2] / s[1] * s[2] + i / s[3] % s[2]) * s[1] + i / s[3] / s[2] % s[1]) * s[3] + i % s[3]] = stored[i];
        return ws.Upload(turned, new Shape(s[0], s[2], s[1] * s[3]));
    }

    static float[] Heads(Workspace ws, Tensor tokens, int[] s)
    {
        var values = ws.Download(tokens);
        var turned = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
            turned[i] = values[((i / s[3] / s[2] / s[1] * s[2] + i / s[3] % s[2]) * s[1] + i / s[3] / s[2] % s[1]) * s[3] + i % s[3]];
        return turned;
    }

    static Tensor Vector(Workspace ws, GoldenCase golden, string name, int channels) =>
        ws.Upload(GeneratedWeights.Create(golden.Seed, name, channels), new Shape(channels));
}
