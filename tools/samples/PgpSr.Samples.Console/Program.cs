// One picture, with progress and Ctrl-C: dotnet run -c Release -- photo.jpg photo-x4.png
// As a native program: dotnet publish -c Release -r linux-x64
using PgpSr.Cpu;
using PgpSr.Managed;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: PgpSr.Samples.Console SOURCE DESTINATION");
    return 2;
}
using CancellationTokenSource cancel = new();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    cancel.Cancel();
};
using CpuBackend backend = CpuBackend.Create();
using SuperResolver resolver = SuperResolver.Load(backend);
Percent progress = new();
try
{
    UpscaleResult result = await resolver.UpscaleFileAsync(args[0], args[1], progress: progress, cancellation: cancel.Token);
    Console.Error.WriteLine();
    Console.WriteLine(result);
    return 0;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("cancelled");
    return 130;
}

// On the thread of the run: Progress<T> would report from the pool, and perhaps after the end.
sealed class Percent : IProgress<UpscaleProgress>
{
    public void Report(UpscaleProgress value) => Console.Error.Write($"\r{value.Fraction,4:P0} ");
}
