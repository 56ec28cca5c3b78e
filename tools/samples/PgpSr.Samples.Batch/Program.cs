// A worker: every picture in a folder is enlarged into another, as it comes; what fails is named and the rest goes on.
// dotnet run -c Release -- INBOX RESULTS [--once]
using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Managed;

if (args.Length < 2)
{
    Console.Error.WriteLine("usage: PgpSr.Samples.Batch INBOX RESULTS [--once]");
    return 2;
}
(string inbox, string results, bool once) = (args[0], args[1], args.Contains("--once"));
using CancellationTokenSource cancel = new();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    cancel.Cancel();
};
Directory.CreateDirectory(results);
using CpuBackend backend = CpuBackend.Create();
using SuperResolver resolver = SuperResolver.Load(backend);
UpscaleOptions options = new() { MemoryBudget = 1L << 30 };
HashSet<string> failed = [];
try
{
    do
    {
        foreach (string source in Directory.EnumerateFiles(inbox).Where(ImageFormats.IsRead).Order(StringComparer.Ordinal))
        {
            // Results are renamed into place when they are whole: one that is there is done.
            string destination = Path.Combine(results, Path.GetFileNameWithoutExtension(source) + ".png");
            if (File.Exists(destination) || failed.Contains(source)) continue;
            try
            {
                Console.WriteLine($"{destination}: {await resolver.UpscaleFileAsync(source, destination, options, cancellation: cancel.Token)}");
            }
            catch (Exception e) when (e is ImageException or MemoryBudgetException or BrokenOutputException)
            {
                failed.Add(source);
                Console.Error.WriteLine($"{source}: {e.Message}");
            }
        }
        if (!once) await Task.Delay(TimeSpan.FromSeconds(1), cancel.Token);
    }
    while (!once);
}
catch (OperationCanceledException)
{
    return 130;
}
return failed.Count > 0 ? 1 : 0;
