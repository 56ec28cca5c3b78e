namespace PgpSr.Managed;

/// <summary>There is no model of this name or at this path.</summary>
public sealed class ModelNotFoundException : PgpSrException
{
    internal ModelNotFoundException(string model, string message)
        : base(message) => Model = model;

    /// <summary>The requested name or path.</summary>
    public string Model { get; }
}
