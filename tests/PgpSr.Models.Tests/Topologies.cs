namespace PgpSr.Models.Tests;

/// <summary>Pruned forms of SDXL's UNet whose sizes are known from elsewhere.</summary>
static class Topologies
{
    /// <summary>Encoder and bottleneck pruned to one block a transformer, decoder whole: 1609.05 M parameters.</summary>
    public static UnetConfig Coarse { get; } = UnetConfig.Sdxl with
    {
        Down = [new(320, 5, [-1, -1], true), new(640, 10, [1, 1], true), new(1280, 20, [1, 1], false)],
        Middle = new(1280, 20, 1),
    };

    /// <summary>One ResNet and transformer a level on the way down, two on the way up with their skips paired anew: 1081.67 M parameters.</summary>
    public static UnetConfig PairsRemoved { get; } = UnetConfig.Sdxl with
    {
        Down = [new(320, 5, [-1], true), new(640, 10, [1], true), new(1280, 20, [1], false)],
        Middle = new(1280, 20, 1),
        Up = [new(1280, 20, [10, 10], true), new(640, 10, [2, 2], true), new(320, 5, [-1, -1], false)],
    };

    /// <summary>KOALA-1B (Lee et al. 2023): 1161.18 M parameters.</summary>
    public static UnetConfig Koala1B { get; } = UnetConfig.Sdxl with
    {
        Down = [new(320, 5, [-1], true), new(640, 10, [2], true), new(1280, 20, [6], false)],
        Middle = new(1280, 20, 6),
        Up = [new(1280, 20, [6, 6], true), new(640, 10, [2, 2], true), new(320, 5, [-1, -1], false)],
    };

    /// <summary>SSD-1B (Segmind 2023): unequal depths and no bottleneck, 1300 M parameters.</summary>
    public static UnetConfig Ssd1B { get; } = UnetConfig.Sdxl with
    {
        Down = [new(320, 5, [-1, -1], true), new(640, 10, [2, 2], true), new(1280, 20, [4, 4], false)],
        Middle = null,
        Up = [new(1280, 20, [4, 4, 10], true), new(640, 10, [2, 1, 1], true), new(320, 5, [-1, -1, -1], false)],
    };

    /// <summary>Small enough for the scalar reference: two levels, one of them with cross-attention.</summary>
    public static UnetConfig Tiny { get; } = new()
    {
        Down = [new(16, 1, [-1], true), new(32, 2, [1], false)],
        Middle = new(32, 2, 1),
        Up = [new(32, 2, [2, 1], true), new(16, 1, [-1, 0], false)],
        ContextChannels = 12,
        AddedCondition = new(4, 8),
        NormGroups = 4,
    };

    public static long Parameters(this IEnumerable<TensorDeclaration> tensors) => tensors.Sum(t => t.Shape.Count);
}
