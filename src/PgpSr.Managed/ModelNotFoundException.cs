namespace PgpSr.Managed;

/// <summary>There is no model of this name or at this path.</summary>
public sealed class ModelNotFoundException : PgpSrException
{
    internal ModelNotFoundException(string model, string message)
        : base(message) => Model = model;

    /// <summary>What was asked for.</summary>
    public string Model { get; }
}
