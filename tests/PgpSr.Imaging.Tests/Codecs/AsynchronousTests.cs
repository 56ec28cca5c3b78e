namespace PgpSr.Imaging.Tests.Codecs;

/// <summary>Streams that forbid synchronous reads and writes, as a web server's do, and streams that fail.</summary>
public sealed class AsynchronousTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Calls other than asynchronous ones throw; at most a few bytes come or go at a time, and it fails once so many have.</summary>
    sealed class WebStream(byte[] content, int failsAt = int.MaxValue) : Stream
    {
        int _at;

        public MemoryStream Written { get; } = new();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            if (_at >= failsAt) throw new IOException("the connection was reset");
            int length = Math.Min(Math.Min(buffer.Length, 1000), content.Length - _at);
            content.AsMemory(_at, length).CopyTo(buffer);
            _at += length;
            return length;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            if (Written.Length + buffer.Length > failsAt) throw new IOException("the connection was reset");
            Written.Write(buffer.Span);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        static InvalidOperationException Forbidden() => new("Synchronous operations are disallowed.");

        public override int Read(byte[] buffer, int offset, int count) => throw Forbidden();

        public override void Write(byte[] buffer, int offset, int count) => throw Forbidden();

        public override void Flush() => throw Forbidden();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }

    [Theory, InlineData(ImageFormat.Png), InlineData(ImageFormat.Jpeg), InlineData(ImageFormat.Tiff)]
    public async Task Pictures_come_and_go_asynchronously(ImageFormat format)
    {
        // Two pieces and a part of one.
        Image image = Pictures.Make(700, 1100, 3, 8);
        image.Metadata.SetText("Comment", "text");
        byte[] file = Pictures.Encode(image, format);
        WebStream response = new([]);
        await image.SaveAsync(response, new() { Format = format }, Token);
        Assert.Equal(file, response.Written.ToArray());
        Image expected = Pictures.Decode(file), read = await Image.LoadAsync(new WebStream(file), cancellation: Token);
        Pictures.AssertSame(expected, read);
        Assert.NotEmpty(read.Metadata.Text);
        Assert.Equal(expected.Metadata.Text, read.Metadata.Text);
    }

    [Fact]
    public async Task Rows_come_and_go_asynchronously()
    {
        Image image = Pictures.Make(300, 200, 4, 16);
        WebStream response = new([]);
        using ImageReader reader = await ImageReader.OpenAsync(new WebStream(Pictures.Encode(image, ImageFormat.Png)), cancellation: Token);
        using ImageWriter writer = ImageWriter.CreateAsynchronous(response, reader.Info, reader.Metadata, new() { Format = ImageFormat.Png });
        byte[] strip = new byte[50 * reader.Info.RowLength];
        for (int y = 0; y < 200; y += 50)
        {
            reader.ReadRows(strip);
            await writer.WriteRowsAsync(strip, Token);
        }
        Assert.Throws<InvalidOperationException>(writer.Complete);
        await writer.CompleteAsync(Token);
        Pictures.AssertSame(image, Pictures.Decode(response.Written.ToArray()));
    }

    [Fact]
    public async Task Files_are_read_and_written_whole()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("pgpsr-imaging-").FullName, "a.tif");
        Image image = Pictures.Make(300, 200, 3, 8);
        await image.SaveAsync(path, cancellation: Token);
        Pictures.AssertSame(image, await Image.LoadAsync(path, cancellation: Token));
        CancellationToken cancelled = new(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Pictures.Make(4, 4, 3, 8).SaveAsync(path, cancellation: cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Image.LoadAsync(path, cancellation: cancelled));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
        Pictures.AssertSame(image, await Image.LoadAsync(path, cancellation: Token));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public async Task A_failing_stream_is_not_called_damage()
    {
        Image image = Pictures.Make(300, 200, 3, 8);
        foreach (ImageFormat format in (ImageFormat[])[ImageFormat.Png, ImageFormat.Jpeg, ImageFormat.Tiff])
            foreach (int room in (int[])[0, 2000])
            {
                byte[] file = Pictures.Encode(image, format);
                Check(await Assert.ThrowsAsync<ImageException>(() => Image.LoadAsync(new WebStream(file, room), cancellation: Token)), "read");
                ImageSaveOptions options = new() { Format = format };
                Check(await Assert.ThrowsAsync<ImageException>(() => image.SaveAsync(new WebStream([], room), options, Token)), "written");
            }

        static void Check(ImageException e, string verb)
        {
            Assert.Contains($"cannot be {verb}: the connection was reset", e.Reason, StringComparison.Ordinal);
            Assert.DoesNotContain("damage", e.Reason, StringComparison.Ordinal);
            Assert.Equal("the connection was reset", e.InnerException!.Message);
        }
    }

    [Fact]
    public void The_synchronous_calls_name_the_way_out()
    {
        Image image = Pictures.Make(30, 20, 3, 8);
        ImageException e = Assert.Throws<ImageException>(() => Image.Load(new WebStream(Pictures.Encode(image, ImageFormat.Png))));
        Assert.Contains("Synchronous operations are disallowed", e.Reason, StringComparison.Ordinal);
        Assert.Contains("LoadAsync", e.Reason, StringComparison.Ordinal);
        e = Assert.Throws<ImageException>(() => image.Save(new WebStream([]), new() { Format = ImageFormat.Png }));
        Assert.Contains("SaveAsync", e.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_and_tokens_end_the_wait()
    {
        byte[] file = Pictures.Encode(Pictures.Make(300, 200, 3, 8), ImageFormat.Png);
        ImageException e = await Assert.ThrowsAsync<ImageException>(
            () => Image.LoadAsync(new WebStream(file), new() { MaxBufferedStreamBytes = 1500 }, cancellation: Token));
        Assert.Contains("MaxBufferedStreamBytes", e.Reason, StringComparison.Ordinal);
        using CancellationTokenSource cancel = new();
        Task<Image> waiting = Image.LoadAsync(new SilentStream(), cancellation: cancel.Token);
        Assert.False(waiting.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(30), Token));
    }

    /// <summary>A client that sends nothing.</summary>
    sealed class SilentStream : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }
}
