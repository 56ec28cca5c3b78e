using PgpSr.Models;

namespace PgpSr.Restoration;

/// <summary>An open checkpoint of AdcSR: its topology, and its tensors under our names. Nothing but headers has been read.</summary>
/// <param name="Path">As it was opened.</param>
/// <param name="Files">Every file that tensors are read from.</param>
/// <param name="Source">The tensors.</param>
/// <param name="Config">The topology.</param>
sealed record AdcSrCheckpoint(string Path, IReadOnlyList<string> Files, WeightSource Source, AdcSrConfig Config) : IDisposable
{
    /// <summary>Where both files come from, for messages.</summary>
    public const string Publisher = "github.com/Guaishou74851/AdcSR (folders weight and weight/pretrained)";

    /// <summary>Closes the files.</summary>
    public void Dispose() => Source.Dispose();
}
