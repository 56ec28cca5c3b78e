using PgpSr.Cpu;
using PgpSr.Tensors;

namespace PgpSr.KernelBench;

/// <summary>The CPU backend with one kernel set, one type of weights and one of factors.</summary>
sealed class CpuPeer(string? kernelSet, string weights, string precision, bool direct) : IPeer
{
    public string Name { get; } =
        $"{kernelSet ?? CpuBackend.AcceleratedKernelSets[0]}{(direct ? " direct" : "")}{(precision == "f32" ? "" : $" {precision}")}";

    public string Version => "PgpSr.Cpu";

    public bool Rounds => precision == "bf16";

    /// <summary>Type that weights are kept in.</summary>
    public string Weights => weights;

    public void Dispose()
    {
    }

    public IEnumerable<IPreparedWork> Prepare(Work work, int threads)
    {
        if (weights != "f32" && !work.HasWeights) yield break;
        if (direct && work is not ConvWork { Kernel: 3, Stride: 1 }) yield break;
        var options = new CpuBackendOptions { Threads = threads, KernelSet = kernelSet };
        if (precision == "bf16") options = options with { Precision = CpuPrecision.BF16 };
        if (direct) options = options with { Winograd = false };
        var backend = CpuBackend.Create(options);
        if (backend.PrecisionRefusal is { } refusal)
        {
            Console.Error.WriteLine($"KernelBench: {work.Operation} {work.Shape}: no bf16: {refusal}");
            backend.Dispose();
            yield break;
        }
        var made = new CpuWork(Name, backend, Type);
        try
        {
            switch (work)
            {
                case LinearWork w: made.Linear(w); break;
                case ConvWork w: made.Conv(w); break;
                case AttentionWork w: made.Attention(w); break;
                case GroupNormSiluWork w: made.GroupNormSilu(w); break;
                case FftWork w: made.Fft(w); break;
            }
            made.Run();
        }
        catch (BackendException e)
        {
            Console.Error.WriteLine($"KernelBench: {work.Operation} {work.Shape}: {e.Message}");
            made.Dispose();
            yield break;
        }
        yield return made;
    }

    DType Type => weights switch
    {
        "f16" => DType.F16,
        "bf16" => DType.BF16,
        _ => DType.F32,
    };
}
