namespace PgpSr.Safetensors;

/// <summary>What lies where a safetensors file was expected: known by its first bytes, and what to do about it.</summary>
static class OtherFormats
{
    /// <summary>What the file is and the way out; null where nothing is recognized.</summary>
    /// <param name="start">The first bytes of a file whose length prefix makes no sense.</param>
    public static string? Describe(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("GGUF"u8)) return "this is a GGUF file, which is not supported; download the model as safetensors.";
        if (start.StartsWith("PK\x03\x04"u8))
            return "this is a ZIP file, probably from PyTorch (.pth, .pt, .ckpt, .bin); convert it first: pgpsr convert MODEL.pth MODEL.safetensors.";
        // A pickle of protocol 2 or later begins with this opcode.
        if (start is [0x80, >= 2 and <= 5, ..])
        {
            return "this is a bare pickle, as PyTorch wrote before version 1.6, which is not supported; "
                + "load it with a PyTorch you trust and save it again, or download the model as safetensors.";
        }
        ReadOnlySpan<byte> text = start.StartsWith("\uFEFF"u8) ? start[3..] : start;
        text = text.TrimStart(" \t\r\n"u8);
        if (text.StartsWith("<"u8))
            return "this is a web page (HTML or XML), probably from a download that failed or needs a login; download the file itself.";
        if (text.StartsWith("{"u8)) return "this is a JSON text, not the weights; download the .safetensors file itself.";
        if (start is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] or [0xFF, 0xD8, 0xFF, ..]) return "this is a picture, not a model.";
        return null;
    }
}
