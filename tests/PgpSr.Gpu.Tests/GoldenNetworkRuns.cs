namespace PgpSr.Gpu.Tests;

public sealed class GoldenNetworkSimulated
{
    [Theory]
    [MemberData(nameof(GoldenNetworkCases.ForTheStandIn), MemberType = typeof(GoldenNetworkCases))]
    public void Every_output_is_the_published_one_and_the_CPUs(string path) => GoldenNetworkCases.Check(GpuFixtures.SimulatedNarrow, path);
}

public sealed class GoldenNetworkOpenClCompiled
{
    [Theory]
    [MemberData(nameof(GoldenNetworkCases.All), MemberType = typeof(GoldenNetworkCases))]
    public void Every_output_is_the_published_one_and_the_CPUs(string path) => GoldenNetworkCases.Check(GpuFixtures.OpenClCompiled, path);
}

public sealed class GoldenNetworkCuda
{
    [Theory]
    [MemberData(nameof(GoldenNetworkCases.All), MemberType = typeof(GoldenNetworkCases))]
    public void Every_output_is_the_published_one_and_the_CPUs(string path) => GoldenNetworkCases.Check(GpuFixtures.Cuda, path);
}

public sealed class GoldenNetworkSimulatedHalf
{
    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(GoldenNetworkCases.HalfForTheStandIn), MemberType = typeof(GoldenNetworkCases))]
    public void Binary16_activations_differ_from_the_CPUs_by_their_roundings(string path) => GoldenNetworkCases.CheckHalf(GpuFixtures.SimulatedHalf, path);
}

public sealed class GoldenNetworkOpenClCompiledHalf
{
    [Theory]
    [MemberData(nameof(GoldenNetworkCases.Half), MemberType = typeof(GoldenNetworkCases))]
    public void Binary16_activations_differ_from_the_CPUs_by_their_roundings(string path) => GoldenNetworkCases.CheckHalf(GpuFixtures.OpenClCompiledHalf, path);
}

public sealed class GoldenNetworkCudaHalf
{
    [Theory]
    [MemberData(nameof(GoldenNetworkCases.Half), MemberType = typeof(GoldenNetworkCases))]
    public void Binary16_activations_differ_from_the_CPUs_by_their_roundings(string path) => GoldenNetworkCases.CheckHalf(GpuFixtures.CudaHalf, path);
}
