namespace PgpSr.Managed;

/// <summary>What a run is doing.</summary>
public enum UpscaleStage
{
    /// <summary>Reading the source.</summary>
    Reading,

    /// <summary>Autoencoder and conditioning, for models that have them.</summary>
    Encoding,

    /// <summary>The network.</summary>
    Restoring,

    /// <summary>The autoencoder's decoder.</summary>
    Decoding,

    /// <summary>Color, resizing, pixels.</summary>
    Finishing,

    /// <summary>Writing the rest of the file.</summary>
    Writing,
}
