using System.Collections.Immutable;

namespace PgpSr.Pruning;

/// <summary>A part of a model: a path's last word, what it holds, and the parts inside it.</summary>
/// <param name="Name">Last word of its path; the model's own name at the root.</param>
/// <param name="Parameters">Numbers in it, parts included.</param>
/// <param name="Bytes">Bytes of its tensors.</param>
/// <param name="MultiplyAdds">Of one evaluation of the network for one row, convolutions, matrix products and attention.</param>
/// <param name="MultiplyAddsOnce">The same, of what runs once a picture whatever the number of steps: the guide's features.</param>
/// <param name="Children">In the order in which they run.</param>
sealed record ModelNode(string Name, long Parameters, long Bytes, long MultiplyAdds, long MultiplyAddsOnce, ImmutableArray<ModelNode> Children)
{
    /// <summary>The part at a path below this one, or null.</summary>
    public ModelNode? Find(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        ModelNode? node = this;
        foreach (string word in path.Split('.')) node = node?.Children.FirstOrDefault(child => child.Name == word);
        return node;
    }

    /// <summary>The stages people speak of: each level of a way, the bottleneck, and what else stands at the top.</summary>
    public IEnumerable<(string Path, ModelNode Node)> Stages() => Children.SelectMany(top =>
        top.Name is "down_blocks" or "up_blocks" ? top.Children.Select(level => ($"{top.Name}.{level.Name}", level)) : [(top.Name, top)]);
}
