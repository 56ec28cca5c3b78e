using PgpSr.Cli;
using PgpSr.CommandLine;
using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Tensors;

namespace PgpSr.Gpu.Tests;

/// <summary>The program with <c>--device gpu</c>, from file to file.</summary>
public sealed class UpscaleTests : IDisposable
{
    // What pictures must agree to: the difference is then under one gray level almost everywhere.
    const double Decibels = 50;

    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr-gpu-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("f32")]
    [InlineData("f16")]
    public async Task The_GPUs_picture_is_the_CPUs(string activations)
    {
        string refusals = string.Join("; ", GpuDevices.Describe().Where(d => !d.IsUsable).Select(d => $"{d.Id}: {d.Refusal}"));
        if (!GpuDevices.Describe().Any(d => d.IsUsable)) Assert.Skip(refusals);
        using var _ = GpuBackend.Create();
        string source = Path.Combine(_folder, "small.png"), cpu = Path.Combine(_folder, "cpu.png"), gpu = Path.Combine(_folder, "gpu.png");
        string again = Path.Combine(_folder, "again.png");
        Picture(40, 33).Save(source);
        await Run("upscale", source, "-o", cpu, "--device", "cpu", "--seed", "3");
        await Run("upscale", source, "-o", gpu, "--device", "gpu", "--activations", activations, "--seed", "3");
        await Run("upscale", source, "-o", again, "--device", "gpu", "--activations", activations, "--seed", "3");
        double psnr = ImageMetrics.Psnr(Image.Load(gpu), Image.Load(cpu));
        TestContext.Current.TestOutputHelper?.WriteLine($"{activations}: {psnr:F1} dB");
        Assert.InRange(psnr, Decibels, double.PositiveInfinity);
        Assert.Equal(Image.Load(gpu).Bytes.ToArray(), Image.Load(again).Bytes.ToArray());
    }

    [Fact]
    public async Task Devices_explains_every_refusal()
    {
        string output = await Run("devices");
        foreach (var device in GpuDevices.Describe())
        {
            Assert.Contains(device.Id, output, StringComparison.Ordinal);
            if (device.Refusal is not null) Assert.Contains(device.Refusal, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_device_that_is_not_there_ends_with_the_devices_exit_code_and_the_way_out()
    {
        var error = new StringWriter();
        using var environment = new CommandEnvironment { Output = TextWriter.Null, Error = error };
        string source = Path.Combine(_folder, "small.png");
        Picture(8, 8).Save(source);
        string[] args = ["upscale", source, "-o", Path.Combine(_folder, "x.png"), "--device", "gpu:no such name"];
        int code = await PgpSrCommand.RunAsync(args, [new GpuProvider(), new Processor()], environment);
        Assert.Equal((int)ExitCode.Device, code);
        Assert.Contains("--device cpu", error.ToString(), StringComparison.Ordinal);
    }

    static async Task<string> Run(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        using var environment = new CommandEnvironment { Output = output, Error = error };
        int code = await PgpSrCommand.RunAsync(args, [new GpuProvider(), new Processor()], environment);
        Assert.True(code == 0, $"{string.Join(' ', args)} ended with {code}: {error}");
        return output.ToString();
    }

    static Image Picture(int width, int height)
    {
        var image = new Image(width, height, 3, 8);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < 3; c++)
                {
                    int square = (x / 5 + y / 7) % 2 == 0 ? 30 : -30;
                    image.Bytes[(y * width + x) * 3 + c] = (byte)(128 + 80 * Math.Sin((x * (c + 1) + y * 2) * 0.2) + square);
                }
        return image;
    }

    sealed class Processor : IBackendProvider
    {
        public string Name => "cpu";

        public Backend Create(BackendRequest request) => CpuBackend.Create(new CpuBackendOptions { Threads = 2 });

        public IReadOnlyList<DeviceReport> Describe() => [new DeviceReport { Name = "processor" }];
    }
}
