using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>A network, or a block of one, by name: the tensors it declares, its weights, and how it is evaluated.</summary>
abstract record Network(string Name)
{
    /// <summary>Weights that it is loaded from.</summary>
    public abstract ImmutableArray<TensorDeclaration> Tensors { get; }

    /// <summary>Part of a network.</summary>
    public virtual bool IsBlock => false;

    /// <summary>Files of a checkpoint folder: relative name and the tensors in it.</summary>
    public virtual IEnumerable<(string File, IEnumerable<TensorDeclaration> Tensors)> Files => [($"{Name}.safetensors", Tensors)];

    /// <summary>Configuration files of that folder.</summary>
    public virtual IEnumerable<(string File, string Text)> Configurations => [];

    /// <summary>What the weight files' metadata says.</summary>
    public virtual IReadOnlyDictionary<string, string> Metadata => ImmutableDictionary<string, string>.Empty;

    /// <summary>Weights to measure with: generated, unless the network is shipped with its own.</summary>
    public virtual WeightSource Source(DType type) => new SyntheticSource(Tensors, type);

    /// <summary>Loads the network.</summary>
    public abstract LoadedNetwork Load(WeightSource source, Backend backend);
}
