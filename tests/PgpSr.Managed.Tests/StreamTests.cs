using PgpSr.Cpu;
using PgpSr.Imaging;

namespace PgpSr.Managed.Tests;

public sealed class StreamTests : IDisposable
{
    readonly CpuBackend _backend = CpuBackend.Create();
    readonly SuperResolver _resolver;

    public StreamTests() => _resolver = TestModels.Load(TestModels.Residual, _backend);

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _resolver.Dispose();
        _backend.Dispose();
    }

    static MemoryStream Png(Image image)
    {
        var stream = new MemoryStream();
        image.Save(stream, new ImageSaveOptions { Format = ImageFormat.Png });
        stream.Position = 0;
        return stream;
    }

    [Fact]
    public async Task A_stream_becomes_what_the_picture_becomes_and_both_streams_stay_open()
    {
        var source = TestPictures.Make(60, 44);
        var expected = _resolver.Upscale(source);
        MemoryStream first = new(), second = new();
        var result = _resolver.UpscaleStream(Png(source), first);
        Assert.Equal((240, 176), (result.Width, result.Height));
        using OneWay request = new(Png(source)), answer = new(second);
        await _resolver.UpscaleStreamAsync(request, answer, cancellation: Stop);
        Assert.False(request.IsDisposed || answer.IsDisposed);
        Assert.Equal(first.ToArray(), second.ToArray());
        first.Position = 0;
        TestPictures.AssertSame(expected, Image.Load(first));
        Assert.Equal(ImageFormat.Png, ImageReader.Open(new MemoryStream(second.ToArray())).Format);
    }

    [Fact]
    public async Task The_output_names_the_format_and_the_next_run_works_after_one_that_failed()
    {
        var answer = new MemoryStream();
        var tiff = new OutputOptions { Format = ImageFormat.Tiff };
        var broken = new OneWay(new MemoryStream([1, 2, 3]));
        await Assert.ThrowsAsync<ImageException>(() => _resolver.UpscaleStreamAsync(broken, answer, cancellation: Stop));
        await Assert.ThrowsAsync<MemoryBudgetException>(() =>
            _resolver.UpscaleStreamAsync(Png(TestPictures.Make(20, 20)), answer, new() { MemoryBudget = 1 }, cancellation: Stop));
        Assert.Equal(0, answer.Length);
        await _resolver.UpscaleStreamAsync(Png(TestPictures.Make(20, 20)), new OneWay(answer), output: tiff, cancellation: Stop);
        using var reader = ImageReader.Open(new MemoryStream(answer.ToArray()));
        Assert.Equal((ImageFormat.Tiff, 80), (reader.Format, reader.Info.Width));
    }

    // As a web server's: no seeking, no length, nothing synchronous.
    sealed class OneWay(Stream inner) : Stream
    {
        static InvalidOperationException Disallowed => new("Synchronous operations are disallowed.");

        public bool IsDisposed { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => throw Disallowed;

        public override int Read(byte[] buffer, int offset, int count) => throw Disallowed;

        public override void Write(byte[] buffer, int offset, int count) => throw Disallowed;

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
