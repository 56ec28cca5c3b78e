namespace PgpSr.Imaging.Tests.Codecs;

public sealed class ThreadPoolTests
{
    // The pool begins with a thread a processor and adds about two a second.
    const int Waiting = 64;

    /// <summary>In a service the pool's threads are for requests: what is compressed must neither take nor need them.</summary>
    [Theory, InlineData(ImageFormat.Png), InlineData(ImageFormat.Tiff)]
    public void A_large_picture_is_compressed_while_every_thread_of_the_pool_is_taken(ImageFormat format)
    {
        using var release = new ManualResetEventSlim();
        using var ended = new CountdownEvent(Waiting);
        for (int i = 0; i < Waiting; i++)
            ThreadPool.UnsafeQueueUserWorkItem(_ =>
            {
                release.Wait();
                ended.Signal();
            }, null);
        using var stream = new MemoryStream();
        var image = new Image(1024, 1024, 3);
        var saving = new Thread(() => image.Save(stream, new() { Format = format }));
        saving.Start();
        bool saved = saving.Join(TimeSpan.FromSeconds(10));
        release.Set();
        ended.Wait(TestContext.Current.CancellationToken);
        saving.Join();
        Assert.True(saved, "the encoder waited for a thread of the pool");
        Assert.NotEqual(0, stream.Length);
    }
}
