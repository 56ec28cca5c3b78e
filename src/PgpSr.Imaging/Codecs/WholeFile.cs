namespace PgpSr.Imaging.Codecs;

/// <summary>Small formats are read into memory and decoded from there.</summary>
static class WholeFile
{
    public static byte[] Read(Stream stream, ImageLimits limits, int headerLength)
    {
        long length = stream.Length - stream.Position;
        if (length > limits.MaxBufferedStreamBytes) Throw.Codec($"the file has {length} bytes, more than ImageLimits.MaxBufferedStreamBytes");
        if (length < headerLength) Throw.Truncated("the header");
        byte[] file = new byte[length];
        stream.ReadExactly(file);
        return file;
    }
}
