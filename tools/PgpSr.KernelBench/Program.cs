using PgpSr.KernelBench;

return Bench.Run(args, new Dictionary<string, Func<IPeer>>
{
#if WITH_ORT
    ["ort"] = () => new OrtPeer(),
#endif
});
