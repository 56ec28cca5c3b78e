using PgpSr.Cpu;
using PgpSr.Models;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Onnx.Tests;

/// <summary>Files: constants apart, nothing half written.</summary>
public sealed class FileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr-onnx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(false), InlineData(true)]
    public void A_file_runs_with_its_constants_inside_or_beside_it(bool external)
    {
        string path = Path.Combine(_folder, "network.onnx"), another = path + ".part";
        File.WriteAllText(another, "somebody's");
        var config = new SrVggConfig(2, Features: 16, Convolutions: 2);
        using var source = new GeneratedSource(1, SrVggNet.Declare(config));
        (IDisposable, Func<Workspace, Tensor[], Tensor>) Load(Backend backend)
        {
            var network = SrVggNet.Load(source, backend, config);
            return (network, (ws, inputs) => network.Forward(ws, inputs[0]));
        }
        OnnxExport.Write(path, external, Load, () => [new("picture", new Shape(1, 8, 8, 3))]);
        Assert.Equal("somebody's", File.ReadAllText(another));
        File.Delete(another);
        Assert.Equal(external ? ["network.onnx", "network.onnx.data"] : ["network.onnx"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());

        using var cpu = CpuBackend.Create(new CpuBackendOptions { Threads = 1 });
        var (network, forward) = Load(cpu);
        using (network)
        using (var runtime = new RuntimeModel(path))
        {
            RuntimeTensor picture = RuntimeTensor.Random("picture", new Shape(1, 12, 9, 3), 1);
            using var ws = new Workspace(cpu);
            using var scope = ws.Scope();
            Tensor expected = forward(ws, [ws.Upload(picture.ChannelsLast, picture.Shape)]);
            Assert.InRange(RuntimeTensor.Difference(runtime.Run([picture], expected.Shape), ws.Download(expected)), 0, 1e-4);
        }
    }

    [Fact]
    public void What_cannot_be_written_leaves_nothing_behind()
    {
        string path = Path.Combine(_folder, "network.onnx");
        Assert.Throws<OnnxException>(() => OnnxExport.Write(path, true, backend => (backend, (ws, inputs) => ws.RealFft2d(inputs[0])), () => [new("map", new Shape(1, 8, 8, 3))]));
        Assert.Empty(Directory.GetFiles(_folder));
    }
}
