using PgpSr.Tensors;

namespace PgpSr.Gpu.Ptx;

/// <summary>What is fixed in the text of a product kernel of binary16 factors; everything else is a parameter.</summary>
/// <param name="Tile">Tile and pipeline depth.</param>
/// <param name="Pointwise">One tap, stride 1, no padding: rows of the left operand are rows of memory.</param>
/// <param name="Activation">Applied to the sum.</param>
/// <param name="Geglu">Columns 2j and 2j+1 are value and gate.</param>
/// <param name="OddColumns">An odd number of columns: pairs of results are not aligned.</param>
/// <param name="HalfResult">Result and residual are binary16, not float32.</param>
sealed record ProductVariant(
    ProductTile Tile, bool Pointwise, Activation Activation, bool Geglu, bool OddColumns, bool HalfResult = false)
{
    /// <summary>The entry point's name.</summary>
    public string Name =>
        $"product_{Tile}_F16_{(Pointwise ? "rows" : "taps")}_{(Geglu ? "Geglu" : Activation)}{(OddColumns ? "_odd" : "")}{(HalfResult ? "_half" : "")}";
}
