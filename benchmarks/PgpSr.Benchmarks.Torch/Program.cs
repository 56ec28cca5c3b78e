using PgpSr.Benchmarks;
using static TorchSharp.torch;

Dictionary<string, Func<IPeer>> peers = new(BenchmarkProgram.Peers)
{
    ["torch"] = () => new TorchPeer(ScalarType.Float32),
    ["torch-bf16"] = () => new TorchPeer(ScalarType.BFloat16),
};
return BenchmarkProgram.Run(args, peers);
