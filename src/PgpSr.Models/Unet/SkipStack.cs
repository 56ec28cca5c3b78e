using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>Feature maps on their way from the levels down to the levels up, last in first out.</summary>
sealed class SkipStack
{
    readonly Stack<Tensor> _maps = new();

    public void Push(Tensor map) => _maps.Push(map);

    public Tensor Pop() => _maps.Pop();

    /// <summary>Size that the next level up must have: odd sides do not survive halving and doubling.</summary>
    public (int Height, int Width) Size => (_maps.Peek().Shape[1], _maps.Peek().Shape[2]);
}
