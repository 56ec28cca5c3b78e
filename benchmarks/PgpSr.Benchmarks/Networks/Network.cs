using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Benchmarks;

/// <summary>A network, or a block of one, by name: the tensors it declares, its weights, and how it is evaluated.</summary>
/// <param name="Name">As command lines spell it.</param>
/// <param name="Declare">Weights that it is loaded from.</param>
/// <param name="Load">Loads it.</param>
sealed record Network(string Name, Func<ImmutableArray<TensorDeclaration>> Declare, Func<WeightSource, Backend, LoadedNetwork> Load)
{
    /// <summary>Part of a network.</summary>
    public bool IsBlock { get; init; }

    /// <summary>Whether there is attention in it, of which a peer has forms.</summary>
    public bool HasAttention { get; init; }

    /// <summary>Weights to measure with, where the network is shipped with its own; otherwise null.</summary>
    public Func<WeightSource>? Shipped { get; init; }

    /// <summary>Files of a checkpoint folder (relative name and the tensors in it) where that is not one file of the network's name.</summary>
    public Func<IEnumerable<(string File, IEnumerable<TensorDeclaration> Tensors)>>? Parts { get; init; }

    /// <summary>Configuration files of that folder.</summary>
    public Func<IEnumerable<(string File, string Text)>> Configurations { get; init; } = () => [];

    /// <summary>What the weight files' metadata says.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = ImmutableDictionary<string, string>.Empty;

    public IEnumerable<(string File, IEnumerable<TensorDeclaration> Tensors)> Files => Parts?.Invoke() ?? [($"{Name}.safetensors", Declare())];

    /// <summary>Weights to measure with.</summary>
    public WeightSource Source(DType type) => Shipped?.Invoke() ?? new GeneratedSource(seed: 1, Declare(), type: type);

    /// <summary>A network of <see cref="PgpSr.Models"/>.</summary>
    /// <param name="name">As command lines spell it.</param>
    /// <param name="config">Its topology.</param>
    /// <param name="declare">The tensors of that.</param>
    /// <param name="load">Loads it.</param>
    /// <param name="inputs">What it is given at a side of that many positions.</param>
    /// <param name="forward">One evaluation.</param>
    public static Network Of<TNetwork, TConfig>(string name, TConfig config, Func<TConfig, ImmutableArray<TensorDeclaration>> declare,
        Func<WeightSource, Backend, TConfig, CancellationToken, TNetwork> load, Func<int, IEnumerable<Shape>> inputs,
        Func<TNetwork, Workspace, Tensor[], Tensor> forward)
        where TNetwork : LoadedNetwork<TConfig> =>
        new(name, () => declare(config), (source, backend) =>
        {
            TNetwork network = load(source, backend, config, default);
            return new(network, () => network.WeightBytes, inputs, (ws, tensors) => forward(network, ws, tensors));
        });
}

/// <summary>A network whose weights are on a backend.</summary>
/// <param name="Weights">Gives them back.</param>
/// <param name="WeightBytes">Packed, now.</param>
/// <param name="Inputs">For a side of that many positions; channels last.</param>
/// <param name="Forward">One evaluation of them.</param>
sealed record LoadedNetwork(
    IDisposable Weights, Func<long> WeightBytes, Func<int, IEnumerable<Shape>> Inputs, Func<Workspace, Tensor[], Tensor> Forward) : IDisposable
{
    public void Dispose() => Weights.Dispose();
}
