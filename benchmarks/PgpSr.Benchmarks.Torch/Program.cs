using PgpSr.Benchmarks;
using static TorchSharp.torch;

Dictionary<string, Func<IPeer>> peers = new(BenchmarkProgram.Peers)
{
    ["torch"] = () => new TorchPeer(CPU, ScalarType.Float32),
    ["torch-bf16"] = () => new TorchPeer(CPU, ScalarType.BFloat16),
};
return BenchmarkProgram.Run(args, peers);
