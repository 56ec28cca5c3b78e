namespace PgpSr.Safetensors;

/// <summary>The rule of the format (or of a sharded checkpoint, or of this library's accessors) that a <see cref="SafetensorsException"/> reports as
/// broken.</summary>
public enum SafetensorsRule
{
    /// <summary>A file begins with the eight bytes of its header length; this one is shorter.</summary>
    FileTooSmall,

    /// <summary>The file is the text stub that Git LFS leaves where the real file was not downloaded.</summary>
    GitLfsPointer,

    /// <summary>A header holds at most 100,000,000 bytes.</summary>
    HeaderTooLarge,

    /// <summary>The header ends inside the file.</summary>
    HeaderPastEnd,

    /// <summary>The header is valid UTF-8.</summary>
    HeaderNotUtf8,

    /// <summary>The header is a JSON object, and its first byte is the opening brace.</summary>
    HeaderNotObject,

    /// <summary>The header is valid JSON.</summary>
    HeaderNotJson,

    /// <summary>No key occurs twice in one object of the header.</summary>
    DuplicateKey,

    /// <summary><c>__metadata__</c> is an object whose values are all strings.</summary>
    MetadataNotStrings,

    /// <summary>Every other value of the header is an object that describes a tensor.</summary>
    TensorNotObject,

    /// <summary>A tensor has <c>dtype</c>, <c>shape</c> and <c>data_offsets</c>.</summary>
    FieldMissing,

    /// <summary>The dtype is one of the format's names.</summary>
    DTypeUnknown,

    /// <summary>A shape is an array of whole numbers, none negative.</summary>
    ShapeInvalid,

    /// <summary>The number of elements and of bits of a tensor fits 63 bits.</summary>
    ShapeOverflow,

    /// <summary>Offsets are an array of exactly two whole numbers, none negative.</summary>
    OffsetsInvalid,

    /// <summary>A tensor begins before it ends.</summary>
    OffsetsReversed,

    /// <summary>A tensor begins where the one before it ends: no byte is left out.</summary>
    OffsetsHole,

    /// <summary>A tensor begins where the one before it ends: no byte belongs to two tensors.</summary>
    OffsetsOverlap,

    /// <summary>The offsets span exactly the bytes that shape and dtype need.</summary>
    SizeMismatch,

    /// <summary>A tensor of a type narrower than a byte fills whole bytes.</summary>
    SubByteMisaligned,

    /// <summary>The file holds all the bytes that its tensors claim.</summary>
    BodyTruncated,

    /// <summary>The file ends with its last tensor.</summary>
    BodyExtra,

    /// <summary>The requested tensor is in the file.</summary>
    TensorNotFound,

    /// <summary>A tensor of more than 2,147,483,647 bytes or elements does not fit one span or array.</summary>
    TensorTooLarge,

    /// <summary>The dtype has a meaning as one real number per element that the format defines.</summary>
    DTypeNotReal,

    /// <summary>The index of a sharded checkpoint is a JSON object with a <c>weight_map</c> of strings.</summary>
    IndexInvalid,

    /// <summary>An index names shards by plain file names, which cannot leave the folder of the index.</summary>
    ShardOutsideFolder,

    /// <summary>Every shard that the index names exists.</summary>
    ShardNotFound,

    /// <summary>A tensor is in the shard that the index maps it to.</summary>
    ShardLacksTensor,

    /// <summary>Every tensor of a shard is listed in the index.</summary>
    ShardTensorUnlisted,

    /// <summary>No tensor is in two shards.</summary>
    ShardDuplicate,

    /// <summary>A folder contains exactly one checkpoint that matches.</summary>
    FolderUnclear,

    /// <summary>The file is of another format, known by its first bytes.</summary>
    OtherFormat,
}
