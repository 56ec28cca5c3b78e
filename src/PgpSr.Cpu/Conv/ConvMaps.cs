namespace PgpSr.Cpu;

/// <summary>The feature maps on both sides of a convolution.</summary>
/// <param name="X">First input value, [Samples, Height, Width, inputs].</param>
/// <param name="Pitch">Floats from one input pixel to the next.</param>
/// <param name="Samples">Images.</param>
/// <param name="Height">Input rows.</param>
/// <param name="Width">Input columns.</param>
/// <param name="OutHeight">Result rows.</param>
/// <param name="OutWidth">Result columns.</param>
readonly record struct ConvMaps(nint X, int Pitch, int Samples, int Height, int Width, int OutHeight, int OutWidth);
