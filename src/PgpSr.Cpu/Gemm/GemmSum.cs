namespace PgpSr.Cpu;

/// <summary>What a micro-kernel does with the values in its destination.</summary>
enum GemmSum
{
    /// <summary>Overwrites them.</summary>
    Start,

    /// <summary>Begins with them, so that however the inner size is cut, each element is one sum from its first to its last product.</summary>
    Continue,

    /// <summary>Adds its own sum to them: sums of sums, whose rounding error grows with the length of the blocks and not of the whole.</summary>
    Add,
}
