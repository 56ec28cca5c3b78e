using PgpSr.Cpu;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>The CPU backend with one kernel set, one type of weights and one of factors.</summary>
/// <param name="kernelSet">v128, v256, v512; null for the widest.</param>
/// <param name="weights">Type that weights are kept in: f32, f16, bf16.</param>
/// <param name="precision">Type of the factors: f32, bf16.</param>
/// <param name="direct">Convolutions without Winograd.</param>
sealed class CpuPeer(string? kernelSet, string weights, string precision = "f32", bool direct = false) : IPeer
{
    public string Name { get; } = $"{kernelSet ?? CpuBackend.AcceleratedKernelSets[0]}{(direct ? " direct" : "")}{(precision == "f32" ? "" : $" {precision}")}";

    public string Version => "PgpSr.Cpu";

    public bool Rounds => precision == "bf16";

    public string Weights => weights;

    public IEnumerable<string> Forms(Work work) => (weights == "f32" || work.HasWeights) && (!direct || work.HasWinograd) ? [Name] : [];

    public PreparedWork? Prepare(Work work, string form, int threads)
    {
        var options = new CpuBackendOptions { Threads = threads, KernelSet = kernelSet, Precision = Rounds ? CpuPrecision.BF16 : default, Winograd = !direct };
        CpuBackend? backend = null;
        try
        {
            backend = CpuBackend.Create(options);
            if (backend.PrecisionRefusal is { } refusal) throw new BackendException(backend.Name, refusal);
            BackendWork prepared = work.Prepare(backend, Type(weights), form, owned: true);
            prepared.Run();
            return prepared;
        }
        catch (BackendException e)
        {
            Console.Error.WriteLine($"{work.Operation} {work.Shape}: {form}: {e.Message}");
            backend?.Dispose();
            return null;
        }
    }

    /// <summary>A type by the name that rows and command lines have.</summary>
    public static DType Type(string name) => Enum.Parse<DType>(name, ignoreCase: true);
}
