using System.Diagnostics;
using System.Runtime.CompilerServices;
using PgpSr.Aot.Smoke;
using PgpSr.Cpu;

// What the JIT's tests prove is proven again for the ahead-of-time compiled program: its kernel sets, a subset of the conformance suites on each of
// them, and a golden case of each kind of network.
//
//   PgpSr.Aot.Smoke [--expect v512]     fails unless that kernel set is the best one here
var began = Stopwatch.GetTimestamp();
Console.WriteLine($"{(RuntimeFeature.IsDynamicCodeSupported ? "JIT" : "Native AOT")}; kernel set {CpuBackend.AcceleratedKernelSets[0]}, "
    + $"accelerated {string.Join(", ", CpuBackend.AcceleratedKernelSets)}");
var checks = new Checks();
int expect = Array.IndexOf(args, "--expect");
if (expect >= 0)
    checks.Run($"the best kernel set is {args[expect + 1]}", () => CpuBackend.AcceleratedKernelSets[0] == args[expect + 1] ? ""
        : throw new InvalidOperationException($"it is {CpuBackend.AcceleratedKernelSets[0]}"));
foreach (string kernels in CpuBackend.AvailableKernelSets) OperationChecks.Run(checks, kernels);
NetworkChecks.Run(checks);

// The closing line has the form of the test runner's, so that one sum covers both.
Console.WriteLine($"{(checks.Failed == 0 ? "Passed" : "Failed")}! - Failed: {checks.Failed}, Passed: {checks.Passed}, Skipped: 0, "
    + $"Total: {checks.Failed + checks.Passed}, Duration: {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s - PgpSr.Aot.Smoke");
return checks.Failed == 0 ? 0 : 1;
