namespace PgpSr.Onnx;

/// <summary>A network does something that this exporter cannot write.</summary>
/// <param name="operation">What.</param>
/// <param name="reason">Why, and the way out if there is one.</param>
sealed class OnnxException(string operation, string reason) : PgpSrException($"ONNX export: {operation}: {reason}")
{
    /// <summary>What cannot be written.</summary>
    public string Operation { get; } = operation;
}
