using System.Text.Json;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Models.Tests;

/// <summary>Low-rank adapters are merged as peft merges them, and refused where they do not fit.</summary>
public sealed class LoraTests
{
    public static TheoryData<string> Merges => [.. Goldens.Of(GoldenKinds.LoraMerge)];

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Merges))]
    public void Merged_weights_are_peft_s(string path)
    {
        using var golden = GoldenCase.Open(path);
        var layers = golden.Config.GetProperty("layers").EnumerateArray().ToArray();
        var adapters = golden.Config.GetProperty("adapters").EnumerateArray().ToArray();
        List<TensorDeclaration> basis = [], low = [];
        foreach (var layer in layers)
        {
            string name = Name(layer);
            int[] axes = [.. layer.GetProperty("shape").EnumerateArray().Select(axis => axis.GetInt32())];
            basis.Add(new($"{name}.weight", new Shape(axes)));
            if (layer.GetProperty("bias").GetBoolean()) basis.Add(new($"{name}.bias", new Shape(axes[0])));
            if (!layer.GetProperty("targeted").GetBoolean()) continue;
            foreach (var adapter in adapters)
            {
                int rank = adapter.GetProperty("r").GetInt32();
                low.Add(new($"{name}.lora_A.{Name(adapter)}.weight", new Shape([rank, .. axes[1..]])));
                low.Add(new($"{name}.lora_B.{Name(adapter)}.weight", axes.Length == 4 ? new Shape(axes[0], rank, 1, 1) : new Shape(axes[0], rank)));
            }
        }
        var alpha = adapters[0].GetProperty("lora_alpha");
        using var merged = new LoraSource(new GeneratedSource(golden.Seed, basis), new GeneratedSource(golden.Seed, low),
            alpha.ValueKind == JsonValueKind.Null ? LoraSource.DefaultAlpha : null);
        foreach (string output in golden.Outputs.Where(name => name.EndsWith(".weight", StringComparison.Ordinal)))
            golden.Check(output, merged.Read(output["output.".Length..]).ToArray());
        Assert.Equal(layers.Count(layer => layer.GetProperty("targeted").GetBoolean()), merged.MergedCount);

        static string Name(JsonElement element) => element.GetProperty("name").GetString()!;
    }

    [Fact]
    public void An_adapter_can_be_left_out_and_a_base_layer_comes_first()
    {
        TensorDeclaration[] basis = [new("conv_in.weight", new Shape(3, 2, 1, 1)), new("conv_in.bias", new Shape(3))];
        TensorDeclaration[] low =
        [
            new("conv_in.base_layer.weight", new Shape(3, 2, 1, 1)), new("conv_in.base_layer.bias", new Shape(3)),
            new("conv_in.lora_A.pix.weight", new Shape(2, 2, 1, 1)), new("conv_in.lora_B.pix.weight", new Shape(3, 2, 1, 1)),
            new("conv_in.lora_A.sem.weight", new Shape(1, 2)), new("conv_in.lora_B.sem.weight", new Shape(3, 1)),
        ];
        using var pix = new LoraSource(new GeneratedSource(1, basis), new GeneratedSource(2, low), alpha: 3, name => name == "pix");
        float[] w = GeneratedWeights.Create(2, low[0].Name, 3, 2, 1, 1), a = GeneratedWeights.Create(2, low[2].Name, 2, 2, 1, 1),
            b = GeneratedWeights.Create(2, low[3].Name, 3, 2, 1, 1);
        float[] expected = [.. Enumerable.Range(0, 6).Select(i =>
            (float)(w[i] + 1.5 * (b[i / 2 * 2] * (double)a[i % 2] + b[i / 2 * 2 + 1] * (double)a[2 + i % 2])))];
        Tolerance.Roundings(6, 1e-6).Assert("pix", expected, pix.Read("conv_in.weight").ToArray());
        Assert.Equal(GeneratedWeights.Create(2, low[1].Name, 3), pix.Read("conv_in.bias").ToArray());
        Assert.Equal(["conv_in.weight", "conv_in.bias"], pix.Keys);
    }

    [Theory]
    [InlineData(DType.F32, DType.F32)]
    [InlineData(DType.F16, DType.F16)]
    [InlineData(DType.BF16, DType.F32)]
    public void Merged_tensors_have_the_digits_for_small_changes(DType stored, DType merged)
    {
        TensorDeclaration[] basis = [new("q.weight", new Shape(3, 2)), new("k.weight", new Shape(3, 2))];
        TensorDeclaration[] low = [new("q.lora_A.x.weight", new Shape(1, 2)), new("q.lora_B.x.weight", new Shape(3, 1))];
        using var source = new LoraSource(new GeneratedSource(1, basis, type: stored), new GeneratedSource(2, low));
        Assert.True(source.TryDescribe("q.weight", out var tuned));
        Assert.True(source.TryDescribe("k.weight", out var plain));
        Assert.Equal((merged, stored), (tuned.Type!.Value, plain.Type!.Value));
        Assert.Equal((merged, stored), (source.Read("q.weight").Type, source.Read("k.weight").Type));
    }

    [Theory]
    [InlineData("q.lora_A.x.weight", 3, 8, "rank 3")]
    [InlineData("q.lora_A.x.weight", 2, 7, "another network")]
    [InlineData("down.1.transformer_blocks.1.lora_A.x.weight", 2, 8, "without")]
    public void What_does_not_fit_is_refused(string key, int rank, int inputs, string says)
    {
        TensorDeclaration[] basis = [new("q.weight", new Shape(6, 8))];
        TensorDeclaration[] low = [new(key, new Shape(rank, inputs)), new("q.lora_B.x.weight", new Shape(6, 2))];
        Assert.Contains(says, Refusal(basis, low), StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_of_another_family_is_named()
    {
        TensorDeclaration[] basis = [new("a.transformer_blocks.0.q.weight", new Shape(6, 8))];
        TensorDeclaration[] low =
        [
            new("a.transformer_blocks.1.q.lora_A.x.weight", new Shape(2, 8)), new("a.transformer_blocks.1.q.lora_B.x.weight", new Shape(6, 2)),
        ];
        string message = Refusal(basis, low);
        Assert.Contains("does not have", message, StringComparison.Ordinal);
        Assert.Contains("Stable Diffusion XL", message, StringComparison.Ordinal);
        Assert.Contains("is not part of a low-rank adapter", Refusal(basis, [new("a.alpha", new Shape(1))]), StringComparison.Ordinal);
    }

    static string Refusal(TensorDeclaration[] basis, TensorDeclaration[] low) => Assert.Throws<ConfigException>(
        () => new LoraSource(new GeneratedSource(1, basis), new GeneratedSource(2, low))).Message;
}
