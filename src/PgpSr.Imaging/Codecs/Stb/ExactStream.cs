namespace PgpSr.Imaging.Codecs.Stb;

/// <summary>Remembers whether more was asked for than there is: StbImageSharp takes missing bytes for zeros.</summary>
sealed class ExactStream(byte[] data) : MemoryStream(data, writable: false)
{
    public bool ReadPastEnd { get; private set; }

    public override int ReadByte()
    {
        int value = base.ReadByte();
        ReadPastEnd |= value < 0;
        return value;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        int read = base.Read(buffer, offset, count);
        ReadPastEnd |= read < count;
        return read;
    }
}
