using PgpSr.Cpu;
using PgpSr.Managed;

using CpuBackend backend = CpuBackend.Create();
using SuperResolver sr = SuperResolver.Load(args.Length > 2 ? args[2] : ModelCatalog.Default, backend);
UpscaleResult result = sr.UpscaleFile(args[0], args[1]);
Console.WriteLine($"{result.Width}x{result.Height} in {result.Elapsed.TotalSeconds:0.00} s, {backend.Name}");
