using PgpSr.Gpu.Kernels;

// Compiles the GPU backend's kernels into the folder that its assembly embeds: run it when a kernel has changed, and commit what it writes.
if (args.Length != 1)
{
    Console.Error.WriteLine("usage: dotnet run -c Release --project tools/PgpSr.Gpu.Kernels -- src/PgpSr.Gpu/Compiled");
    return 2;
}
var set = KernelSet.Compile();
set.Write(args[0]);
Console.WriteLine(
    $"{KernelInstances.OpenCl.Count} kernels in {set.OpenClTexts.Length:N0} bytes of OpenCL C, {KernelInstances.Cuda.Count} in {set.PtxTexts.Length:N0} of PTX");
return 0;
