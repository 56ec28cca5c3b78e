using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>
/// Published pipelines, on the CPU. Their networks are compared one by one on the scalar reference too, by the tests of PgpSr.Models: whole pipelines on
/// it, which take it minutes, run only where PGPSR_SLOW_TESTS=1 asks for them.
/// </summary>
static class GoldenPipelines
{
    static readonly string[] s_backends = Environment.GetEnvironmentVariable("PGPSR_SLOW_TESTS") == "1" ? ["cpu", "reference"] : ["cpu"];

    public static IEnumerable<TheoryDataRow<string, string>> Of(string kind) =>
        from path in Goldens.Of(kind) from backend in s_backends select new TheoryDataRow<string, string>(path, backend);
}
