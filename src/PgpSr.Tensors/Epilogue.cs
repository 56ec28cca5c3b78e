namespace PgpSr.Tensors;

/// <summary>
/// What happens to a matrix product or convolution while its tile is still in registers:
/// <c>y = scale * activation(x * w + bias + perChannel) + residual</c>.
/// </summary>
/// <param name="Activation">Applied after bias and per-channel term, before the residual.</param>
/// <param name="PerChannel">[N, C] added to every position of sample n (a ResNet's time embedding), or null.</param>
/// <param name="Residual">A tensor of the result's shape, or null. It must not overlap the result.</param>
/// <param name="Scale">What the result is multiplied by before the residual is added, or null for 1. Only for convolutions of a backend that
/// <see cref="Backend.TakesChannels"/>.</param>
public readonly record struct Epilogue(Activation Activation = Activation.None, Tensor? PerChannel = null, Tensor? Residual = null, float? Scale = null);
