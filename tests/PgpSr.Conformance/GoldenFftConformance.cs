using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Conformance;

/// <summary>Golden cases of kind <c>fft</c>.</summary>
public abstract class GoldenFftConformance(BackendFixture fixture) : BackendConformance(fixture)
{
    /// <summary>Paths of the cases.</summary>
    public static TheoryData<string> Cases() => [.. Goldens.Of(GoldenKinds.Fft)];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Every_output_is_the_published_one(string path)
    {
        using var golden = GoldenCase.Open(path);
        using var backend = Fixture.Create();
        using var ws = new Workspace(backend, new WorkspaceOptions { Poison = true });
        var failures = new List<string>();
        foreach (string size in golden.Config.GetProperty("sizes").EnumerateArray().Select(s => s.GetString()!))
        {
            using var scope = ws.Scope();
            var u = golden.UploadMap(ws, $"input.u_{size}");
            var (exchangedU, exchangedV) = ws.PhaseExchange(u, golden.UploadMap(ws, $"input.v_{size}"));
            var spectrum = ws.RealFft2d(u);
            int channels = u.Shape[3];
            // [1, H, W/2+1, 2, C] as a map of 2C channels: real parts first.
            var parts = spectrum.Reshape(new Shape(1, spectrum.Shape[1], spectrum.Shape[2], 2 * channels));
            Try(() => golden.CheckMap($"output.rfft2_re_{size}", ws, ws.SliceChannels(parts, 0, channels)));
            Try(() => golden.CheckMap($"output.rfft2_im_{size}", ws, ws.SliceChannels(parts, channels, channels)));
            Try(() => golden.CheckMap($"output.exchanged_u_{size}", ws, exchangedU));
            Try(() => golden.CheckMap($"output.exchanged_v_{size}", ws, exchangedV));
        }
        Assert.Empty(failures);
        Assert.Equal(4 * golden.Config.GetProperty("sizes").GetArrayLength(), golden.Outputs.Count());

        void Try(Action check)
        {
            try
            {
                check();
            }
            catch (ToleranceException e)
            {
                failures.Add(e.Message);
            }
        }
    }
}
