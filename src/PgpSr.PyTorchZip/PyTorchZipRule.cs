namespace PgpSr.PyTorchZip;

/// <summary>What a <see cref="PyTorchZipException"/> found in a file.</summary>
public enum PyTorchZipRule
{
    /// <summary>The file is not a zip archive, or its directory is damaged.</summary>
    NotZip,

    /// <summary>The file is a pickle alone, not written by <c>torch.save</c>.</summary>
    LegacyPickle,

    /// <summary>The file is the text stub that Git LFS leaves where the real file was not downloaded.</summary>
    GitLfsPointer,

    /// <summary>The archive lacks <c>data.pkl</c> or a storage, or has it twice.</summary>
    EntryMissing,

    /// <summary>An entry is compressed or encrypted, which PyTorch never does, or does not lie inside the file.</summary>
    EntryInvalid,

    /// <summary>The tensors were written on a big-endian machine.</summary>
    BigEndian,

    /// <summary>The pickle is larger than any checkpoint's.</summary>
    PickleTooLarge,

    /// <summary>The pickle ends early, or its stack or memo do not add up.</summary>
    PickleMalformed,

    /// <summary>The pickle uses an opcode that plain containers of tensors do not need.</summary>
    OpcodeRefused,

    /// <summary>The pickle uses a class or function that plain containers of tensors do not need.</summary>
    GlobalRefused,

    /// <summary>The pickle calls a known function with something else than it takes.</summary>
    CallRefused,

    /// <summary>A storage's description is incomplete, or its size does not agree with the archive.</summary>
    StorageInvalid,

    /// <summary>A tensor's shape or offset is negative, overflows, or lies outside its storage.</summary>
    TensorInvalid,

    /// <summary>A tensor's strides are not those of a contiguous row-major tensor.</summary>
    TensorNotContiguous,

    /// <summary>A key is no string or number, is too long, or leads to two tensors.</summary>
    KeyInvalid,

    /// <summary>Containers are nested too deeply, or contain themselves.</summary>
    TooDeep,

    /// <summary>The requested tensor is in the file.</summary>
    TensorNotFound,
}
