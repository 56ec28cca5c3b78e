using PgpSr.KernelBench;

return Bench.Run(args, Bench.Peers);
