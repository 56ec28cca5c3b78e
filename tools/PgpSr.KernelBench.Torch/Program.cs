using PgpSr.KernelBench;
using PgpSr.KernelBench.Torch;

Dictionary<string, Func<IPeer>> peers = new(Bench.Peers) { ["torch"] = () => new TorchPeer() };
return Bench.Run(args, peers);
