using PgpSr.Safetensors;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Models.Tests;

public sealed class PromptEmbeddingsTests : IDisposable
{
    readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void What_is_saved_is_what_is_loaded()
    {
        using var backend = new ReferenceBackend();
        using var ws = new Workspace(backend);
        var data = new SeededData(1);
        float[] first = data.Uniform(2 * 3 * 4), second = data.Uniform(2 * 3 * 5), pooled = data.Uniform(2 * 5);
        var prompts = PromptEmbeddings.Join(ws, ws.Upload(first, new Shape(2, 3, 4)), ws.Upload(second, new Shape(2, 3, 5)),
            ws.Upload(pooled, new Shape(2, 5)));
        Assert.Equal(new Shape(2, 3, 9), prompts.ContextShape);
        Assert.Equal(first[..4].Concat(second[..5]), prompts.Context[..9].ToArray());
        prompts.Save(_path);

        var loaded = PromptEmbeddings.Load(_path);
        Assert.Equal(prompts.Context.ToArray(), loaded.Context.ToArray());
        Assert.Equal(pooled, loaded.Pooled.ToArray());
        var (context, pooledTensor) = loaded.Row(1).Upload(ws);
        Assert.Equal(prompts.Context[27..].ToArray(), ws.Download(context));
        Assert.Equal(pooled[5..], ws.Download(pooledTensor!));
        Assert.Throws<ArgumentOutOfRangeException>(() => loaded.Row(2));
    }

    [Fact]
    public void States_alone_are_enough()
    {
        new PromptEmbeddings(new float[6], new Shape(1, 2, 3), default).Save(_path);
        using var backend = new ReferenceBackend();
        using var ws = new Workspace(backend);
        Assert.Null(PromptEmbeddings.Load(_path).Upload(ws).Pooled);
    }

    [Fact]
    public void A_file_of_something_else_is_refused_by_name()
    {
        var writer = new SafetensorsWriter();
        writer.Add("context", SafetensorsDType.Float32, [2, 3], new byte[24]);
        writer.Write(_path);
        Assert.Contains(_path, Assert.Throws<ConfigException>(() => PromptEmbeddings.Load(_path)).Message, StringComparison.Ordinal);
    }
}
