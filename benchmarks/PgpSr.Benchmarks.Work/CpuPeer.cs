using PgpSr.Cpu;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>The CPU backend with one kernel set, one type of weights and one of factors.</summary>
/// <param name="kernelSet">v128, v256, v512; null for the widest.</param>
/// <param name="weights">Type that weights are kept in: f32, f16, bf16.</param>
/// <param name="precision">Type of the factors: f32, bf16.</param>
/// <param name="direct">Convolutions without Winograd.</param>
sealed class CpuPeer(string? kernelSet, string weights, string precision, bool direct) : IPeer
{
    public string Name { get; } =
        $"{kernelSet ?? CpuBackend.AcceleratedKernelSets[0]}{(direct ? " direct" : "")}{(precision == "f32" ? "" : $" {precision}")}";

    public string Version => "PgpSr.Cpu";

    public bool Rounds => precision == "bf16";

    public string Weights => weights;

    public void Dispose()
    {
    }

    public IEnumerable<PreparedWork> Prepare(Work work, int threads)
    {
        if (weights != "f32" && !work.HasWeights) yield break;
        if (direct && !work.HasWinograd) yield break;
        var options = new CpuBackendOptions { Threads = threads, KernelSet = kernelSet };
        if (precision == "bf16") options = options with { Precision = CpuPrecision.BF16 };
        if (direct) options = options with { Winograd = false };
        var backend = CpuBackend.Create(options);
        if (backend.PrecisionRefusal is { } refusal)
        {
            Console.Error.WriteLine($"{work.Operation} {work.Shape}: no bf16: {refusal}");
            backend.Dispose();
            yield break;
        }
        BackendWork prepared;
        try
        {
            prepared = work.Prepare(backend, Name, Type(weights), owned: true);
            prepared.Run();
        }
        catch (BackendException e)
        {
            Console.Error.WriteLine($"{work.Operation} {work.Shape}: {e.Message}");
            backend.Dispose();
            yield break;
        }
        yield return prepared;
    }

    /// <summary>A type by the name that rows and command lines have.</summary>
    public static DType Type(string name) => Enum.Parse<DType>(name, ignoreCase: true);
}
