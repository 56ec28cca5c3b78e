using System.Buffers.Binary;
using PgpSr.Testing;

namespace PgpSr.CommandLine.Tests.Hostile;

/// <summary>Damaged checkpoints through the whole program.</summary>
public sealed class HostileModelTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    public static TheoryData<string> Malformed() =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Goldens.RepositoryFolder, "safetensors"), "bad_*.safetensors")
            .Select(path => Path.GetFileName(path)!)
            .Order(StringComparer.Ordinal),
    ];

    [Fact]
    public void There_are_malformed_checkpoints_to_try() => Assert.True(Malformed().Count >= 20);

    [Theory, MemberData(nameof(Malformed))]
    public void A_malformed_checkpoint_is_exit_code_4_and_names_its_file(string name)
    {
        string model = Path.Combine(Goldens.RepositoryFolder, "safetensors", name);
        long before = GC.GetTotalAllocatedBytes();
        CommandRun run = CommandRun.Of("upscale", _scratch.Picture("a.png"), "-o", _scratch["x.png"], "--model", model);
        Assert.True(run.Code == ExitCode.Model, $"{run.Code}: {run.Error}");
        Assert.Contains(name, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", run.Error, StringComparison.Ordinal);
        // A header that claims 100 MB and more is not believed.
        Assert.True(GC.GetTotalAllocatedBytes() - before < 64 << 20);
        Assert.Equal(["a.png"], _scratch.Files());
    }

    [Fact]
    public void A_damaged_header_of_a_real_model_is_exit_code_4_and_a_damaged_body_never_a_crash()
    {
        byte[] model = Embedded();
        int header = (int)BinaryPrimitives.ReadUInt64LittleEndian(model);
        string picture = _scratch.Picture("a.png");
        for (int seed = 0; seed < 60; seed++)
        {
            Random random = new(seed);
            byte[] damaged = (byte[])model.Clone();
            bool body = seed % 4 == 3;
            for (int i = random.Next(1, 4); i > 0; i--)
                damaged[body ? 8 + header + random.Next(model.Length - header - 8) : random.Next(8 + header)] ^= (byte)(1 << random.Next(8));
            if (seed % 4 == 2) damaged = damaged[..random.Next(damaged.Length)];
            CommandRun run = CommandRun.Of("upscale", picture, "-o", _scratch["x.png"], "--model", _scratch.File("m.safetensors", damaged));
            // A bit of a weight or of a text in the metadata may change without anybody noticing; everything else is a refusal.
            Assert.True(run.Code is ExitCode.Model or ExitCode.Ok, $"{seed}: {run.Code}: {run.Error}");
            bool right = run.Code == ExitCode.Ok ? File.Exists(_scratch["x.png"]) : run.Error.Contains("m.safetensors", StringComparison.Ordinal);
            Assert.True(right, $"{seed}: {run.Error}");
            File.Delete(_scratch["x.png"]);
            Assert.Equal(["a.png", "m.safetensors"], _scratch.Files());
        }
    }

    [Fact]
    public void A_picture_is_no_model_and_a_pointer_of_Git_LFS_is_called_by_its_name()
    {
        string picture = _scratch.Picture("a.png");
        Assert.Equal(ExitCode.Model, CommandRun.Of("upscale", picture, "-o", _scratch["x.png"], "--model", picture).Code);
        string pointer = _scratch.File("lfs.safetensors", [.. "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"u8]);
        CommandRun run = CommandRun.Of("upscale", picture, "-o", _scratch["x.png"], "--model", pointer);
        Assert.Equal(ExitCode.Model, run.Code);
        Assert.Contains("LFS", run.Error, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[], string> OtherFiles() => new()
    {
        { "page.safetensors", [.. "\n<!DOCTYPE html><html><head><title>Access denied</title></head></html>"u8], "web page" },
        { "answer.safetensors", [.. "{\"error\": \"Access to the model is restricted\"}"u8], "JSON" },
        { "weights.safetensors", [.. "GGUF\u0003\0\0\0\u0002\0\0\0\0\0\0\0"u8], "GGUF" },
        { "old.ckpt", [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E], "pickle ends early" },
        { "new.pth", [.. "PK\u0003\u0004\u0014\0\0\0\0\0\0\0"u8], "unfinished download" },
        { "picture.safetensors", [0x89, .. "PNG\r\n\u001A\n\0\0\0\rIHDR"u8], "picture" },
    };

    [Theory, MemberData(nameof(OtherFiles))]
    public void A_file_of_another_kind_is_called_by_its_name(string name, byte[] content, string expected)
    {
        CommandRun run = CommandRun.Of("upscale", _scratch.Picture("a.png"), "-o", _scratch["x.png"], "--model", _scratch.File(name, content));
        Assert.Equal(ExitCode.Model, run.Code);
        Assert.Contains(name, run.Error, StringComparison.Ordinal);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("claims", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'vae'", "unet/config.json"), InlineData("'unet'", "vae/config.json"), InlineData("'unet' and no folder 'vae'", "model_index.json")]
    [InlineData("it holds transformer", "model_index.json", "transformer/config.json")]
    [InlineData("it is empty"), InlineData("weights.bin: convert it", "weights.bin"), InlineData("notes.txt", "notes.txt")]
    public void A_folder_with_a_missing_part_names_it(string expected, params string[] files)
    {
        Directory.CreateDirectory(_scratch["model"]);
        foreach (string file in files) _scratch.File($"model/{file}", [.. "{}"u8]);
        CommandRun run = CommandRun.Of("upscale", _scratch.Picture("a.png"), "-o", _scratch["x.png"], "--model", _scratch["model"]);
        Assert.Equal(ExitCode.Model, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_network_is_told_by_its_first_tensors_not_by_all()
    {
        string other = Path.Combine(Goldens.RepositoryFolder, "unet_sdxl_small_1.safetensors");
        CommandRun run = CommandRun.Of("upscale", _scratch.Picture("a.png"), "-o", _scratch["x.png"], "--model", other);
        Assert.Equal(ExitCode.Model, run.Code);
        Assert.InRange(run.Error.Split('\n').Length, 1, 20);
    }

    static byte[] Embedded()
    {
        using Stream stream = typeof(Managed.ModelCatalog).Assembly.GetManifestResourceStream(Managed.ModelCatalog.Default)!;
        byte[] model = new byte[stream.Length];
        stream.ReadExactly(model);
        return model;
    }
}
