namespace PgpSr.Cpu;

/// <summary>An algorithm for convolutions.</summary>
enum ConvMethod
{
    /// <summary>Indirect GEMM: every product of the definition, any geometry.</summary>
    Direct,

    /// <summary>Winograd's F(4x4, 3x3): a quarter of the products; 3x3 and stride 1 only.</summary>
    Winograd,
}
