namespace PgpSr.KernelBench;

/// <summary>A work with its inputs loaded, its weights packed and its output allocated: <see cref="Run"/> does nothing but the operation.</summary>
public interface IPreparedWork : IDisposable
{
    /// <summary>What distinguishes this form: operator and layout, or the kernel's name.</summary>
    string Form { get; }

    /// <summary>Does the operation once.</summary>
    void Run();

    /// <summary>The output of the last run, in the channels-last order that <see cref="Work"/> documents.</summary>
    float[] Result();
}
