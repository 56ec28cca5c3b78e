using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>A tensor that a configuration needs: one line of a state dict.</summary>
/// <param name="Name">Checkpoint key.</param>
/// <param name="Shape">Axes as stored.</param>
sealed record TensorDeclaration(string Name, Shape Shape);
