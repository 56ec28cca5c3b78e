namespace PgpSr.Benchmarks;

/// <summary>A work with its inputs loaded, its weights packed and its output allocated: <see cref="Run"/> does nothing but the operation.</summary>
/// <param name="form">What distinguishes this form: operator and layout, or the kernel's name.</param>
abstract class PreparedWork(string form) : IDisposable
{
    public string Form { get; } = form;

    /// <summary>Does the operation once.</summary>
    public abstract void Run();

    /// <summary>The output of the last run, in the channels-last order that <see cref="Work"/> documents.</summary>
    public abstract float[] Result();

    public abstract void Dispose();
}
