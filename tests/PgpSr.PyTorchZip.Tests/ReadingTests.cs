using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using PgpSr.Safetensors;

namespace PgpSr.PyTorchZip.Tests;

public sealed class ReadingTests
{
    static readonly byte[] s_ten = MemoryMarshal.AsBytes<float>([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).ToArray();

    [Theory]
    [InlineData(PythonFixture.Protocol2)]
    [InlineData(PythonFixture.Protocol4)]
    public void A_checkpoint_pickled_by_python_is_read(string base64)
    {
        using var file = new TemporaryFile(Convert.FromBase64String(base64.ReplaceLineEndings("")));
        using var checkpoint = PyTorchZipFile.Open(file.Path);
        string[] expected =
        [
            "state_dict.a.weight F32 [2, 3]", "state_dict.a.bias F32 [3]", "state_dict.last F32 [1]",
            "state_dict.h F16 [3, 1]", "state_dict.steps I64 []",
        ];
        Assert.Equal(expected, checkpoint.Tensors.Select(t => t.ToString()));
        Assert.Equal([0f, 1, 2, 3, 4, 5], Singles(checkpoint, "state_dict.a.weight"));
        Assert.Equal([6f, 7, 8], Singles(checkpoint, "state_dict.a.bias"));
        Assert.Equal([9f], Singles(checkpoint, "state_dict.last"));
        Assert.Equal([(Half)1, (Half)(-2), (Half)0.5], MemoryMarshal.Cast<byte, Half>(Bytes(checkpoint, "state_dict.h")).ToArray());
        Assert.Equal(77, BinaryPrimitives.ReadInt64LittleEndian(Bytes(checkpoint, "state_dict.steps")));
    }

    [Fact]
    public void A_checkpoint_converts_to_safetensors_under_new_names()
    {
        using var file = new TemporaryFile(Convert.FromBase64String(PythonFixture.Protocol2.ReplaceLineEndings("")));
        using var target = new TemporaryFile();
        using (var checkpoint = PyTorchZipFile.Open(file.Path))
        {
            var writer = new SafetensorsWriter();
            checkpoint.AddTo(writer, name => name == "state_dict.steps" ? null : name["state_dict.".Length..]);
            writer.Write(target.Path);
        }

        using var converted = SafetensorsFile.Open(target.Path);
        Assert.Equal(["a.bias", "a.weight", "last", "h"], converted.Tensors.Select(t => t.Name));
        Assert.Equal([0f, 1, 2, 3, 4, 5], converted.ReadSingles("a.weight"));
        Assert.Equal([1f, -2, 0.5f], converted.ReadSingles("h"));
    }

    [Fact]
    public void Tensors_may_share_and_slice_a_storage()
    {
        var pickle = new PickleWriter().Op('}').Op('(');
        pickle.Text("all").Tensor("FloatStorage", "0", 10, 0, [10], [1]);
        pickle.Text("middle").Tensor("FloatStorage", "0", 10, 4, [2, 2], [2, 1]);
        pickle.Text("empty").Tensor("FloatStorage", "0", 10, 10, [0, 3], [3, 1]);
        // Strides of dimensions of one element mean nothing.
        pickle.Text("thin").Tensor("FloatStorage", "0", 10, 7, [1, 3, 1], [99, 1, 5]);
        using var file = new TemporaryFile(ZipWriter.Checkpoint(pickle.Op('u').Stop(), ("data/0", s_ten)));
        using var checkpoint = PyTorchZipFile.Open(file.Path);
        Assert.Equal([0f, 1, 2, 3, 4, 5, 6, 7, 8, 9], Singles(checkpoint, "all"));
        Assert.Equal([4f, 5, 6, 7], Singles(checkpoint, "middle"));
        Assert.Empty(Singles(checkpoint, "empty"));
        Assert.Equal([7f, 8, 9], Singles(checkpoint, "thin"));
        var part = new byte[4];
        checkpoint.Read(checkpoint["middle"], 8, part);
        Assert.Equal(6f, BinaryPrimitives.ReadSingleLittleEndian(part));
        using var copy = new MemoryStream();
        checkpoint.CopyTo(checkpoint["middle"], copy);
        Assert.Equal(s_ten[16..32], copy.ToArray());
    }

    [Fact]
    public void Containers_nest_and_items_of_lists_are_numbered()
    {
        var pickle = new PickleWriter().Op('}').Op('(');
        pickle.Text("list").Op(']').Op('(').Long(5).Tensor("FloatStorage", "0", 10, 1, [1], [1]).Op('e');
        pickle.Text("tuple").Double(0.5).Tensor("FloatStorage", "0", 10, 2, [1], [1]).Op(0x86);
        pickle.Long(7).Tensor("FloatStorage", "0", 10, 3, [1], [1]);
        pickle.Text("size").Global("torch", "Size").Tuple(2, 3).Op(0x85).Op('R');
        using var file = new TemporaryFile(ZipWriter.Checkpoint(pickle.Op('u').Stop(), ("data/0", s_ten)));
        using var checkpoint = PyTorchZipFile.Open(file.Path);
        Assert.Equal(["list.1", "tuple.1", "7"], checkpoint.Tensors.Select(t => t.Name));
        Assert.Equal([3f], Singles(checkpoint, "7"));
    }

    [Theory]
    [InlineData("DoubleStorage", SafetensorsDType.Float64)]
    [InlineData("FloatStorage", SafetensorsDType.Float32)]
    [InlineData("HalfStorage", SafetensorsDType.Float16)]
    [InlineData("BFloat16Storage", SafetensorsDType.BFloat16)]
    [InlineData("LongStorage", SafetensorsDType.Int64)]
    [InlineData("IntStorage", SafetensorsDType.Int32)]
    [InlineData("ShortStorage", SafetensorsDType.Int16)]
    [InlineData("CharStorage", SafetensorsDType.Int8)]
    [InlineData("ByteStorage", SafetensorsDType.UInt8)]
    [InlineData("BoolStorage", SafetensorsDType.Bool)]
    [InlineData("ComplexFloatStorage", SafetensorsDType.Complex64)]
    public void Every_storage_class_is_the_dtype_of_its_name(string storage, SafetensorsDType dtype)
    {
        var pickle = PickleWriter.Single("a", w => w.Tensor(storage, "0", 3, 1, [2], [1]));
        var data = Enumerable.Range(0, 3 * dtype.BitCount() / 8).Select(i => (byte)i).ToArray();
        using var file = new TemporaryFile(ZipWriter.Checkpoint(pickle, ("data/0", data)));
        using var checkpoint = PyTorchZipFile.Open(file.Path);
        Assert.Equal(dtype, checkpoint["a"].DType);
        Assert.Equal(data[(dtype.BitCount() / 8)..], Bytes(checkpoint, "a"));
    }

    [Theory]
    [InlineData("float8_e4m3fn", SafetensorsDType.Float8E4M3)]
    [InlineData("float8_e5m2", SafetensorsDType.Float8E5M2)]
    [InlineData("uint16", SafetensorsDType.UInt16)]
    [InlineData("float32", SafetensorsDType.Float32)]
    public void An_untyped_storage_takes_the_dtype_that_the_tensor_names(string name, SafetensorsDType dtype)
    {
        var width = dtype.BitCount() / 8;
        var pickle = PickleWriter.Single("a", w =>
        {
            w.Global("torch._utils", "_rebuild_tensor_v3").Op('(').Storage("UntypedStorage", "0", 3 * width).Long(1).Tuple(2).Tuple(1).Op(0x89);
            w.Global("collections", "OrderedDict").Op(')').Op('R').Global("torch", name).Op('t').Op('R');
        });
        var data = Enumerable.Range(0, 3 * width).Select(i => (byte)i).ToArray();
        using var file = new TemporaryFile(ZipWriter.Checkpoint(pickle, ("data/0", data)));
        using var checkpoint = PyTorchZipFile.Open(file.Path);
        Assert.Equal(dtype, checkpoint["a"].DType);
        Assert.Equal(data[width..], Bytes(checkpoint, "a"));
    }

    [Fact]
    public void An_archive_over_4_GB_is_addressed_to_its_end()
    {
        const long Count = (5L << 30) / 4;
        var pickle = PickleWriter.Single("a", w => w.Tensor("FloatStorage", "0", Count, Count - 2, [2], [1]));
        using var file = new TemporaryFile();
        using (var stream = File.Create(file.Path))
        {
            var zip = new ZipWriter(stream, zip64: true);
            zip.Add("big/data.pkl", pickle);
            zip.Begin("big/data/0", 4 * Count);
            // Sparse: a hole in the disk but for the last elements.
            stream.Position += 4 * (Count - 2);
            stream.Write(MemoryMarshal.AsBytes<float>([1.5f, -2.5f]));
            zip.Finish();
        }

        using var checkpoint = PyTorchZipFile.Open(file.Path);
        Assert.Equal([1.5f, -2.5f], Singles(checkpoint, "a"));
    }

    [Fact]
    public void An_archive_of_the_base_class_library_is_read_when_it_is_stored()
    {
        using var file = new TemporaryFile();
        using (var zip = ZipFile.Open(file.Path, ZipArchiveMode.Update))
        {
            Add(zip, "x/data.pkl", PickleWriter.Single("a", w => w.Tensor("FloatStorage", "0", 10, 0, [10], [1])), CompressionLevel.NoCompression);
            Add(zip, "x/data/0", s_ten, CompressionLevel.NoCompression);
        }

        using (var checkpoint = PyTorchZipFile.Open(file.Path)) Assert.Equal(s_ten, Bytes(checkpoint, "a"));

        using (var zip = ZipFile.Open(file.Path, ZipArchiveMode.Update))
        {
            zip.GetEntry("x/data/0")!.Delete();
            Add(zip, "x/data/0", s_ten, CompressionLevel.SmallestSize);
        }

        Assert.Equal(PyTorchZipRule.EntryInvalid, Assert.Throws<PyTorchZipException>(() => PyTorchZipFile.Open(file.Path)).Rule);
    }

    static void Add(ZipArchive zip, string name, byte[] data, CompressionLevel level)
    {
        using var stream = zip.CreateEntry(name, level).Open();
        stream.Write(data);
    }

    static float[] Singles(PyTorchZipFile checkpoint, string name) => MemoryMarshal.Cast<byte, float>(Bytes(checkpoint, name)).ToArray();

    static byte[] Bytes(PyTorchZipFile checkpoint, string name)
    {
        var bytes = new byte[checkpoint[name].ByteCount];
        checkpoint.Read(checkpoint[name], 0, bytes);
        return bytes;
    }
}
