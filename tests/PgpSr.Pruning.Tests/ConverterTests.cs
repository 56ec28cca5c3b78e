using System.IO.Compression;
using System.Runtime.InteropServices;
using PgpSr.Safetensors;

namespace PgpSr.Pruning.Tests;

public sealed class ConverterTests
{
    // Ties, the ends of both ranges, subnormals, signs, and more than a piece.
    static readonly float[] s_values =
        [0, -0f, 1, -1, 1.00390625f, 1.01171875f, 65504, -65504, 65519, 1e-7f, 5.9604645e-8f, 3.3e38f, float.NaN,
        float.PositiveInfinity, 0.1f, -2.7182817f];

    [Fact]
    public void Widening_and_narrowing_again_gives_the_same_bytes()
    {
        using var folder = new TestFolder();
        string half = TestModels.Write(TestModels.OneStep, folder["half.safetensors"], type: SafetensorsDType.Float16);
        Converter.Run(half, SafetensorsDType.Float32, folder["single.safetensors"]);
        var (tensors, converted) = Converter.Run(folder["single.safetensors"], SafetensorsDType.Float16, folder["again.safetensors"]);
        Assert.Equal(tensors, converted);
        Assert.Equal(File.ReadAllBytes(half), File.ReadAllBytes(folder["again.safetensors"]));
        Assert.Equal(Run.Small(half), Run.Small(folder["single.safetensors"]));
    }

    [Theory]
    [InlineData(SafetensorsDType.Float16)]
    [InlineData(SafetensorsDType.BFloat16)]
    public void Numbers_are_rounded_to_nearest_with_ties_to_even(SafetensorsDType type)
    {
        using var folder = new TestFolder();
        float[] values = [.. s_values.Where(v => type == SafetensorsDType.BFloat16 || !float.IsFinite(v) || Math.Abs(v) < 65520),
            .. Enumerable.Range(0, 300_000).Select(i => (float)Math.Sin(i) * i)];
        values = [.. values.Where(v => type == SafetensorsDType.BFloat16 || !float.IsFinite(v) || Math.Abs(v) < 65520)];
        Converter.Run(Write(folder["in.safetensors"], values), type, folder["out.safetensors"]);
        using var file = SafetensorsFile.Open(folder["out.safetensors"]);
        ushort[] actual = MemoryMarshal.Cast<byte, ushort>(file.Bytes(file["x"])).ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsNaN(values[i]))
                Assert.True(type == SafetensorsDType.Float16 ? Half.IsNaN(BitConverter.UInt16BitsToHalf(actual[i]))
                : float.IsNaN(BitConverter.UInt32BitsToSingle((uint)actual[i] << 16)));
            else Assert.Equal(type == SafetensorsDType.Float16 ? BitConverter.HalfToUInt16Bits((Half)values[i])
                : NearestBFloat16(values[i]), actual[i]);
        }
    }

    [Fact]
    public void A_number_that_F16_cannot_say_is_refused_by_its_tensor_and_nothing_is_left()
    {
        using var folder = new TestFolder();
        string source = Write(folder["in.safetensors"], [1, 65520, 2]);
        var error = Assert.Throws<PruningException>(() => Converter.Run(source, SafetensorsDType.Float16, folder["out.safetensors"]));
        Assert.Equal((PruningFault.Overflow, "x"), (error.Fault, error.Subject));
        Assert.Equal(["in.safetensors"], folder.Names);
        Assert.Equal(PruningFault.OutputExists, Assert.Throws<PruningException>(() => Converter.Run(source, null, source, overwrite: true)).Fault);
        Assert.Equal(PruningFault.NotAModel,
            Assert.Throws<PruningException>(() => Converter.Run(folder["nowhere"], null, folder["out.safetensors"])).Fault);
    }

    [Fact]
    public void Whole_numbers_and_metadata_stay()
    {
        using var folder = new TestFolder();
        var writer = new SafetensorsWriter { Metadata = { ["format"] = "pt" } };
        writer.Add("ids", SafetensorsDType.Int64, [2], new byte[16]);
        writer.Add("x", SafetensorsDType.Float64, [2], MemoryMarshal.AsBytes<double>([1.5, -2.25]).ToArray());
        writer.Write(folder["in.safetensors"]);
        Assert.Equal((2, 1), Converter.Run(folder["in.safetensors"], SafetensorsDType.BFloat16, folder["out.safetensors"]));
        using var file = SafetensorsFile.Open(folder["out.safetensors"]);
        Assert.Equal((SafetensorsDType.Int64, SafetensorsDType.BFloat16, "pt"), (file["ids"].DType, file["x"].DType, file.Metadata["format"]));
        Assert.Equal([1.5f, -2.25f], file.ReadSingles("x"));
    }

    [Fact]
    public void A_PyTorch_file_becomes_safetensors_and_narrower_on_the_way()
    {
        using var folder = new TestFolder();
        float[] values = [1, 2.5f, -3, 0.125f, 5, 6];
        WritePyTorch(folder["model.bin"], "linear.weight", [2, 3], values);
        Assert.Equal((1, 1), Converter.Run(folder["model.bin"], SafetensorsDType.Float16, folder["model.safetensors"]));
        using var file = SafetensorsFile.Open(folder["model.safetensors"]);
        Assert.Equal(SafetensorsDType.Float16, file["linear.weight"].DType);
        Assert.Equal([2L, 3], file["linear.weight"].Shape);
        Assert.Equal(values, file.ReadSingles("linear.weight"));
    }

    static ushort NearestBFloat16(float value)
    {
        // Between the two neighbors by comparing distances in double.
        uint bits = BitConverter.SingleToUInt32Bits(value);
        ushort below = (ushort)(bits >> 16);
        if ((bits & 0xffff) == 0) return below;
        double down = BitConverter.UInt32BitsToSingle((uint)below << 16), up = Up(below), at = Math.Abs((double)value);
        (down, up) = (Math.Abs(down), Math.Abs(up));
        return at - down < up - at || (at - down == up - at && below % 2 == 0) ? below : (ushort)(below + 1);

        // The step above the largest finite number is infinity; its place on the line is 2^128.
        static double Up(ushort below) =>
            BitConverter.UInt32BitsToSingle((uint)(below + 1) << 16) is var up && float.IsInfinity(up) ? Math.Pow(2, 128) : up;
    }

    static string Write(string path, float[] values)
    {
        var writer = new SafetensorsWriter();
        writer.Add("x", SafetensorsDType.Float32, [values.Length], MemoryMarshal.AsBytes<float>(values).ToArray());
        writer.Write(path);
        return path;
    }

    // What torch.save({name: tensor}) writes: protocol 2, one storage.
    static void WritePyTorch(string path, string name, int[] shape, float[] values)
    {
        using var pickle = new MemoryStream();
        void Op(params byte[] bytes) => pickle.Write(bytes);
        void Text(string text)
        {
            byte[] utf8 = System.Text.Encoding.UTF8.GetBytes(text);
            Op((byte)'X');
            Op(BitConverter.GetBytes(utf8.Length));
            Op(utf8);
        }
        void Global(string module, string member) => Op([(byte)'c', .. System.Text.Encoding.ASCII.GetBytes($"{module}\n{member}\n")]);
        void Number(int number) => Op([(byte)'J', .. BitConverter.GetBytes(number)]);
        Op(0x80, 2, (byte)'}', (byte)'(');
        Text(name);
        Global("torch._utils", "_rebuild_tensor_v2");
        Op((byte)'(', (byte)'(');
        Text("storage");
        Global("torch", "FloatStorage");
        Text("0");
        Text("cpu");
        Number(values.Length);
        Op((byte)'t', (byte)'Q');
        Number(0);
        Op((byte)'(');
        foreach (int axis in shape) Number(axis);
        Op((byte)'t', (byte)'(');
        Number(shape[1]);
        Number(1);
        Op((byte)'t', 0x89);
        Global("collections", "OrderedDict");
        Op((byte)')', (byte)'R', (byte)'t', (byte)'R', (byte)'u', (byte)'.');
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        Entry("model/data.pkl", pickle.ToArray());
        Entry("model/data/0", MemoryMarshal.AsBytes<float>(values).ToArray());
        Entry("model/version", "3\n"u8.ToArray());

        void Entry(string entry, byte[] bytes)
        {
            using var stream = zip.CreateEntry(entry, CompressionLevel.NoCompression).Open();
            stream.Write(bytes);
        }
    }
}
