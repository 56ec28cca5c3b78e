using PgpSr.Tensors;

namespace PgpSr.CommandLine.Tests;

/// <summary>What exceptions mean to a user.</summary>
public sealed class FailureTests
{
    [Theory]
    [InlineData(true, nameof(ExitCode.Memory))]
    [InlineData(false, nameof(ExitCode.Device))]
    public void A_device_without_enough_memory_ends_as_memory_and_one_that_fails_otherwise_as_a_device(bool memory, string codeName)
    {
        var code = Enum.Parse<ExitCode>(codeName);
        var failure = Failure.Of(new BackendException("gpu 0", "a block of 5 bytes", null) { OutOfMemory = memory });
        Assert.Equal((code, "gpu 0: a block of 5 bytes"), (failure.Code, failure.Message));
    }
}
