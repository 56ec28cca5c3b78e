namespace PgpSr.Benchmarks;

/// <summary>A work noted once; then its session runs, and nothing else. What ends in no tensor (a picture) is done as a whole each time.</summary>
sealed class OrtWork(BackendWork noted, OrtBackend backend) : PreparedWork(noted.Form)
{
    public override void Run()
    {
        if (noted.Written is null || !backend.IsCompiled) noted.Run();
        if (noted.Written is null) return;
        if (!backend.IsCompiled) backend.Compile(noted.Written);
        backend.Evaluate();
    }

    public override float[] Result() => noted.Result();

    public override void Dispose() => noted.Dispose();
}
