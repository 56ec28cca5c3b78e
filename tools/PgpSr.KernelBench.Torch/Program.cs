using PgpSr.KernelBench;
using PgpSr.KernelBench.Torch;

Dictionary<string, Func<IPeer>> peers = new(Bench.Peers)
{
    ["torch"] = () => new TorchPeer(bfloat16: false),
    ["torch-bf16"] = () => new TorchPeer(bfloat16: true),
};
return Bench.Run(args, peers);
