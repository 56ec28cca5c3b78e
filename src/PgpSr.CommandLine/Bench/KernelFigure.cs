namespace PgpSr.CommandLine;

/// <summary>How fast one operation is.</summary>
/// <param name="Name">Operation and sizes.</param>
/// <param name="Seconds">Best time of one.</param>
/// <param name="Flops">Floating-point operations of one, counted as the direct algorithm; 0 where memory is what limits.</param>
readonly record struct KernelFigure(string Name, double Seconds, double Flops);
