namespace PgpSr.Imaging.Tests.Codecs;

public sealed class FileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr-imaging-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string Path(string name) => System.IO.Path.Combine(_folder, name);

    [Theory, InlineData("a.png"), InlineData("a.PNG"), InlineData("a.tif"), InlineData("a.tiff")]
    public void The_extension_tells_the_format(string name)
    {
        Image image = Pictures.Make(10, 10, 3, 16);
        image.Save(Path(name));
        Pictures.AssertSame(image, Image.Load(Path(name)));
        Assert.Equal([Path(name)], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Messages_name_file_and_reason()
    {
        ImageException missing = Assert.Throws<ImageException>(() => Image.Load(Path("missing.png")));
        Assert.Contains("missing.png", missing.Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", missing.Reason, StringComparison.Ordinal);
        Image image = Pictures.Make(2, 2, 3, 8);
        Assert.Contains("folder", Assert.Throws<ImageException>(() => image.Save(Path("no/such/folder/a.png"))).Reason, StringComparison.Ordinal);
        Assert.Contains("extension", Assert.Throws<ImageException>(() => image.Save(Path("a.xyz"))).Reason, StringComparison.Ordinal);
        File.WriteAllBytes(Path("empty.png"), []);
        ImageException empty = Assert.Throws<ImageException>(() => Image.Load(Path("empty.png")));
        Assert.Equal(Path("empty.png"), empty.File);
        Assert.Contains("empty", empty.Reason, StringComparison.Ordinal);
        Assert.Throws<ImageException>(() => Image.Load(_folder));
    }

    [Fact]
    public void A_file_that_was_not_completed_leaves_the_old_one_and_nothing_else()
    {
        Image old = Pictures.Make(4, 4, 1, 8), other = Pictures.Make(400, 400, 3, 8);
        foreach (string name in (string[])["a.png", "a.jpg", "a.tif"])
        {
            old.Save(Path(name));
            byte[] before = File.ReadAllBytes(Path(name));
            using (ImageWriter writer = ImageWriter.Create(Path(name), other.Info))
            {
                writer.WriteRows(other.Rows(0, 300));
                Assert.Throws<InvalidOperationException>(writer.Complete);
            }
            Assert.Equal(before, File.ReadAllBytes(Path(name)));
        }
        Assert.Equal(3, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void A_full_disk_is_an_ImageException()
    {
        Image image = Pictures.Make(600, 600, 3, 8);
        foreach (ImageFormat format in (ImageFormat[])[ImageFormat.Png, ImageFormat.Jpeg, ImageFormat.Tiff])
            foreach (int room in (int[])[0, 10, 1000, 100_000])
            {
                using FullStream stream = new(room);
                Assert.Throws<ImageException>(() => image.Save(stream, new() { Format = format }));
            }
    }

    sealed class FullStream(int room) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            if (Position + count > room) throw new IOException("no space left on device");
            base.Write(buffer, offset, count);
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Position + buffer.Length > room) throw new IOException("no space left on device");
            base.Write(buffer);
        }

        public override void WriteByte(byte value) => Write([value]);
    }

    [Fact]
    public void A_stream_that_cannot_seek_is_buffered()
    {
        Image image = Pictures.Make(50, 40, 3, 8);
        foreach (ImageFormat format in (ImageFormat[])[ImageFormat.Png, ImageFormat.Tiff])
        {
            using ForwardStream stream = new(Pictures.Encode(image, format));
            Pictures.AssertSame(image, Image.Load(stream));
            using ForwardStream again = new(Pictures.Encode(image, format));
            Assert.Contains("MaxBufferedStreamBytes",
                Assert.Throws<ImageException>(() => Image.Load(again, new() { MaxBufferedStreamBytes = 100 })).Reason, StringComparison.Ordinal);
        }
    }

    sealed class ForwardStream(byte[] data) : MemoryStream(data)
    {
        public override bool CanSeek => false;
    }

    [Fact]
    public void Pictures_in_the_middle_of_a_stream_are_read()
    {
        Image image = Pictures.Make(50, 40, 3, 8);
        foreach (ImageFormat format in (ImageFormat[])[ImageFormat.Png, ImageFormat.Tiff])
        {
            using MemoryStream stream = new([1, 2, 3, .. Pictures.Encode(image, format)]);
            stream.Position = 3;
            Pictures.AssertSame(image, Image.Load(stream));
        }
    }

    [Fact]
    public void Depth_can_be_changed_while_writing()
    {
        Image image = Pictures.Make(20, 20, 3, 8);
        Image wide = Pictures.Decode(Pictures.Encode(image, ImageFormat.Png, new() { BitDepth = 16 }));
        Assert.Equal(16, wide.BitDepth);
        Pictures.AssertSame(image, Pictures.Decode(Pictures.Encode(wide, ImageFormat.Tiff, new() { BitDepth = 8 })));
    }
}
