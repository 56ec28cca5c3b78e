namespace PgpSr.KernelBench;

/// <summary>Where the rows go, one by one as they are measured.</summary>
interface IReport
{
    void Begin(MachineFacts machine);

    void Add(BenchRow row);
}
